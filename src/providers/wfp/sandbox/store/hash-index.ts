/** From a 32-bit hash to the places where it was met; any number of places a hash. Grows, and forgets only as a whole. */

const FIRST_CAPACITY = 1024
const NONE = -1

export class HashIndex {
  #heads = new Int32Array(FIRST_CAPACITY).fill(NONE)
  #hashes = new Int32Array(FIRST_CAPACITY)
  #places = new Int32Array(FIRST_CAPACITY)
  #next = new Int32Array(FIRST_CAPACITY)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(hash: number, place: number): void {
    if (this.#size === this.#places.length) this.#grow()
    const entry = this.#size++
    this.#hashes[entry] = hash
    this.#places[entry] = place
    this.#link(entry)
  }

  /** The first place of a hash, the youngest first, that is what is looked for. */
  find(hash: number, isIt: (place: number) => boolean): boolean {
    for (let entry = this.#heads[this.#bucket(hash)]!; entry !== NONE; entry = this.#next[entry]!) {
      if (this.#hashes[entry] === hash && isIt(this.#places[entry]!)) return true
    }
    return false
  }

  #link(entry: number): void {
    const bucket = this.#bucket(this.#hashes[entry]!)
    this.#next[entry] = this.#heads[bucket]!
    this.#heads[bucket] = entry
  }

  #bucket(hash: number): number {
    return hash & (this.#heads.length - 1)
  }

  #grow(): void {
    const capacity = 4 * this.#places.length
    this.#hashes = enlarged(this.#hashes, capacity)
    this.#places = enlarged(this.#places, capacity)
    this.#next = new Int32Array(capacity)
    this.#heads = new Int32Array(capacity).fill(NONE)
    for (let entry = 0; entry < this.#size; entry++) this.#link(entry)
  }
}

function enlarged(old: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const made = new Int32Array(capacity)
  made.set(old)
  return made
}

/** FNV-1a over the characters of a text, well mixed in its low bits; never 0, which may stand for no text. */
export function hashOf(text: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193)
  return hash ^ (hash >>> 15) || 1
}
