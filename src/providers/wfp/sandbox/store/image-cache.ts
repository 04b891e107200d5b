/**
 * Images that were fetched before, of one directory and for all its connections: a row costs 6 µs on its way out of SQLite, and an
 * enumeration wants thousands of which a handful are new.
 *
 * A stamp is drawn at random whenever an image is written. So an id and a stamp name bytes that never change, in whatever transaction they
 * are seen; a number that rises would come again after an abort, with other bytes.
 */
import type { StoredImage } from './store.ts'

export interface StampedImage extends StoredImage {
  readonly stamp: number
}

/** What the cache asks of the connection it answers, all in one state of the database; every answer in any order. */
export interface ImageSource {
  /** What is wanted: the rows, and which images they have now. */
  list(): { readonly ids: readonly number[]; readonly stamps: readonly number[] }
  fetch(ids: readonly number[]): readonly StampedImage[]
  /** How many objects of any kind there are. */
  count(): number
}

export class ImageCache {
  readonly #held = new Map<number, StampedImage>()

  get size(): number {
    return this.#held.size
  }

  /** Ascending by id. */
  images(source: ImageSource): StoredImage[] {
    const { ids, stamps } = source.list()
    const listed: StampedImage[] = []
    const missing: number[] = []
    for (const [i, id] of ids.entries()) {
      const held = this.#held.get(id)
      if (held !== undefined && held.stamp === stamps[i]) listed.push(held)
      else missing.push(id)
    }
    if (missing.length > 0) {
      const fetched = source.fetch(missing)
      for (const image of fetched) listed.push(image)
      this.#hold(fetched)
      if (this.#held.size > 2 * source.count()) this.#holdOnly(listed)
    }
    return listed.sort((a, b) => a.id - b.id)
  }

  #hold(images: readonly StampedImage[]): void {
    for (const image of images) this.#held.set(image.id, image)
  }

  /** What is gone from the table is forgotten when it is as much as what is there. */
  #holdOnly(images: readonly StampedImage[]): void {
    this.#held.clear()
    this.#hold(images)
  }
}
