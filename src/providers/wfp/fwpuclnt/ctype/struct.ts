/**
 * Structures from tables: offsets follow from natural alignment, as a C compiler lays them out; none is typed by hand.
 *
 * `list` and `tagged` name the sibling that counts or selects. The count disappears from the value; the tag stays as the discriminant.
 */

import type { Field, Fields, FieldsValue, List } from './fields.ts'
import { BadPointer, pointerAt, type Reader } from './reader.ts'
import type { CType, Poke } from './types.ts'
import type { Writer } from './writer.ts'

/** One field and where it lies; the arms of a union overlap. */
export interface Member {
  readonly name: string
  readonly offset: number
  readonly size: number
}
export interface StructType<T> extends CType<T> {
  readonly members: readonly Member[]
  readonly fields: Fields
}

/** A C structure. The fields of its value keep the SDK's names. */
export function struct<const F extends Fields>(name: string, fields: F): StructType<FieldsValue<F>> {
  const layout = lay(name, fields, {})
  return {
    name,
    size: layout.size,
    align: layout.align,
    word: 'none',
    members: layout.members,
    fields,
    write: (w, at, value) => runWrites(layout.parts, w, at, value as Struct),
    read(r, at) {
      const value: Struct = {}
      runReads(layout.parts, r, at, value)
      return value as FieldsValue<F>
    },
    ...(layout.parts.some((part) => part.patch) && {
      patch: (r: Reader, at: number, value: FieldsValue<F>, poke: Poke) =>
        runPatches(layout.parts, r, at, value as Struct, poke),
    }),
  }
}

/** Size, alignment and members of a structure, for a test to compare with the SDK's. */
export function offsetsOf(type: StructType<unknown>): { size: number; align: number; members: readonly Member[] } {
  return { size: type.size, align: type.align, members: type.members }
}

type Struct = Record<string, unknown>
/** One step of packing or unpacking: offsets are relative to the structure. */
interface Part {
  readonly write: (w: Writer, at: number, value: Struct) => void
  readonly read: (r: Reader, at: number, value: Struct) => void
  readonly patch?: (r: Reader, at: number, value: Struct, poke: Poke) => void
}
interface Layout {
  readonly size: number
  readonly align: number
  readonly members: readonly Member[]
  readonly parts: readonly Part[]
}
/** Offsets of the fields before this one, which counts and tags are looked up in. */
type Siblings = Record<string, number>

/** Lays out a run of fields that starts at `start`, as C does. Arms of a union are runs that start at the same place. */
function lay(owner: string, fields: Fields, siblings: Siblings, start = 0): Layout {
  const known: Siblings = { ...siblings }
  const counted = new Set(Object.values(fields).flatMap((field) => ('list' in field ? [field.count] : [])))
  const members: Member[] = []
  const parts: Part[] = []
  let end = start
  let align = 1
  for (const [name, field] of Object.entries(fields)) {
    const need = alignOf(field)
    const offset = alignUp(end, need)
    const placed = place(`${owner}.${name}`, name, field, offset, known, counted.has(name))
    known[name] = offset
    members.push(...placed.members)
    parts.push(...placed.parts)
    end = offset + placed.size
    align = Math.max(align, need)
  }
  return { size: start === 0 ? alignUp(end, align) : end - start, align, members, parts }
}

type Placed = Omit<Layout, 'align'>

function place(path: string, name: string, field: Field, offset: number, known: Siblings, counted: boolean): Placed {
  if ('arms' in field || 'bit' in field) return placeUnion(path, field, offset, known)
  const size = 'list' in field ? 8 : field.size
  const members = [{ name, offset, size }]
  if (counted) return { size, members, parts: [] }
  if ('list' in field) return { size, members, parts: [listPart(path, name, field, offset, known)] }
  return { size, members, parts: [plainPart(path, name, field, offset)] }
}

