/** Many GUIDs as they lie in memory: a third of what they take as text. */

import { ImageMemory } from './reader.ts'
import { guid } from './scalar.ts'

const SIZE = guid.size

export class GuidList {
  #bytes = Buffer.alloc(1024 * SIZE)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Copies the GUID that lies at an offset. */
  add(from: Buffer, at: number): void {
    const start = this.#length * SIZE
    if (start === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * start)
    const bytes = this.#bytes
    for (let i = 0; i < SIZE; i++) bytes[start + i] = from[at + i]!
    this.#length += 1
  }

  get(index: number): string {
    return guid.read(new ImageMemory(this.#bytes), index * SIZE)
  }
}
