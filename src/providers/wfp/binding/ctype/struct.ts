/**
 * Structures from tables: offsets follow from natural alignment, as a C compiler lays them out; none is typed by hand.
 *
 * `list` and `tagged` name the sibling that counts or selects. The count disappears from the value; the tag stays as the discriminant.
 */
import { compile, locateItems, type Step, type Values } from './compile.ts'
import type { CType, Field, Fields, FieldsValue, Poke } from './fields.ts'
import type { Content, Reader } from './reader.ts'

/** One field and where it lies; the arms of a union overlap. */
export interface Member {
  readonly name: string
  readonly offset: number
  readonly size: number
}
export interface StructType<T> extends CType<T> {
  readonly members: readonly Member[]
  readonly fields: Fields
  readonly steps: readonly Step[]
}

/** A C structure. The fields of its value keep the SDK's names. */
export function struct<const F extends Fields>(name: string, fields: F): StructType<FieldsValue<F>> {
  const layout = lay(name, fields, {})
  const type: StructType<Values> = {
    name,
    size: layout.size,
    align: layout.align,
    word: 'none',
    members: layout.members,
    fields,
    steps: layout.steps,
    // a process uses a third of all structures: each is compiled when it is first written or read
    write: (w, at, value) => compiled().write(w, at, value),
    read: (r, at) => compiled().read(r, at),
    collect: (r, at, content) => compiled().collect(r, at, content),
    ...(layout.steps.some(patchable) && {
      patch: (r: Reader, at: number, value: Values, poke: Poke) => patch(layout.steps, { r, at, poke }, value),
    }),
  }
  const compiled = () => Object.assign(type, compile(layout.steps))
  return type as unknown as StructType<FieldsValue<F>>
}

/** @returns what reads these fields alone, also where they are arms of a union */
export function reading<T, const K extends string>(
  { steps }: StructType<T>,
  names: readonly K[],
): (reader: Reader, at: number) => PartOf<T, K> {
  const compiled = whenCalled(() => compile(chosen(steps, (name) => (names as readonly string[]).includes(name))))
  return (r, at) => compiled().read(r, at) as never
}
type PartOf<T, K extends string> = { readonly [N in K]?: T extends { readonly [P in N]?: infer V } ? V : never }

/** @returns what collects the content of everything but these fields */
export function collecting(
  { steps }: StructType<unknown>,
  omitted: readonly string[],
): (reader: Reader, at: number, content: Content) => void {
  const compiled = whenCalled(() => compile(chosen(steps, (name) => !omitted.includes(name))))
  return (r, at, content) => compiled().collect(r, at, content)
}

function whenCalled<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function chosen(steps: readonly Step[], isChosen: (name: string) => boolean): Step[] {
  return steps.flatMap((step): Step[] => {
    if (step.kind !== 'union') return isChosen(step.name) ? [step] : []
    return [{ ...step, arms: new Map([...step.arms].map(([tag, arm]) => [tag, chosen(arm, isChosen)])) }]
  })
}

/** Size, alignment and members of a structure, for a test to compare with the SDK's. */
export function offsetsOf(type: StructType<unknown>): { size: number; align: number; members: readonly Member[] } {
  return { size: type.size, align: type.align, members: type.members }
}

/** @returns the offset of a member */
export function memberAt(
  { name: owner, members }: Pick<StructType<unknown>, 'name' | 'members'>,
  name: string,
): number {
  const member = members.find((one) => one.name === name)
  if (!member) throw new Error(`${owner} has no ${name}`)
  return member.offset
}

interface Layout {
  readonly size: number
  readonly align: number
  readonly members: readonly Member[]
  readonly steps: readonly Step[]
}
/** Offsets of the fields before this one, which counts and tags are looked up in. */
type Siblings = Record<string, number>

/** Lays out a run of fields that starts at `start`, as C does. Arms of a union are runs that start at the same place. */
function lay(owner: string, fields: Fields, siblings: Siblings, start = 0): Layout {
  const known: Siblings = { ...siblings }
  const counted = new Set(Object.values(fields).flatMap((field) => ('list' in field ? [field.count] : [])))
  const members: Member[] = []
  const steps: Step[] = []
  let end = start
  let align = 1
  for (const [name, field] of Object.entries(fields)) {
    const need = alignOf(field)
    const offset = alignUp(end, need)
    const placed = place({ path: `${owner}.${name}`, name, at: offset }, field, known)
    known[name] = offset
    members.push(...placed.members)
    if (!counted.has(name)) steps.push(...placed.steps)
    end = offset + placed.size
    align = Math.max(align, need)
  }
  return { size: start === 0 ? alignUp(end, align) : end - start, align, members, steps }
}

