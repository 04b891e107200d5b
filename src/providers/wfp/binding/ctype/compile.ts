/**
 * From a laid-out structure to straight functions: one for each direction, and one for its content.
 *
 * Their source is generated, because a loop over fields looks every property up by a name that changes each time (measured: five times
 * slower). Nothing but our own tables gets into the source: names as JSON strings, offsets as numbers, types by reference.
 */

import type { CType } from './fields.ts'
import { BadPointer, type Content, pointerAt, type Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export type Values = Record<string, unknown>

/** What lies where: a field, a counted list, or a union with its arms by tag. */
export type Step =
  | {
      readonly kind: 'plain'
      readonly path: string
      readonly name: string
      readonly at: number
      readonly type: CType<unknown>
    }
  | {
      readonly kind: 'list'
      readonly path: string
      readonly name: string
      readonly at: number
      readonly countAt: number
      readonly item: CType<unknown>
    }
  | {
      readonly kind: 'union'
      readonly tag: string
      readonly tagAt: number
      readonly mask: number
      readonly arms: ReadonlyMap<number, readonly Step[]>
    }

export interface Compiled {
  write(writer: Writer, at: number, value: Values): void
  read(reader: Reader, at: number): Values
  collect(reader: Reader, at: number, content: Content): void
}

/** Collects what the source refers to: `e[0]`, `e[1]`… become parameters of the generated module. */
class Source {
  readonly refs: unknown[] = []
  readonly lists: string[] = []

  ref(value: unknown): string {
    const known = this.refs.indexOf(value)
    return `e${known >= 0 ? known : this.refs.push(value) - 1}`
  }
}

export function compile(steps: readonly Step[]): Compiled {
  const source = new Source()
  const write = steps.map((step) => writeStep(step, source)).join('\n')
  const read = readSteps(steps, source)
  const module = `'use strict'
${source.lists.join('\n')}
return {
  write(w, at, value) {
    ${write}
  },
  read(r, at) {
    ${read}
    return value
  },
  collect(r, at, c) {
    ${collectSteps(flat(steps, 0), source)}
  },
}`
  const names = source.refs.map((_, i) => `e${i}`)
  return new Function(...names, module)(...source.refs) as Compiled
}

function writeStep(step: Step, source: Source): string {
  if (step.kind === 'plain') return writePlain(step, source)
  if (step.kind === 'list') return writeList(step, source)
  const arms = [...step.arms].filter(([, steps]) => steps.length > 0)
  const cases = arms.map(
    ([tag, steps]) => `case ${tag}: ${steps.map((inner) => writeStep(inner, source)).join('\n')} break`,
  )
  return `switch ((value[${text(step.tag)}] & ${step.mask | 0}) >>> 0) { ${cases.join('\n')} }`
}

function writePlain(step: Step & { kind: 'plain' }, source: Source): string {
  return `{ const x = value[${text(step.name)}]
    if (x === undefined) ${source.ref(missing)}(${text(step.path)})
    ${source.ref(step.type)}.write(w, at + ${step.at}, x) }`
}

function writeList(step: Step & { kind: 'list' }, source: Source): string {
  const { size, align } = step.item
  return `{ const x = value[${text(step.name)}]
    if (!Array.isArray(x)) ${source.ref(missing)}(${text(step.path)})
    w.view.setUint32(at + ${step.countAt}, x.length, true)
    if (x.length > 0) {
      const first = w.allocate(x.length * ${size}, ${align})
      for (let i = 0; i < x.length; i++) ${source.ref(step.item)}.write(w, first + i * ${size}, x[i])
      w.pointer(at + ${step.at}, first)
    } }`
}

/** Fields that are always there make one object literal; the live arm of a union is added to it. */
function readSteps(steps: readonly Step[], source: Source): string {
  const entries = steps.flatMap((step) =>
    step.kind === 'union' ? [] : [`${text(step.name)}: ${readField(step, source)}`],
  )
  const unions = steps.flatMap((step) => (step.kind === 'union' ? [readUnion(step, source)] : []))
  return `const value = { ${entries.join(', ')} }\n${unions.join('\n')}`
}

function readUnion(step: Step & { kind: 'union' }, source: Source): string {
  const arms = [...step.arms].filter(([, steps]) => steps.length > 0)
  const assign = (inner: Step): string =>
    inner.kind === 'union' ? readUnion(inner, source) : `value[${text(inner.name)}] = ${readField(inner, source)}`
  const cases = arms.map(([tag, steps]) => `case ${tag}: ${steps.map(assign).join('; ')}; break`)
  return `switch ((r.view.getUint32(at + ${step.tagAt}, true) & ${step.mask | 0}) >>> 0) { ${cases.join('\n')} }`
}

function readField(step: Step & { kind: 'plain' | 'list' }, source: Source): string {
  if (step.kind === 'plain') return `${source.ref(step.type)}.read(r, at + ${step.at})`
  const { size } = step.item
  const name = `list${source.lists.length}`
  source.lists.push(`function ${name}(r, at) {
    const count = r.view.getUint32(at + ${step.countAt}, true)
    const items = []
    if (count === 0) return items
    const first = ${source.ref(locateItems)}(r, at + ${step.at}, count, ${size})
    for (let i = 0; i < count; i++) items.push(${source.ref(step.item)}.read(r, first + i * ${size}))
    return items
  }`)
  return `${name}(r, at)`
}

/** Neighbours without pointers in them are one run of bytes; what lies between fields says nothing and is left out. */
function collectSteps(steps: readonly Step[], source: Source): string {
  const lines: string[] = []
  let run: { readonly start: number; end: number } | undefined
  for (const step of steps) {
    const isFlat = step.kind === 'plain' && step.type.collect === undefined
    if (isFlat && run?.end === step.at) run.end += step.type.size
    else {
      if (run) lines.push(collectBytes(run))
      run = isFlat ? { start: step.at, end: step.at + step.type.size } : undefined
      if (!isFlat) lines.push(collectStep(step, source))
    }
  }
  if (run) lines.push(collectBytes(run))
  return lines.join('\n')
}

function collectBytes({ start, end }: { readonly start: number; readonly end: number }): string {
  return `c.add(r, at + ${start}, ${end - start})`
}

function collectStep(step: Step, source: Source): string {
  if (step.kind === 'plain') return `${source.ref(step.type)}.collect(r, at + ${step.at}, c)`
  if (step.kind === 'list') return collectList(step, source)
  const arms = [...step.arms].filter(([, steps]) => steps.length > 0)
  const cases = arms.map(([tag, steps]) => `case ${tag}: ${collectSteps(steps, source)}; break`)
  return `switch ((r.view.getUint32(at + ${step.tagAt}, true) & ${step.mask | 0}) >>> 0) { ${cases.join('\n')} }`
}

function collectList({ at, countAt, item }: Step & { kind: 'list' }, source: Source): string {
  const each = `for (let i = 0; i < count; i++) { const at = first + i * ${item.size}; ${collectItem(item, source)} }`
  const all = item.collect ? each : `c.add(r, first, count * ${item.size})`
  return `{ const count = r.view.getUint32(at + ${countAt}, true)
    c.addNumber(count)
    if (count > 0) {
      const first = ${source.ref(locateItems)}(r, at + ${at}, count, ${item.size})
      ${all}
    } }`
}

function collectItem(item: CType<unknown>, source: Source): string {
  const steps = stepsOf(item)
  return steps ? collectSteps(flat(steps, 0), source) : `${source.ref(item)}.collect(r, at, c)`
}

/** With the fields of structures inside it in their place: what lies side by side is one run, whatever it belongs to. */
function flat(steps: readonly Step[], base: number): Step[] {
  return steps.flatMap((step): Step[] => {
    if (step.kind === 'list') return [{ ...step, at: base + step.at, countAt: base + step.countAt }]
    if (step.kind === 'union') {
      const arms = new Map([...step.arms].map(([tag, arm]) => [tag, flat(arm, base)]))
      return [{ ...step, tagAt: base + step.tagAt, arms }]
    }
    const inner = stepsOf(step.type)
    return inner ? flat(inner, base + step.at) : [{ ...step, at: base + step.at }]
  })
}

/** Of a structure. */
function stepsOf(type: CType<unknown>): readonly Step[] | undefined {
  return (type as { readonly steps?: readonly Step[] }).steps
}

/** Where an array begins, all of it readable. */
export function locateItems(r: Reader, at: number, count: number, size: number): number {
  const address = pointerAt(r, at)
  if (address === 0) throw new BadPointer(`${count} items at NULL`)
  return r.locate(address, count * size)
}

function missing(path: string): never {
  throw new TypeError(`${path} is missing`)
}

function text(name: string): string {
  return JSON.stringify(name)
}
