/** Many GUIDs as they lie in memory: a third of what they take as text. */

import { ImageMemory } from './reader.ts'
import { guid } from './scalar.ts'

export class GuidList {
  #bytes = Buffer.alloc(1024 * guid.size)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Copies the GUID that lies at an offset. */
  add(from: Buffer, at: number): void {
    const start = this.#length * guid.size
    if (start === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * start)
    for (let i = 0; i < guid.size; i++) this.#bytes[start + i] = from[at + i]!
    this.#length += 1
  }

  get(index: number): string {
    return guid.read(new ImageMemory(this.#bytes), index * guid.size)
  }
}