type Placed = Omit<Layout, 'align'>
type Union = Exclude<Field, CType<unknown> | { readonly list: CType<unknown> }>

interface Spot {
  readonly path: string
  readonly name: string
  readonly at: number
}

function place({ path, name, at }: Spot, field: Field, known: Siblings): Placed {
  if ('arms' in field || 'bit' in field) return placeUnion(path, field, at, known)
  const size = 'list' in field ? 8 : field.size
  const step: Step =
    'list' in field
      ? { kind: 'list', path, name, at, countAt: sibling(path, known, field.count), item: field.list }
      : { kind: 'plain', path, name, at, type: field }
  return { size, members: [{ name, offset: at, size }], steps: [step] }
}

function placeUnion(path: string, field: Union, offset: number, known: Siblings): Placed {
  if (offset === 0) throw new Error(`${path}: a union cannot come before its tag`)
  const [tag, mask, arms]: [string, number, Readonly<Record<number, Fields>>] =
    'bit' in field
      ? [field.flags, field.bit, { [field.bit >>> 0]: field.set, 0: field.clear }]
      : [field.tag, 0xffff_ffff, field.arms]
  // an arm starts where the union starts: arms are laid out from `offset`, so that they see the fields before it
  const layouts = Object.entries(arms).map(
    ([value, fields]) => [Number(value), lay(path, fields, known, offset)] as const,
  )
  const size = Math.max(0, ...layouts.map(([, arm]) => arm.size))
  return {
    size: alignUp(size, alignOf(field)),
    members: layouts.flatMap(([, arm]) => arm.members),
    steps: [
      {
        kind: 'union',
        tag,
        tagAt: sibling(path, known, tag),
        mask,
        arms: new Map(layouts.map(([value, arm]) => [value, arm.steps])),
      },
    ],
  }
}

function sibling(path: string, known: Siblings, name: string): number {
  const offset = known[name]
  if (offset === undefined) throw new Error(`${path} names ${name}, which does not stand before it`)
  return offset
}

function alignOf(field: Field): number {
  if ('list' in field) return 8
  if ('arms' in field) return alignOfArms(Object.values(field.arms))
  if ('bit' in field) return alignOfArms([field.set, field.clear])
  return field.align
}

function alignOfArms(arms: readonly Fields[]): number {
  return Math.max(1, ...arms.flatMap((fields) => Object.values(fields).map(alignOf)))
}

function alignUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align
}

/** Is there a byte blob below? */
function patchable(step: Step): boolean {
  if (step.kind === 'union') return [...step.arms.values()].some((steps) => steps.some(patchable))
  return (step.kind === 'list' ? step.item : step.type).patch !== undefined
}

/** A structure in memory, and how to write there. */
interface Patched {
  readonly r: Reader
  readonly at: number
  readonly poke: Poke
}

/** Overwrites byte blobs where they lie; everything else stays as it is. */
function patch(steps: readonly Step[], place: Patched, value: Values): void {
  const { r, at, poke } = place
  for (const step of steps) {
    if (step.kind === 'union') {
      const tag = (r.view.getUint32(at + step.tagAt, true) & step.mask) >>> 0
      patch(step.arms.get(tag) ?? [], place, value)
    } else if (step.kind === 'list') patchItems(step, place, value[step.name] as readonly unknown[])
    else step.type.patch?.(r, at + step.at, value[step.name], poke)
  }
}

function patchItems(step: Step & { kind: 'list' }, { r, at, poke }: Patched, items: readonly unknown[]): void {
  const count = r.view.getUint32(at + step.countAt, true)
  if (items.length !== count) throw new RangeError(`${step.path} has ${count} items in place, not ${items.length}`)
  if (count === 0 || !step.item.patch) return
  const first = locateItems(r, at + step.at, count, step.item.size)
  for (const [i, item] of items.entries()) step.item.patch(r, first + i * step.item.size, item, poke)
}
