/**
 * Memory of the process, as numbers: an address is a JavaScript number (user space ends far below 2^53).
 *
 * An allocation is a Buffer whose bytes never move and whose address is known. What is allocated here must be freed here: tests ask
 * `liveAllocations()` before and after. Reading goes through memmove (125 ns a call, measured; koffi.view costs 2 µs).
 */
import koffi from 'koffi'

export interface Allocation {
  readonly address: number
  readonly bytes: Buffer
  free(): void
}

type Copy = (to: Buffer | number, from: Buffer | number, size: number) => void

const live = new Map<number, Allocation>()

let copyIn: Copy | undefined
let copyBack: Copy | undefined

/** Zeroed memory whose address can be handed to C. Zeroed again when freed: it may have held a key. */
export function allocate(size: number): Allocation {
  const bytes = Buffer.from(new ArrayBuffer(Math.max(size, 8)))
  return handOut(memoryAddressOf(bytes), bytes, () => bytes.fill(0))
}

/**
 * Memory that somebody has already, to be freed by its address.
 *
 * @param takeBack called once, when it is freed
 */
export function handOut(address: number, bytes: Buffer, takeBack: () => void): Allocation {
  const allocation: Allocation = {
    address,
    bytes,
    free() {
      if (live.get(address) !== allocation) throw new Error(`double free of 0x${address.toString(16)}`)
      live.delete(address)
      takeBack()
    },
  }
  live.set(address, allocation)
  return allocation
}

/** Frees what was allocated or handed out, by address. */
export function free(address: number): void {
  const allocation = live.get(address)
  if (!allocation) throw new Error(`free of 0x${address.toString(16)}, which is not allocated`)
  allocation.free()
}

/** Allocations made and not freed yet. */
export function liveAllocations(): number {
  return live.size
}

/** Where a Buffer lies. Only for Buffers over an ArrayBuffer of their own or Node's pool: neither ever moves. */
export function memoryAddressOf(bytes: Buffer): number {
  return Number(koffi.address(bytes))
}

/** A copy of `size` bytes at `address`. */
export function copyOut(address: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  copyInto(bytes, address, size)
  return bytes
}

/** Copies `size` bytes at `address` to the front of `target`. */
export function copyInto(target: Buffer, address: number, size: number): void {
  if (size > target.length) throw new RangeError(`${size} bytes do not fit into ${target.length}`)
  copyIn ??= memmove(['void *', 'uintptr_t', 'size_t'])
  copyIn(target, address, size)
}

/** Writes bytes to an address. */
export function copyTo(address: number, bytes: Buffer): void {
  copyBack ??= memmove(['uintptr_t', 'void *', 'size_t'])
  copyBack(address, bytes, bytes.length)
}

function memmove(parameters: string[]): Copy {
  // null is the program itself: libc is part of it everywhere but on Windows
  const library = koffi.load(process.platform === 'win32' ? 'msvcrt.dll' : null)
  return library.func('memmove', 'void', parameters)
}
