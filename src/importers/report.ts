/** What became of every value of a source: nothing is lost without a word. */

import { positionOf } from '../base/index.ts'
import { type Draft, type Leaf, leavesOf, type Node, type Outcome, type Settlement, textOf } from './source.ts'
import { fieldWord } from './words.ts'

export interface Entry {
  readonly file: string
  readonly line: number
  readonly column: number
  /** as the source calls it */
  readonly word: string
  /** as it was written; never a key, and nothing of a word that is not known */
  readonly value?: string
  readonly outcome: Outcome
  readonly field?: string
  readonly note?: string
  /** of no tunnel, or one that was left out: absent */
  readonly address?: string
}

/** Values of one source, and what became of each. */
export class Account {
  readonly #leaves: readonly Leaf[]
  readonly #settled = new Map<Leaf, Settlement & { readonly address?: string }>()

  constructor(roots: readonly Node[]) {
    const wholes = roots
      .flatMap(leavesOf)
      .filter(({ made }) => !made)
      .map((leaf) => leaf.origin ?? leaf)
    this.#leaves = [...new Set(wholes)]
  }

  /** What a draft says holds for good; a set that two tunnels share belongs to the first. */
  keep(draft: Draft, address: string): void {
    for (const [leaf, settlement] of draft.settled)
      if (this.#settled.get(leaf)?.address === undefined) this.#settled.set(leaf, { ...settlement, address })
  }

  /** Of a tunnel that was not made, nothing was carried: what nobody else asked for. */
  leaveOut(from: Node, reason: string): void {
    const note = `its tunnel is left out: ${reason}`
    for (const leaf of leavesOf(from).map((one) => one.origin ?? one))
      if (!this.#settled.has(leaf)) this.#settled.set(leaf, { outcome: 'not-carried', note })
  }

  /** @returns the entries of what was kept, and of what nobody asked for */
  entries(): readonly Entry[] {
    return this.#leaves.map((leaf) => entryOf(leaf, this.#settled.get(leaf) ?? unasked(leaf)))
  }
}

/** A value that says nothing loses nothing. */
const SAYS_NOTHING = /^(?:|0|false|no|any|none|all|notconfigured)$/i

function unasked(leaf: Leaf): Settlement {
  const row = fieldWord(leaf.scope, leaf.word)
  if (!row) return { outcome: 'not-carried', note: 'no word of a manifest is known for it' }
  if (leaf.secret) return { outcome: 'not-carried', note: 'a key is never copied' }
  const isIdle = SAYS_NOTHING.test(textOf(leaf) ?? '') || isEveryProfile(leaf)
  if (isIdle) return { outcome: 'carried', note: 'it says nothing else than a tunnel does' }
  return { outcome: 'not-carried', note: row.field === undefined ? row.says : 'it belongs to no tunnel that was made' }
}

/** Domain, private and public: 7, or what the type calls any. */
function isEveryProfile({ word, value }: Leaf): boolean {
  return /^-?profiles?$/i.test(word) && /^(?:7|2147483647)$/.test(String(value))
}

function entryOf(leaf: Leaf, { outcome, field, note, address }: Settlement & { readonly address?: string }): Entry {
  const { line, column } = positionOf(leaf.span.file, leaf.span.start)
  const isKnown = fieldWord(leaf.scope, leaf.word) !== undefined
  const value = leaf.secret || !isKnown ? undefined : textOf(leaf)
  return {
    file: leaf.span.file.path,
    line,
    column,
    word: leaf.word,
    ...(value !== undefined && { value }),
    outcome,
    ...(field !== undefined && { field }),
    ...(note !== undefined && { note }),
    ...(address !== undefined && { address }),
  }
}

/** What a reader of the manifest has to know: all that was changed or not carried, and has a meaning. */
export function commentsOf(draft: Draft, from: Node): readonly string[] {
  const own = leavesOf(from).map((leaf) => leaf.origin ?? leaf)
  const leaves = [...new Set([...own, ...draft.settled.keys()])].filter(({ made }) => !made)
  const told = new Map<string, string[]>()
  for (const leaf of leaves) {
    const settlement = draft.settled.get(leaf) ?? unasked(leaf)
    if (settlement.outcome === 'carried' || fieldWord(leaf.scope, leaf.word)?.mute) continue
    const { word, value, outcome, note = '' } = entryOf(leaf, settlement)
    const why = `${outcome === 'changed' ? 'changed' : 'not carried'}: ${note}`
    told.set(why, [...(told.get(why) ?? []), `${word}${value === undefined ? '' : ` ${value}`}`])
  }
  return [...draft.remarks, ...[...told].map(([why, words]) => `${[...new Set(words)].join(', ')}: ${why}`)]
}
