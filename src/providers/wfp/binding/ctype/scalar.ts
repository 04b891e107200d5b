/** Types without pointers: integers, floats, GUIDs, fixed byte arrays. All of them refuse values they cannot hold. */

import type { CType } from './fields.ts'
import type { Reader } from './reader.ts'
import { readAddress, writeAddress } from './writer.ts'

type Bits = 8 | 16 | 32

export const u8: CType<number> = {
  ...scalar('UINT8', 1),
  write: (w, at, value) => w.view.setUint8(at, unsigned(value, 8)),
  read: (r, at) => r.view.getUint8(at),
}
export const u16: CType<number> = {
  ...scalar('UINT16', 2),
  write: (w, at, value) => w.view.setUint16(at, unsigned(value, 16), true),
  read: (r, at) => r.view.getUint16(at, true),
}
/** UINT32, DWORD, enums and flags. */
export const u32: CType<number> = {
  ...scalar('UINT32', 4),
  write(w, at, value) {
    if (value >>> 0 !== value) unsigned(value, 32)
    w.view.setUint32(at, value, true)
  },
  read: (r, at) => r.view.getUint32(at, true),
}
export const i8: CType<number> = {
  ...scalar('INT8', 1),
  write: (w, at, value) => w.view.setInt8(at, signed(value, 8)),
  read: (r, at) => r.view.getInt8(at),
}
export const i16: CType<number> = {
  ...scalar('INT16', 2),
  write: (w, at, value) => w.view.setInt16(at, signed(value, 16), true),
  read: (r, at) => r.view.getInt16(at, true),
}
export const i32: CType<number> = {
  ...scalar('INT32', 4),
  write: (w, at, value) => w.view.setInt32(at, signed(value, 32), true),
  read: (r, at) => r.view.getInt32(at, true),
}
/** BOOL: 4 bytes, 0 is FALSE. A number, because C callers write other values than 1. */
export const bool: CType<number> = { ...i32, name: 'BOOL' }

export const u64: CType<bigint> = {
  ...scalar('UINT64', 8),
  word: 'bigint',
  write(w, at, value) {
    if (BigInt.asUintN(64, value) !== value) throw new RangeError(`UINT64 cannot hold ${value}`)
    w.view.setBigUint64(at, value, true)
  },
  read: (r, at) => r.view.getBigUint64(at, true),
}
export const i64: CType<bigint> = {
  ...scalar('INT64', 8),
  word: 'bigint',
  write(w, at, value) {
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`INT64 cannot hold ${value}`)
    w.view.setBigInt64(at, value, true)
  },
  read: (r, at) => r.view.getBigInt64(at, true),
}
export const f32: CType<number> = {
  ...scalar('float', 4),
  write: (w, at, value) => w.view.setFloat32(at, value, true),
  read: (r, at) => r.view.getFloat32(at, true),
}
export const f64: CType<number> = {
  ...scalar('double', 8),
  write: (w, at, value) => w.view.setFloat64(at, value, true),
  read: (r, at) => r.view.getFloat64(at, true),
}

/** HANDLE and other opaque words of pointer size (below 2^53). */
export const handle: CType<number> = {
  ...scalar('HANDLE', 8),
  write(w, at, value) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`HANDLE cannot hold ${value}`)
    writeAddress(w.view, at, value)
  },
  read: (r, at) => readAddress(r.view, at),
}

/** void*: an address that is passed on and never followed. */
export const voidPointer: CType<number> = { ...handle, name: 'void*' }

const HEX: Uint8Array = Buffer.from('0123456789abcdef', 'latin1')
/** Where in the text each byte of memory is written: Data1..3 are little-endian, Data4 is as written. */
const GUID_TEXT_AT = [6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34]
const DASHES_AT = [8, 13, 18, 23]
/** The value of a hexadecimal digit by character code; -1 for any other character. */
const DIGIT = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)))

/** GUID: lower-case text without braces. */
export const guid: CType<string> = {
  ...scalar('GUID', 16),
  align: 4,
  write(w, at, value) {
    let wrong = typeof value === 'string' && value.length === 36 ? 0 : -1
    for (let i = 0; i < 16 && wrong >= 0; i++) {
      const from = GUID_TEXT_AT[i]!
      const byte = (digit(value, from) << 4) | digit(value, from + 1)
      wrong |= byte
      w.bytes[at + i] = byte
    }
    if (wrong < 0 || DASHES_AT.some((i) => value[i] !== '-')) throw new TypeError(`not a lower-case GUID: ${value}`)
  },
  read(r, at) {
    const a = r.view.getInt32(at, true)
    const b = r.view.getInt32(at + 4, true)
    const c = r.view.getInt32(at + 8, true)
    const d = r.view.getInt32(at + 12, true)
    const slot = (a ^ (a >>> 14) ^ d) & (KNOWN_GUIDS - 1)
    const w = slot * 4
    const known = knownTexts[slot]
    if (
      known !== undefined &&
      knownWords[w] === a &&
      knownWords[w + 1] === b &&
      knownWords[w + 2] === c &&
      knownWords[w + 3] === d
    )
      return known
    const text = guidText(r.bytes, at)
    knownWords[w] = a
    knownWords[w + 1] = b
    knownWords[w + 2] = c
    knownWords[w + 3] = d
    knownTexts[slot] = text
    return text
  },
}

/**
 * The texts read last: layers, conditions and owners come again in every object, keys with every enumeration, and one text for all saves
 * most of their memory.
 */
const KNOWN_GUIDS = 16_384 // a power of two: the keys of a thousand tunnels and their filters
const knownWords = new Int32Array(4 * KNOWN_GUIDS)
const knownTexts = new Array<string | undefined>(KNOWN_GUIDS) // `Array.from` takes as long as all else of a start here
const letters = Buffer.alloc(36, '-')

/** Through a buffer: a text put together piece by piece would stay a tree of its pieces. */
function guidText(bytes: Buffer, at: number): string {
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + i]!
    const to = GUID_TEXT_AT[i]!
    letters[to] = HEX[byte >> 4]!
    letters[to + 1] = HEX[byte & 0xf]!
  }
  return letters.toString('latin1')
}

/** The first 32 bits of a GUID: enough to tell that it is another one. */
export function beginningOf(text: string): number {
  return Number.parseInt(text.slice(0, 8), 16)
}

/** The same of one that lies in memory. */
export function beginningAt(r: Reader, at: number): number {
  return r.view.getUint32(at, true)
}

function digit(text: string, at: number): number {
  return DIGIT[text.charCodeAt(at)] ?? -1
}

/** An array of bytes inside a structure: UINT8[16], FWP_BYTE_ARRAY16. */
export function bytes(length: number): CType<Uint8Array> {
  return {
    ...scalar(`UINT8[${length}]`, length),
    align: 1,
    write(w, at, value) {
      if (value.length !== length) throw new RangeError(`UINT8[${length}] cannot hold ${value.length} bytes`)
      w.bytes.set(value, at)
    },
    read: (r, at) => new Uint8Array(r.bytes.subarray(at, at + length)),
  }
}

function scalar(name: string, size: number): { name: string; size: number; align: number; word: 'number' } {
  return { name, size, align: size, word: 'number' }
}

function unsigned(value: number, bits: Bits): number {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits)
    throw new RangeError(`UINT${bits} cannot hold ${value}`)
  return value
}

function signed(value: number, bits: Bits): number {
  const limit = 2 ** (bits - 1)
  if (!Number.isInteger(value) || value < -limit || value >= limit)
    throw new RangeError(`INT${bits} cannot hold ${value}`)
  return value
}
