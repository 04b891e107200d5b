/**
 * C types as values, and the two directions between a JavaScript value and memory.
 *
 * | C | JavaScript |
 * | --- | --- |
 * | UINT8…UINT32, BOOL, enum, flags | `number` |
 * | UINT64, INT64 | `bigint` |
 * | HANDLE | `number` |
 * | GUID | lower-case string |
 * | wchar_t*, PSTR | `string \| null` |
 * | FWP_BYTE_BLOB, UINT8[n] | `Uint8Array` |
 * | T* | the value, or `null` where NULL is allowed |
 * | T* with a count | array; the count is not in the value |
 * | union with a tag | the tag under its own name, and the live arm |
 */

import type { CType } from './fields.ts'
import { ImageMemory, ProcessMemory, type Reader } from './reader.ts'
import { Writer } from './writer.ts'

export { locateItems } from './compile.ts'
export { embedImage } from './embed-image.ts'
export type { CType, PointerType, Value } from './fields.ts'
export { type Field, type Fields, type FieldsValue, flagged, isList, list, tagged } from './fields.ts'
export { GuidList } from './guid-list.ts'
export { acl, blob, bytesInPlace, ptr, ref, securityDescriptor, sid, str, unused, wstr } from './pointer.ts'
export {
  BadPointer,
  CONTENT_DIGEST,
  Content,
  ContentDigest,
  type ImageMemory,
  pointerAt,
  type Reader,
} from './reader.ts'
export {
  beginningAt,
  beginningOf,
  bool,
  bytes,
  f32,
  f64,
  guid,
  handle,
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64,
  voidPointer,
} from './scalar.ts'
export { collecting, memberAt, offsetsOf, reading, type StructType, struct } from './struct.ts'
export { readAddress, Writer, writeAddress } from './writer.ts'

const writer = new Writer()
/** Unpacking is synchronous and calls nothing back, so one reader does. */
const processReader = new ProcessMemory()

/** One buffer with the whole value: the root at offset 0, inner pointers as they must be when it lies at `base`. */
export function pack<T>(type: CType<T>, value: T, base = 0): Buffer {
  return packed(type, value, (w) => {
    w.relocate(base)
    return Buffer.from(w.bytes.subarray(0, w.used))
  })
}

/** An image to store: the value as it lies at 0, and behind it where its pointers are. `image` reads it, `embedImage` gives it out again. */
export function packImage<T>(type: CType<T>, value: T): Buffer {
  return packed(type, value, (w) => w.image())
}

function packed<T>(type: CType<T>, value: T, finish: (writer: Writer) => Buffer): Buffer {
  writer.reset()
  try {
    type.write(writer, writer.allocate(type.size, 8), value)
    return finish(writer)
  } finally {
    writer.reset()
  }
}

/** The memory of this process, for `unpack`. */
export const processMemory: unique symbol = Symbol('process memory')

/** A stored image, for `unpack`: `bytes` as they would lie at `base`. */
export function image(bytes: Uint8Array, base = 0): ImageMemory {
  return new ImageMemory(bytes, base)
}

/** Reads the value at `address`, whole: nothing in the result refers to the memory it came from. */
export function unpack<T>(type: CType<T>, memory: typeof processMemory | ImageMemory, address: number): T {
  const read = (reader: Reader): T => type.read(reader, reader.locate(address, type.size))
  return memory === processMemory ? readProcess(read) : read(memory)
}

/** Runs `read` over process memory; what was copied for it is zeroed afterwards. */
export function readProcess<R>(read: (reader: ProcessMemory) => R): R {
  try {
    return read(processReader)
  } finally {
    processReader.reset()
  }
}
