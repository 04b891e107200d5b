/** Pointers: to structures and scalars, to strings, to bytes that carry or are given their own length. */
import { EmbeddedImage } from './embed-image.ts'
import type { CType, PointerType, Poke } from './fields.ts'
import { BadPointer, type Content, pointerAt, type Reader } from './reader.ts'
import type { Writer } from './writer.ts'

const RPC_X_NULL_REF_POINTER = 1780
type Patch<T> = (reader: Reader, at: number, value: T, poke: Poke) => void
/** Adds what the pointer leads to. */
type Collect = (reader: Reader, address: number, content: Content) => void

const MAX_BLOB = 0x7fff_ffff
const NOTHING = new Uint8Array(0)

/** A pointer that may be NULL: object or `null`. */
export function ptr<T>(target: CType<T>): PointerType<T | null> {
  const there = ref(target)
  return {
    ...pointer<T | null>(
      `${target.name}*`,
      (w, value) => (value === null ? 0 : there.place(w, value)),
      (r, address) => (address === 0 ? null : there.follow(r, address)),
      { collect: collectTarget(target), patch: patchOf(target) },
    ),
    target,
    nullable: true,
  }
}

/** A pointer that is never NULL: the value itself. */
export function ref<T>(target: CType<T>): PointerType<T> {
  const place = (w: Writer, value: T): number => {
    if (value instanceof EmbeddedImage) return value.place(w)
    if (value === null || value === undefined) throw new TypeError(`${target.name}* must not be NULL`)
    const at = w.allocate(target.size, target.align)
    target.write(w, at, value)
    return at
  }
  const follow = (r: Reader, address: number): T => {
    if (address === 0) throw new BadPointer(`${target.name}* is NULL`, RPC_X_NULL_REF_POINTER)
    return target.read(r, r.locate(address, target.size))
  }
  const below = { collect: collectTarget(target), patch: patchOf(target) }
  return { ...pointer(`${target.name}*`, place, follow, below), target, nullable: false }
}

function collectTarget(target: CType<unknown>): Collect {
  const { size } = target
  return (r, address, content) => {
    const at = r.locate(address, size)
    if (target.collect) target.collect(r, at, content)
    else content.add(r, at, size)
  }
}

/** A pointer we have no use for: always NULL. */
export function unused(name: string): PointerType<null> {
  const place = (_: Writer, value: null): number => {
    if (value !== null) throw new TypeError(`${name}* is always NULL here`)
    return 0
  }
  return pointer(`${name}*`, place, () => null, { collect: () => {} })
}

function patchOf<T, V extends T | null>(target: CType<T>): Patch<V> | undefined {
  const inner = target.patch
  if (!inner) return undefined
  return (r, at, value, poke) => {
    const address = pointerAt(r, at)
    if (address !== 0 && value !== null) inner(r, r.locate(address, target.size), value, poke)
  }
}

/** wchar_t*: UTF-16, zero-terminated. */
export const wstr: PointerType<string | null> = text('wchar_t*', 2)
/** PSTR: one byte a character, zero-terminated. */
export const str: PointerType<string | null> = text('PSTR', 1)

function text(name: string, unit: 1 | 2): PointerType<string | null> {
  const encoding = unit === 2 ? 'utf16le' : 'latin1'
  return pointer(
    name,
    (w, value) => (value === null ? 0 : placeText(w, value, unit)),
    (r, address) => {
      if (address === 0) return null
      const length = textLength(r, address, unit)
      const at = r.locate(address, length)
      return r.bytes.toString(encoding, at, at + length)
    },
    { collect: (r, address, content) => collectBytes(r, address, textLength(r, address, unit), content) },
  )
}

function placeText(w: Writer, value: string, unit: 1 | 2): number {
  const at = w.allocate((value.length + 1) * unit, unit)
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code === 0) throw new TypeError('a C string cannot hold a zero character')
    if (unit === 2) w.view.setUint16(at + 2 * i, code, true)
    else if (code < 0x100) w.bytes[at + i] = code
    else throw new TypeError(`PSTR cannot hold ${JSON.stringify(value)}`)
  }
  return at
}

/** Bytes before the terminator. */
function textLength(r: Reader, address: number, unit: 1 | 2): number {
  let length = 0
  for (;;) {
    const at = r.locate(address, length + unit)
    const end = r.endOf(address) - at
    const { view } = r
    // two characters at once, as far as there are two
    if (unit === 2) for (; length + 4 <= end && !holdsZero(view.getInt32(at + length, true)); length += 4);
    for (; length + unit <= end; length += unit)
      if ((unit === 2 ? view.getUint16(at + length, true) : view.getUint8(at + length)) === 0) return length
  }
}

/** @param pair two characters of sixteen bits */
function holdsZero(pair: number): boolean {
  return (pair & 0xffff) === 0 || pair >>> 16 === 0
}

