/** What a C type is to this binding: how big, how aligned, how a JavaScript value gets into memory and out of it. */
import type { Reader } from './reader.ts'
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
