/**
 * Where packing writes: one growable zeroed buffer. Inside it a pointer is an offset; every pointer cell is remembered, so that the
 * finished buffer can be moved to its real address.
 *
 * An image is such a buffer to keep, like an object file: the bytes as they lie at address 0, then the offset of every pointer cell and
 * their number, 4 bytes each. So it can become a part of another buffer without anybody knowing what is in it.
 */

const FIRST_SIZE = 4096
/** What the place of one cell takes behind the bytes of an image; and their number. */
const ENTRY = 4
const POINTER = 8

export class Writer {
  bytes: Buffer = Buffer.from(new ArrayBuffer(FIRST_SIZE))
  view: DataView = new DataView(this.bytes.buffer)
  used = 0
  #cells = new Int32Array(64)
  #cellCount = 0

  /** Forgets and zeroes everything; `reserved` bytes stay free at the front. */
  reset(reserved = 0): void {
    this.bytes.fill(0, 0, this.used)
    this.used = reserved
    this.#cellCount = 0
  }

  /** Zeroed space; its offset is a multiple of `align`. */
  allocate(size: number, align: number): number {
    const at = (this.used + align - 1) & -align
    this.used = at + size
    if (this.used > this.bytes.length) this.#grow()
    return at
  }

  /** Writes a pointer to `offset` into the cell at `at`. */
  pointer(at: number, offset: number): void {
    if (this.#cellCount === this.#cells.length) this.#growCells()
    this.#cells[this.#cellCount++] = at
    this.view.setUint32(at, offset, true)
  }

  /** Makes addresses of the offsets in all pointer cells: the buffer is going to lie at `base`. */
  relocate(base: number): void {
    if (base === 0) return
    for (let i = 0; i < this.#cellCount; i++) {
      const at = this.#cells[i]!
      writeAddress(this.view, at, base + this.view.getUint32(at, true))
    }
  }

  /** All that was written, to be kept and embedded. */
  image(): Buffer {
    const image = Buffer.allocUnsafe(this.used + (this.#cellCount + 1) * ENTRY) // every byte of it is written here
    this.bytes.copy(image, 0, 0, this.used)
    for (let i = 0; i < this.#cellCount; i++) image.writeUInt32LE(this.#cells[i]!, this.used + i * ENTRY)
    image.writeUInt32LE(this.#cellCount, image.length - ENTRY)
    return image
  }

  /** Copies an image in and turns its pointers to where it lies now, which is the result. */
  embed(image: Uint8Array): number {
    const at = this.allocate(image.length, POINTER)
    this.bytes.set(image, at)
    const table = this.#tableOf(at, image.length)
    for (let entry = table; entry < this.used - ENTRY; entry += ENTRY) this.#turn(at, table, entry)
    this.view.setUint32(this.used - ENTRY, 0, true)
    this.used = table // zeroed again, as free space is
    return at
  }

  #tableOf(at: number, length: number): number {
    const count = length < ENTRY ? -1 : this.view.getUint32(at + length - ENTRY, true)
    const table = at + length - (count + 1) * ENTRY
    if (count < 0 || table < at) throw new RangeError(`not an image: ${length} bytes`)
    return table
  }

  #turn(at: number, table: number, entry: number): void {
    const cell = at + this.view.getUint32(entry, true)
    if (cell > table - POINTER) throw new RangeError('an image with a pointer outside')
    const target = at + this.view.getUint32(cell, true)
    if (target > table) throw new RangeError('an image with a pointer that leads outside')
    this.view.setUint32(entry, 0, true)
    this.pointer(cell, target)
  }

  #grow(): void {
    const old = this.bytes
    this.bytes = Buffer.from(new ArrayBuffer(Math.max(this.used, old.length * 2)))
    this.view = new DataView(this.bytes.buffer)
    old.copy(this.bytes)
    old.fill(0)
  }

  #growCells(): void {
    const old = this.#cells
    this.#cells = new Int32Array(old.length * 2)
    this.#cells.set(old)
  }
}

/** An address as two halves: no BigInt. */
export function writeAddress(view: DataView, at: number, address: number): void {
  view.setUint32(at, address >>> 0, true)
  view.setUint32(at + 4, Math.floor(address / 0x1_0000_0000), true)
}

/** The inverse; an address of 2^53 or more stays out of range and is refused when it is followed. */
export function readAddress(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
}
