/** What a C type is to this binding: how big, how aligned, how a JavaScript value gets into memory and out of it. */

import type { Content, Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export interface CType<T> {
  readonly name: string
  readonly size: number
  readonly align: number
  /** How a parameter of this type travels in a call. */
  readonly word: 'number' | 'bigint' | 'pointer' | 'none'
  write(writer: Writer, at: number, value: T): void
  read(reader: Reader, at: number): T
  /** Overwrites byte blobs (keys) below this place with those of `value`, where they lie. Absent: there are none. */
  patch?(reader: Reader, at: number, value: T, poke: Poke): void
  /** Adds what the value says, without the addresses in it, to a content. Absent: the bytes of the type are its content. */
  collect?(reader: Reader, at: number, content: Content): void
}

/** A C pointer: the place it leads to can be written and read without the cell that holds it. */
export interface PointerType<T> extends CType<T> {
  readonly word: 'pointer'
  /** What it points to, and whether it may be NULL; absent for strings and self-sized bytes. */
  readonly target?: CType<unknown>
  readonly nullable?: boolean
  /** Packs what the pointer leads to; its offset, or 0 for NULL. */
  place(writer: Writer, value: T): number
  follow(reader: Reader, address: number): T
}

/** Writes bytes at an address of the process. */
export type Poke = (address: number, bytes: Uint8Array) => void

/** The JavaScript value of a C type. */
export type Value<C> = C extends CType<infer T> ? T : never

/** What a field of a structure can be, besides a type: a counted list, or a union that a sibling selects. And the values they have. */

/** A pointer to an array whose length stands in the sibling field `count`. */
export interface List<T, Count extends string> {
  readonly list: CType<T>
  readonly count: Count
}
/** A union: the sibling `tag` (masked, if there is a mask) selects the arm, a run of fields. A tag without an arm stands alone. */
export interface Tagged<Tag extends string, Arms extends ArmTable> {
  readonly tag: Tag
  readonly arms: Arms
}
/** A union selected by one bit of the sibling `flags`. */
export interface Flagged<Flags extends string, Set extends Fields, Clear extends Fields> {
  readonly flags: Flags
  readonly bit: number
  readonly set: Set
  readonly clear: Clear
}
interface AnyFlagged {
  readonly flags: string
  readonly bit: number
  readonly set: Fields
  readonly clear: Fields
}
export type Field = CType<unknown> | List<unknown, string> | Tagged<string, ArmTable> | AnyFlagged
export interface Fields {
  readonly [name: string]: Field
}
export interface ArmTable {
  readonly [tag: number]: Fields
}

type Counts<F> = { [K in keyof F]: F[K] extends List<unknown, infer Count> ? Count : never }[keyof F]
type Tags<F> = { [K in keyof F]: F[K] extends Tagged<infer Tag, ArmTable> ? Tag : never }[keyof F]
type UnionKey<F, K extends keyof F> = F[K] extends Tagged<string, ArmTable> | AnyFlagged ? K : never
type Unions<F> = {
  [K in keyof F as UnionKey<F, K>]: F[K] extends Tagged<infer Tag, infer Arms>
    ? { [T in keyof Arms]: { readonly [P in Tag]: T } & FieldsValue<Arms[T]> }[keyof Arms]
    : F[K] extends Flagged<string, infer Set, infer Clear>
      ? Exclusive<FieldsValue<Set>, FieldsValue<Clear>>
      : never
}
type Exclusive<A, B> = (A & { readonly [K in keyof B]?: never }) | (B & { readonly [K in keyof A]?: never })
type Intersection<U> = { [K in keyof U]: (value: U[K]) => void }[keyof U] extends (value: infer I) => void ? I : never
type Plain<F> = {
  readonly [K in keyof F as F[K] extends CType<unknown> | List<unknown, string>
    ? Exclude<K, Counts<F> | Tags<F>>
    : never]: F[K] extends CType<infer T> ? T : F[K] extends List<infer T, string> ? readonly T[] : never
}
/** The JavaScript value of a table of fields. */
export type FieldsValue<F> = Plain<F> & Intersection<Unions<F>>

export function list<T, const Count extends string>(item: CType<T>, count: Count): List<T, Count> {
  return { list: item, count }
}

export function tagged<const Tag extends string, const Arms extends ArmTable>(tag: Tag, arms: Arms): Tagged<Tag, Arms> {
  return { tag, arms }
}

export function flagged<const Flags extends string, const Set extends Fields, const Clear extends Fields>(
  flags: Flags,
  bit: number,
  set: Set,
  clear: Clear,
): Flagged<Flags, Set, Clear> {
  return { flags, bit, set, clear }
}

export function isList(field: Field): field is List<unknown, string> {
  return 'list' in field
}
