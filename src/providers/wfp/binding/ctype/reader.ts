/**
 * Where unpacking reads: bytes at addresses, either of the process or of a stored image.
 *
 * Process memory is copied page by page into one arena: an engine's answer is one allocation, so a page holds many structures, and a
 * page that holds one readable byte is readable whole.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import { copyInto } from '../memory.ts'
import { readAddress } from './writer.ts'

const PAGE = 4096
const ERROR_NOACCESS = 998

/** A pointer that leads nowhere. The status is what the engine's own stubs answer, should a caller have sent it. */
export class BadPointer extends Error {
  readonly status: number
  constructor(message: string, status = ERROR_NOACCESS) {
    super(message)
    this.name = 'BadPointer'
    this.status = status
  }
}

/**
 * SHA-512/256: half as long as SHA-256 where the processor has instructions for neither. Nobody compares these digests but this program.
 *
 * @see https://doi.org/10.6028/NIST.FIPS.180-4
 */
export const CONTENT_DIGEST = 'sha512-256'

/** What a value in memory says, byte after byte: the same for two values that say the same, wherever they and their parts lie. */
export class Content {
  #bytes = Buffer.alloc(PAGE)
  #view = viewOf(this.#bytes)
  #used = 0

  /** @param reader as it is now: to locate what is added may have put another arena in the place of its bytes */
  add({ bytes, view }: Pick<Reader, 'bytes' | 'view'>, at: number, size: number): void {
    const start = this.#used
    if (start + size > this.#bytes.length) this.#grow(start + size)
    this.#used += size
    if (size > MOST_BY_WORDS) {
      bytes.copy(this.#bytes, start, at, at + size)
      return
    }
    let i = 0
    for (const words = size - (size % 4); i < words; i += 4)
      this.#view.setInt32(start + i, view.getInt32(at + i, true), true)
    for (; i < size; i++) this.#bytes[start + i] = bytes[at + i]!
  }

  /** A length, a count, or whether something is there: what stands behind it cannot be taken for anything else. */
  addNumber(value: number): void {
    if (this.#used + 4 > this.#bytes.length) this.#grow(this.#used + 4)
    this.#view.setInt32(this.#used, value, true)
    this.#used += 4
  }

  /**
   * Nothing is kept of what was added, also where that is broken off at a pointer that leads nowhere: it may have held a key.
   *
   * @returns a digest of what `collect` adds, in base64
   */
  digestOf(collect: (content: Content) => void): string {
    try {
      collect(this)
      return this.digest()
    } finally {
      this.empty()
    }
  }

  /** Of all that was added, of which nothing is kept. */
  digest(): string {
    const digest = hash(CONTENT_DIGEST, this.#bytes.subarray(0, this.#used), 'base64')
    this.empty()
    return digest
  }

  get size(): number {
    return this.#used
  }

  /** @param hash absent: it is only wiped */
  empty(hash?: Hash): void {
    hash?.update(this.#bytes.subarray(0, this.#used))
    this.#bytes.fill(0, 0, this.#used)
    this.#used = 0
  }

  #grow(size: number): void {
    const old = this.#bytes
    this.#bytes = Buffer.alloc(Math.max(size, 2 * old.length))
    this.#view = viewOf(this.#bytes)
    old.copy(this.#bytes, 0, 0, this.#used)
    old.fill(0)
  }
}

/** A native copy of a few bytes costs more than to copy them. */
const MOST_BY_WORDS = 128

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}

/** Of what many values say, one after the other, in runs. */
export class ContentDigest {
  readonly #content = new Content()
  /** of a run that is long; of others the digest is made at once, which costs half as much */
  #hash: Hash | undefined
  #count = 0

  /** of the run that has begun */
  get count(): number {
    return this.#count
  }

  add(collect: (content: Content) => void): void {
    this.#count += 1
    this.#content.addNumber(this.#count)
    collect(this.#content)
    if (this.#content.size < TOGETHER) return
    this.#hash ??= createHash(CONTENT_DIGEST)
    this.#content.empty(this.#hash)
  }

  /** Ends a run; what is added from now on is of the next. @returns a digest of it, in base64 */
  end(): string {
    this.#count = 0
    if (!this.#hash) return this.#content.digest()
    this.#content.empty(this.#hash)
    const digest = this.#hash.digest('base64')
    this.#hash = undefined
    return digest
  }

  wipe(): void {
    this.#content.empty()
  }
}

/** Bytes that are hashed in one call. */
const TOGETHER = 65_536

/** Offsets returned by `locate` stay valid until `reset`; `bytes` and `view` are replaced when the arena grows. */
export interface Reader {
  bytes: Buffer
  view: DataView
  /** Offset in `bytes` of the `size` bytes at `address`. */
  locate(address: number, size: number): number
  /** End, in `bytes`, of what a located address can be read up to without asking again. */
  endOf(address: number): number
}

/** Reads a stored image: `bytes` as they would lie at `base`. Refuses every pointer that leaves it. */
export class ImageMemory implements Reader {
  bytes: Buffer
  view: DataView
  readonly #base: number

  constructor(bytes: Uint8Array, base = 0) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = viewOf(this.bytes)
    this.#base = base
  }

  locate(address: number, size: number): number {
    const at = address - this.#base
    if (!(at >= 0 && at + size <= this.bytes.length)) throw outside(address, size, this.bytes.length)
    return at
  }

  endOf(): number {
    return this.bytes.length
  }
}

/** Reads this process. One `unpack` at a time; `reset` forgets (and zeroes) what was copied. */
export class ProcessMemory implements Reader {
  bytes: Buffer = Buffer.alloc(16 * PAGE)
  view: DataView = viewOf(this.bytes)
  #used = 0
  #starts: number[] = []
  #ends: number[] = []
  #offsets: number[] = []

  reset(): void {
    this.bytes.fill(0, 0, this.#used)
    this.#used = 0
    this.#starts.length = 0
    this.#ends.length = 0
    this.#offsets.length = 0
  }

  /** Zeroed bytes of the arena itself, for values that are not in memory yet (the words of a call). */
  reserve(size: number): number {
    const offset = this.#used
    if (offset + size > this.bytes.length) this.#grow(offset + size)
    this.#used += size
    return offset
  }

  locate(address: number, size: number): number {
    if (!(address >= PAGE && address + size <= Number.MAX_SAFE_INTEGER)) throw outside(address, size)
    const i = this.#find(address, size)
    return i < 0 ? this.#load(address, size) : this.#offsets[i]! + address - this.#starts[i]!
  }

  endOf(address: number): number {
    const i = this.#find(address, 1)
    return this.#offsets[i]! + this.#ends[i]! - this.#starts[i]!
  }

  #find(address: number, size: number): number {
    for (let i = this.#starts.length - 1; i >= 0; i--)
      if (address >= this.#starts[i]! && address + size <= this.#ends[i]!) return i
    return -1
  }

  #load(address: number, size: number): number {
    const start = address - (address % PAGE)
    const end = Math.ceil((address + size) / PAGE) * PAGE
    const offset = this.#used
    if (offset + end - start > this.bytes.length) this.#grow(offset + end - start)
    copyInto(this.bytes.subarray(offset), start, end - start)
    this.#used += end - start
    this.#starts.push(start)
    this.#ends.push(end)
    this.#offsets.push(offset)
    return offset + address - start
  }

  #grow(size: number): void {
    const old = this.bytes
    this.bytes = Buffer.alloc(Math.max(size, old.length * 2))
    this.view = viewOf(this.bytes)
    old.copy(this.bytes, 0, 0, this.#used)
    old.fill(0)
  }
}

/** The pointer in the cell at `at`. */
export function pointerAt(reader: Reader, at: number): number {
  return readAddress(reader.view, at)
}

function outside(address: number, size: number, length?: number): BadPointer {
  const where = length === undefined ? 'of this process' : `of an image of ${length} bytes`
  return new BadPointer(`0x${address.toString(16)} with ${size} bytes is outside the memory ${where}`)
}
