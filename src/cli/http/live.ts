/** The state that pages are shown, in versions: what one who knows a version has to be told to know the newest. Made when somebody looks. */

import { randomBytes } from 'node:crypto'
import { printable } from '../../base/index.ts'
import type { PageState } from '../../page/state.ts'

/** Changes that are kept for those who come back. */
const MOST_CHANGES = 256
const MOST_CHARACTERS = 4_000_000

/** Of one state: its parts, and each row of its tables by id, as JSON. */
interface Texts {
  readonly parts: ReadonlyMap<string, string>
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, string>>
}

interface Step {
  readonly version: number
  /** a StateChange */
  readonly text: string
}

export interface Version {
  /** `3f9a0c21-17`: of this process, and counted */
  readonly id: string
  readonly text: string
}

export class Live {
  readonly #state: () => PageState
  readonly #process = randomBytes(4).toString('hex')
  #version = 0
  #texts: Texts = { parts: new Map(), tables: new Map() }
  #steps: Step[] = []
  #characters = 0

  constructor(state: () => PageState) {
    this.#state = state
  }

  /** The whole of it: `{ "id": "3f9a0c21-17", "state": { "parts": …, "tables": … } }`. */
  whole(): Version {
    this.look()
    const parts = members(this.#texts.parts)
    const tables = members(mapped(this.#texts.tables, (rows) => `[${[...rows.values()].join(',')}]`))
    return { id: this.#id, text: `{"id":"${this.#id}","state":{"parts":${parts},"tables":${tables}}}` }
  }

  /** @returns what came after a version until it was last looked, in order; undefined: that is not known any more */
  after(id: string): readonly Version[] | undefined {
    const [process, number] = id.split('-')
    const version = Number(number)
    const first = this.#version - this.#steps.length
    if (process !== this.#process || !Number.isInteger(version) || version < first || version > this.#version)
      return undefined
    return this.#steps
      .slice(version - first)
      .map((step) => ({ id: `${this.#process}-${step.version}`, text: step.text }))
  }

  /** Looks whether anything changed, and counts it. */
  look(): void {
    const texts = textsOf(this.#state())
    const text = changeText(this.#texts, texts)
    this.#texts = texts
    if (text === undefined) return
    this.#version += 1
    this.#steps.push({ version: this.#version, text })
    this.#characters += text.length
    while (this.#steps.length > MOST_CHANGES || this.#characters > MOST_CHARACTERS) {
      this.#characters -= this.#steps.shift()?.text.length ?? 0
    }
  }

  get #id(): string {
    return `${this.#process}-${this.#version}`
  }
}

function textsOf({ parts, tables }: PageState): Texts {
  const byId = (rows: readonly { readonly id: string }[]) =>
    new Map(rows.map((row) => [printable(row.id), textOf(row)]))
  return {
    parts: mapped(new Map(Object.entries(parts)), textOf),
    tables: mapped(new Map(Object.entries(tables)), byId),
  }
}

/** An escape, or a character beyond ASCII: most rows have none. */
const OUT_OF_ORDINARY = /[^\x20-\x7e]|\\/

/** What comes from manifests, engines and other hosts is shown to people: without characters that turn or hide what stands around them. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  if (!OUT_OF_ORDINARY.test(text)) return text
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? printable(inner) : inner))
}

/** @returns a StateChange; undefined where nothing changed */
function changeText(before: Texts, after: Texts): string | undefined {
  const parts = differing(before.parts, after.parts)
  for (const name of before.parts.keys()) if (!after.parts.has(name)) parts.set(name, 'null')
  const put = new Map<string, string>()
  const gone = new Map<string, string>()
  for (const name of new Set([...before.tables.keys(), ...after.tables.keys()])) {
    const [old, now] = [before.tables.get(name) ?? new Map(), after.tables.get(name) ?? new Map()]
    const rows = differing(old, now)
    if (rows.size > 0) put.set(name, `[${[...rows.values()].join(',')}]`)
    const lost = [...old.keys()].filter((id) => !now.has(id))
    if (lost.length > 0) gone.set(name, JSON.stringify(lost))
  }
  const change = mapped(new Map(Object.entries({ parts, put, gone }).filter(([, one]) => one.size > 0)), members)
  return change.size > 0 ? members(change) : undefined
}

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...after].filter(([name, text]) => before.get(name) !== text))
}

function mapped<A, B>(map: ReadonlyMap<string, A>, make: (value: A) => B): Map<string, B> {
  return new Map(Array.from(map, ([name, value]) => [name, make(value)]))
}

/** An object of JSON from its members. */
function members(texts: ReadonlyMap<string, string>): string {
  return `{${Array.from(texts, ([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}
