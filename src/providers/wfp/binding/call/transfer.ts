/**
 * Moving a call between JavaScript values and the words and memory that C sees; both directions.
 *
 * All that a call passes by pointer, and the cells for what it gives back, lie in one buffer, whose address is known.
 */
import {
  BadPointer,
  type CType,
  locateItems,
  type PointerType,
  pointerAt,
  type Reader,
  readAddress,
  readProcess,
  Writer,
  writeAddress,
} from '../ctype/index.ts'
import { copyTo, handOut, memoryAddressOf } from '../memory.ts'
import type { Signature, Slot } from './signature.ts'

/** One word per C parameter: scalars as they are, pointers as addresses, 0 for NULL. */
export type Word = number | bigint

type Values = Record<string, unknown>

const ERROR_INVALID_PARAMETER = 87
/** Zeroed, and used again and again: the system has given their memory already. */
const idle: Writer[] = []
const MOST_IDLE = 4
const MOST_IDLE_BYTES = 0x40_0000

/** Shown each structure that a call gives back, where it lies in memory that is valid for this moment alone. */
export type Visitor = (reader: Reader, at: number) => void

/** A call on its way: its words, and the memory they point to, which lives until `done`. */
export interface Sent {
  readonly words: Word[]
  /** Reads what came back. */
  outs(): Values
  /** Shows what came back instead of reading it. @returns how many structures that was */
  show(look: Visitor): number
  /** The address of the cell of an out parameter. */
  cell(name: string): number
  done(): void
}

/** Packs the arguments of a call. */
export function send(signature: Signature, args: Values): Sent {
  const w = idle.pop() ?? new Writer()
  try {
    const block = w.allocate(signature.args.size, 8)
    signature.args.write(w, block, args)
    const cells = w.allocate(signature.outs.size, 8)
    const base = memoryAddressOf(w.bytes)
    w.relocate(base)
    return {
      words: signature.slots.map((slot) => wordOf(slot, w.view, block, base + cells)),
      outs: () => readOuts(signature, base + block, base + cells),
      show: (look) => showOuts(signature, base + cells, look),
      cell: (name) => base + cells + signature.slots.find((slot) => slot.name === name)!.offset,
      done: () => release(w),
    }
  } catch (error) {
    release(w)
    throw error
  }
}

function release(w: Writer): void {
  w.reset()
  if (idle.length < MOST_IDLE && w.bytes.length <= MOST_IDLE_BYTES) idle.push(w)
}

function wordOf(slot: Slot, view: DataView, block: number, cells: number): Word {
  if (slot.direction === 'omitted') return 0
  if (slot.direction === 'out') return cells + slot.offset
  const at = block + slot.offset
  if (slot.kind === 'pointer') return readAddress(view, at)
  if (slot.kind === 'uint64') return view.getBigUint64(at, true)
  return slot.kind === 'int32' ? view.getInt32(at, true) : view.getUint32(at, true)
}

function readOuts(signature: Signature, block: number, cells: number): Values {
  return readProcess((r) => {
    const outs = signature.outs.size === 0 ? {} : signature.outs.read(r, r.locate(cells, signature.outs.size))
    const changed = Object.keys(signature.inouts)
    if (changed.length === 0) return outs
    const args = signature.args.read(r, r.locate(block, signature.args.size))
    return { ...Object.fromEntries(changed.map((name) => [name, args[name]])), ...outs }
  })
}

/** What its out parameters point to: one structure, or each of a counted list. */
function showOuts({ outs }: Signature, cells: number, look: Visitor): number {
  return readProcess((r) => {
    const at = r.locate(cells, outs.size)
    let shown = 0
    for (const step of outs.steps) {
      if (step.kind === 'union') continue
      const type = step.kind === 'list' ? step.item : step.type
      const target = (type as PointerType<unknown>).target
      if (!target) continue
      const count = step.kind === 'list' ? r.view.getUint32(at + step.countAt, true) : 1
      if (count === 0) continue
      const first = step.kind === 'list' ? locateItems(r, at + step.at, count, type.size) : at + step.at
      for (let i = 0; i < count; i++) look(r, located(r, first + i * type.size, target))
      shown += count
    }
    return shown
  })
}

function located(r: Reader, cell: number, { name, size }: CType<unknown>): number {
  const address = pointerAt(r, cell)
  if (address === 0) throw new BadPointer(`${name}* is NULL`)
  return r.locate(address, size)
}

/** Unpacks the arguments of a call from its words. */
export function receive(signature: Signature, words: readonly Word[]): Values {
  return readProcess((r) => {
    const block = r.reserve(signature.args.size)
    signature.slots.forEach((slot, i) => {
      if (slot.direction === 'in') putWord(r.view, block + slot.offset, slot, words[i]!)
    })
    return signature.args.read(r, block)
  })
}

function putWord(view: DataView, at: number, slot: Slot, word: Word): void {
  if (slot.kind === 'pointer') writeAddress(view, at, Number(word))
  else if (slot.kind === 'uint64') view.setBigUint64(at, BigInt.asUintN(64, BigInt(word)), true)
  else view.setUint32(at, Number(word) >>> 0, true)
}

/** Writes results to the out addresses of a call; what they point to is one allocation, as the engine gives it. */
export function reply(signature: Signature, words: readonly Word[], outs: Values): void {
  patchInPlace(signature, words, outs)
  const w = idle.pop() ?? new Writer()
  let isHandedOut = false
  try {
    const size = alignUp(signature.outs.size)
    signature.outs.write(w, w.allocate(size, 8), outs)
    if (w.used > size) {
      expectFreed(signature, words)
      isHandedOut = true
      handOutBehind(w, size)
    }
    signature.slots.forEach((slot, i) => {
      const address = Number(words[i])
      if (slot.direction === 'out' && address !== 0)
        copyTo(address, w.bytes.subarray(slot.offset, slot.offset + slot.size))
    })
  } finally {
    if (!isHandedOut) release(w)
  }
}

/** What was written behind the cells stays where it is until its first byte's address is freed. */
function handOutBehind(w: Writer, size: number): void {
  const base = memoryAddressOf(w.bytes)
  w.relocate(base)
  handOut(base + size, w.bytes.subarray(size, w.used), () => release(w))
}

function expectFreed({ name, slots, freed }: Signature, words: readonly Word[]): void {
  const i = slots.findIndex((slot) => slot.name === freed?.name)
  if (i < 0) throw new Error(`${name}: nobody would free what it returns`)
  if (Number(words[i]) === 0)
    throw Object.assign(new Error(`${slots[i]!.name} is NULL`), { status: ERROR_INVALID_PARAMETER })
}

function patchInPlace(signature: Signature, words: readonly Word[], outs: Values): void {
  for (const [name, field] of Object.entries(signature.inouts)) {
    const type = field as PointerType<unknown>
    const word = words[signature.slots.findIndex((slot) => slot.name === name)]!
    readProcess((r) => {
      const cell = r.reserve(8)
      writeAddress(r.view, cell, Number(word))
      type.patch?.(r, cell, outs[name], (address, bytes) => copyTo(address, viewOf(bytes)))
    })
  }
}

/** The same memory: a copy of a key would stay behind. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function alignUp(size: number): number {
  return Math.ceil(size / 8) * 8
}
