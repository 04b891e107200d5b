/** Where scalars and names stand in a text that is read quickly, by the pointer from its root. */

import { joinPointer, type Pointer } from '../../base/index.ts'
import type { Range } from './structure.ts'

interface QuickPlace {
  /** the name before the colon */
  readonly key?: Range
  value?: Range
}

export class QuickPlaces {
  /** of the value that is read now */
  pointer: Pointer = ''
  readonly #places = new Map<Pointer, QuickPlace>()

  /** @param mapping that the field belongs to */
  enterField(mapping: Pointer, name: string, key: Range): void {
    this.pointer = joinPointer(mapping, name)
    this.#places.set(this.pointer, { key })
  }

  enterItem(list: Pointer, index: number): void {
    this.pointer = joinPointer(list, index)
  }

  /** A scalar: the value that is read now. */
  note(value: Range): void {
    const place = this.#places.get(this.pointer)
    if (place) place.value = value
    else this.#places.set(this.pointer, { value })
  }

  pointers(): Iterable<Pointer> {
    return this.#places.keys()
  }

  /** See `Written.at`: an item of a list has no name, so its value answers. @returns undefined: not known here */
  at(pointer: Pointer, part: 'key' | 'value' = 'value'): Range | undefined {
    const place = this.#places.get(pointer)
    return part === 'key' ? (place?.key ?? place?.value) : place?.value
  }
}