/** FWP_BYTE_BLOB: bytes with their count; empty is size 0 and NULL. */
export const blob: CType<Uint8Array> = {
  name: 'FWP_BYTE_BLOB',
  size: 16,
  align: 8,
  word: 'none',
  write(w, at, value) {
    w.view.setUint32(at, value.length, true)
    if (value.length > 0) w.pointer(at + 8, placeBytes(w, value))
  },
  read(r, at) {
    const size = r.view.getUint32(at, true)
    return readBytes(r, pointerAt(r, at + 8), size)
  },
  collect(r, at, content) {
    const size = r.view.getUint32(at, true)
    if (size === 0) content.addNumber(0)
    else collectBytes(r, pointerAt(r, at + 8), size, content)
  },
  patch(r, at, value, poke) {
    const size = r.view.getUint32(at, true)
    if (size !== value.length) throw new RangeError(`the blob in place has ${size} bytes, not ${value.length}`)
    if (size > 0) poke(pointerAt(r, at + 8), value)
  },
}

/** The bytes of an FWP_BYTE_BLOB where they lie: valid for as long as the reader's are. */
export function bytesInPlace(r: Reader, address: number): Buffer {
  const head = r.locate(address, blob.size)
  const size = r.view.getUint32(head, true)
  if (size === 0) return r.bytes.subarray(0, 0)
  const at = locateBytes(r, pointerAt(r, head + 8), size)
  return r.bytes.subarray(at, at + size)
}

function placeBytes(w: Writer, value: Uint8Array): number {
  const at = w.allocate(value.length, 8)
  w.bytes.set(value, at)
  return at
}

function readBytes(r: Reader, address: number, size: number): Uint8Array {
  if (size === 0) return NOTHING
  const at = locateBytes(r, address, size)
  return new Uint8Array(r.bytes.subarray(at, at + size))
}

function collectBytes(r: Reader, address: number, size: number, content: Content): void {
  content.addNumber(size)
  if (size === 0) return
  content.add(r, locateBytes(r, address, size), size)
}

function locateBytes(r: Reader, address: number, size: number): number {
  if (address === 0) throw new BadPointer(`${size} bytes at NULL`, RPC_X_NULL_REF_POINTER)
  if (size > MAX_BLOB) throw new BadPointer(`a blob of ${size} bytes`)
  return r.locate(address, size)
}

/** PSID: 8 bytes and 4 for each sub-authority. */
export const sid = selfSized('SID', 8, (b, at) => 8 + 4 * b[at + 1]!)
/** PACL: AclSize stands in its header. */
export const acl = selfSized('ACL', 8, (b, at) => b.readUInt16LE(at + 2))
/** PSECURITY_DESCRIPTOR, self-relative: as long as the part of it that ends last. */
export const securityDescriptor = descriptor()

/** A pointer to bytes that tell their own length. */
function selfSized(
  name: string,
  header: number,
  sizeOf: (bytes: Buffer, at: number) => number,
): PointerType<Uint8Array | null> {
  const sizeAt = (r: Reader, address: number) => {
    const at = r.locate(address, header)
    return sizeOf(r.bytes, at)
  }
  return pointer(
    `${name}*`,
    (w, value) => (value === null ? 0 : placeBytes(w, value)),
    (r, address) => (address === 0 ? null : readBytes(r, address, sizeAt(r, address))),
    { collect: (r, address, content) => collectBytes(r, address, sizeAt(r, address), content) },
  )
}

function descriptor(): PointerType<Uint8Array | null> {
  return pointer(
    'SECURITY_DESCRIPTOR*',
    (w, value) => (value === null ? 0 : placeBytes(w, value)),
    (r, address) => (address === 0 ? null : readBytes(r, address, descriptorSize(r, address))),
    { collect: (r, address, content) => collectBytes(r, address, descriptorSize(r, address), content) },
  )
}

/** SECURITY_DESCRIPTOR_RELATIVE: Revision, Sbz1, Control, then the offsets of owner, group, SACL and DACL. */
function descriptorSize(r: Reader, address: number): number {
  const SE_SELF_RELATIVE = 0x8000
  const header = r.locate(address, 20)
  if ((r.view.getUint16(header + 2, true) & SE_SELF_RELATIVE) === 0)
    throw new BadPointer('a security descriptor that is not self-relative')
  const parts = [4, 8, 12, 16].map((field) => r.view.getUint32(header + field, true))
  return parts.reduce((size, part, i) => Math.max(size, part === 0 ? 0 : part + partSize(r, address + part, i < 2)), 20)
}

function partSize(r: Reader, address: number, isSid: boolean): number {
  const at = r.locate(address, 8)
  return isSid ? 8 + 4 * r.bytes[at + 1]! : r.view.getUint16(at + 2, true)
}

/** A pointer type from its two directions, and what is done to what it leads to. */
function pointer<T>(
  name: string,
  place: (writer: Writer, value: T) => number,
  follow: (reader: Reader, address: number) => T,
  { collect, patch }: { readonly collect: Collect; readonly patch?: Patch<T> | undefined },
): PointerType<T> {
  return {
    name,
    size: 8,
    align: 8,
    word: 'pointer',
    place,
    follow,
    write(w, at, value) {
      const offset = place(w, value)
      if (offset !== 0) w.pointer(at, offset)
    },
    read: (r, at) => follow(r, pointerAt(r, at)),
    collect(r, at, content) {
      const address = pointerAt(r, at)
      content.addNumber(address === 0 ? 0 : 1)
      if (address !== 0) collect(r, address, content)
    },
    ...(patch && { patch }),
  }
}
