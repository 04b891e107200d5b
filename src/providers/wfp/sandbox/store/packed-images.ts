/**
 * Images that stand together, each kept as what it has other than the one before it: the filters of a tunnel differ in a key, a layer
 * and little more. Nothing here knows what an image means.
 *
 * In words of 32 bits: the length of the image in bytes, how many words follow, and then runs: a head (how many words stay as they
 * were, how many are new) and the new ones. What an image is compared with is the last one of its length, or else the last one.
 */

/** What one head can count. */
const FAR = 0xffff
/** Unpacking goes on from the image unpacked last; so many packs remember where they are. */
const REMEMBERED = 8
const FIRST_SIZE = 1024

/** The present content of an image, in words and in bytes. */
class Content {
  readonly bytes: Uint8Array
  readonly words: Int32Array

  constructor(length: number) {
    this.words = new Int32Array((length + 3) >> 2)
    this.bytes = new Uint8Array(this.words.buffer, 0, length)
  }
}

/** Those to compare with; packing and unpacking go through the same ones. */
class Predecessors {
  readonly #byLength = new Map<number, Content>()
  #last: Content | undefined

  of(length: number): Content {
    const found = this.#byLength.get(length) ?? this.#make(length)
    this.#last = found
    return found
  }

  #make(length: number): Content {
    const made = new Content(length)
    if (this.#last !== undefined) made.words.set(this.#last.words.subarray(0, made.words.length))
    this.#byLength.set(length, made)
    return made
  }
}

/** Packs images in their order. */
export function packImages(images: readonly Uint8Array[]): PackedImages {
  packer.begin()
  for (const image of images) packer.add(image)
  return new PackedImages(packer.packed(), images.length)
}

/** Its memory is used again and again: a commit makes many packs. */
class Packer {
  #predecessors = new Predecessors()
  #image = new Content(FIRST_SIZE)
  #out = new Int32Array(FIRST_SIZE)
  #used = 0

  begin(): void {
    this.#predecessors = new Predecessors()
    this.#used = 0
  }

  add(image: Uint8Array): void {
    const words = this.#wordsOf(image)
    const before = this.#predecessors.of(image.length).words
    const count = before.length
    this.#reserve(2 * count + 4 + (count / FAR) * 2)
    const start = this.#used
    this.#used += 2
    this.#runs(words, before)
    this.#out[start] = image.length
    this.#out[start + 1] = this.#used - start - 2
  }

  packed(): Int32Array {
    return this.#out.slice(0, this.#used)
  }

  #runs(words: Int32Array, before: Int32Array): void {
    const out = this.#out
    const end = before.length
    for (let at = 0, kept = 0; at < end; ) {
      while (at < end && words[at] === before[at]) at++
      if (at === end) return
      for (; at - kept > FAR; kept += FAR) out[this.#used++] = FAR << 16
      const head = this.#used++
      const first = at
      for (; at < end && at - first < FAR && words[at] !== before[at]; at++) {
        out[this.#used++] = words[at]!
        before[at] = words[at]!
      }
      out[head] = ((first - kept) << 16) | (at - first)
      kept = at
    }
  }

  #wordsOf(image: Uint8Array): Int32Array {
    const count = (image.length + 3) >> 2
    if (count > this.#image.words.length) this.#image = new Content(2 * image.length)
    if (count > 0) this.#image.words[count - 1] = 0
    this.#image.bytes.set(image)
    return this.#image.words
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#out.length) return
    const grown = new Int32Array(2 * (this.#used + Math.ceil(more)))
    grown.set(this.#out)
    this.#out = grown
  }
}

const packer = new Packer()

/** Where the unpacking of one pack stands. */
interface Progress {
  readonly predecessors: Predecessors
  /** the image unpacked last, and where the next one begins */
  slot: number
  next: number
  content: Content
}

const NOTHING = new Content(0)
const remembered: PackedImages[] = []

export class PackedImages {
  readonly words: Int32Array
  readonly count: number
  #progress: Progress | undefined

  /** @throws RangeError when the words are not `count` images */
  constructor(words: Int32Array, count: number) {
    let at = 0
    for (let slot = 0; slot < count; slot++) at += 2 + (words[at + 1] ?? Number.NaN)
    if (at !== words.length) throw new RangeError(`${words.length} words are not ${count} images`)
    this.words = words
    this.count = count
  }

  /** The image in a slot; its bytes are overwritten when another one is asked for. Cheap in ascending order. */
  at(slot: number): Uint8Array {
    let progress = this.#progress ?? this.#begin()
    if (slot < progress.slot) progress = this.#begin()
    while (progress.slot < slot) this.#step(progress)
    return progress.content.bytes
  }

  forget(): void {
    this.#progress = undefined
  }

  #begin(): Progress {
    if (this.#progress === undefined) remember(this)
    this.#progress = { predecessors: new Predecessors(), slot: -1, next: 0, content: NOTHING }
    return this.#progress
  }

  #step(progress: Progress): void {
    const { words } = this
    const at = progress.next
    const content = progress.predecessors.of(words[at]!)
    const end = at + 2 + words[at + 1]!
    const target = content.words
    progress.next = end
    for (let to = 0, from = at + 2; from < end; ) {
      const head = words[from++]!
      to += head >>> 16
      for (let left = head & FAR; left > 0; left--) target[to++] = words[from++]!
    }
    progress.content = content
    progress.slot += 1
  }
}

function remember(pack: PackedImages): void {
  if (remembered.length === REMEMBERED) remembered.shift()?.forget()
  remembered.push(pack)
}