function placeUnion(
  path: string,
  field: Exclude<Field, CType<unknown> | List<unknown, string>>,
  offset: number,
  known: Siblings,
): Placed {
  const [tagName, mask, arms] =
    'bit' in field
      ? ([field.flags, field.bit, { [field.bit >>> 0]: field.set, 0: field.clear }] as const)
      : ([field.tag, 0xffff_ffff, field.arms] as const)
  const tagAt = siblingOffset(path, known, tagName)
  // an arm starts where the union starts: arms are laid out from `offset`, so that their siblings stay visible
  const layouts = new Map(
    Object.entries(arms).map(([tag, fields]) => [Number(tag), layArm(path, fields, offset, known)]),
  )
  const all = [...layouts.values()]
  const armOf = (tag: number): readonly Part[] => layouts.get((tag & mask) >>> 0)?.parts ?? []
  return {
    size: alignUp(Math.max(0, ...all.map((arm) => arm.size)), alignOf(field)),
    members: all.flatMap((arm) => arm.members),
    parts: [
      {
        write: (w, at, value) => runWrites(armOf(value[tagName] as number), w, at, value),
        read: (r, at, value) => runReads(armOf(r.view.getUint32(at + tagAt, true)), r, at, value),
        ...(all.some((arm) => arm.parts.some((part) => part.patch)) && {
          patch: (r: Reader, at: number, value: Struct, poke: Poke) =>
            runPatches(armOf(r.view.getUint32(at + tagAt, true)), r, at, value, poke),
        }),
      },
    ],
  }
}

function layArm(path: string, fields: Fields, offset: number, known: Siblings): Layout {
  if (offset === 0) throw new Error(`${path}: a union cannot come before its tag`)
  return lay(path, fields, known, offset)
}

function plainPart(path: string, name: string, type: CType<unknown>, offset: number): Part {
  const inner = type.patch
  return {
    write(w, at, value) {
      const field = value[name]
      if (field === undefined) throw new TypeError(`${path} is missing`)
      type.write(w, at + offset, field)
    },
    read(r, at, value) {
      value[name] = type.read(r, at + offset)
    },
    ...(inner && {
      patch: (r: Reader, at: number, value: Struct, poke: Poke) => inner(r, at + offset, value[name], poke),
    }),
  }
}

function listPart(path: string, name: string, field: List<unknown, string>, offset: number, known: Siblings): Part {
  const countAt = siblingOffset(path, known, field.count)
  const inner = field.list.patch
  const stride = field.list.size
  return {
    write(w, at, value) {
      const items = value[name]
      if (!Array.isArray(items)) throw new TypeError(`${path} is not a list`)
      w.view.setUint32(at + countAt, items.length, true)
      if (items.length > 0) w.pointer(at + offset, placeItems(w, field.list, items))
    },
    read(r, at, value) {
      value[name] = readItems(r, field.list, pointerAt(r, at + offset), r.view.getUint32(at + countAt, true))
    },
    ...(inner && {
      patch(r: Reader, at: number, value: Struct, poke: Poke) {
        const items = value[name] as readonly unknown[]
        const count = r.view.getUint32(at + countAt, true)
        if (items.length !== count) throw new RangeError(`${path} has ${count} items in place, not ${items.length}`)
        const first = r.locate(pointerAt(r, at + offset), count * stride)
        items.forEach((item, i) => {
          inner(r, first + i * stride, item, poke)
        })
      },
    }),
  }
}

/** Packs an array; its offset. */
export function placeItems<T>(w: Writer, item: CType<T>, items: readonly T[]): number {
  const first = w.allocate(items.length * item.size, item.align)
  for (let i = 0; i < items.length; i++) item.write(w, first + i * item.size, items[i]!)
  return first
}

/** Unpacks an array. */
export function readItems<T>(r: Reader, item: CType<T>, address: number, count: number): T[] {
  if (count === 0) return []
  if (address === 0) throw new BadPointer(`${count} items at NULL`)
  const first = r.locate(address, count * item.size)
  const items: T[] = []
  for (let i = 0; i < count; i++) items.push(item.read(r, first + i * item.size))
  return items
}

function runWrites(parts: readonly Part[], w: Writer, at: number, value: Struct): void {
  for (const part of parts) part.write(w, at, value)
}

function runReads(parts: readonly Part[], r: Reader, at: number, value: Struct): void {
  for (const part of parts) part.read(r, at, value)
}

function runPatches(parts: readonly Part[], r: Reader, at: number, value: Struct, poke: Poke): void {
  for (const part of parts) part.patch?.(r, at, value, poke)
}

function siblingOffset(path: string, known: Siblings, name: string): number {
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
