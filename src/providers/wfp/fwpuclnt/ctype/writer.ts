/**
 * Where packing writes: one growable zeroed buffer. Inside it a pointer is an offset; every pointer cell is remembered, so that the
 * finished buffer can be moved to its real address.
 */

const FIRST_SIZE = 4096

export class Writer {
  bytes: Buffer = Buffer.from(new ArrayBuffer(FIRST_SIZE))
  view: DataView = new DataView(this.bytes.buffer)
  used = 0
  private cells = new Int32Array(64)
  private cellCount = 0

  /** Forgets and zeroes everything; `reserved` bytes stay free at the front. */
  reset(reserved = 0): void {
    this.bytes.fill(0, 0, this.used)
    this.used = reserved
    this.cellCount = 0
  }

  /** Zeroed space; its offset is a multiple of `align`. */
  allocate(size: number, align: number): number {
    const at = (this.used + align - 1) & -align
    this.used = at + size
    if (this.used > this.bytes.length) this.grow()
    return at
  }

  /** Writes a pointer to `offset` into the cell at `at`. */
  pointer(at: number, offset: number): void {
    if (this.cellCount === this.cells.length) this.growCells()
    this.cells[this.cellCount++] = at
    this.view.setUint32(at, offset, true)
  }

  /** Makes addresses of the offsets in all pointer cells: the buffer is going to lie at `base`. */
  relocate(base: number): void {
    if (base === 0) return
    for (let i = 0; i < this.cellCount; i++) {
      const at = this.cells[i]!
      writeAddress(this.view, at, base + this.view.getUint32(at, true))
    }
  }

  private grow(): void {
    const old = this.bytes
    this.bytes = Buffer.from(new ArrayBuffer(Math.max(this.used, old.length * 2)))
    this.view = new DataView(this.bytes.buffer)
    old.copy(this.bytes)
    old.fill(0)
  }

  private growCells(): void {
    const old = this.cells
    this.cells = new Int32Array(old.length * 2)
    this.cells.set(old)
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
