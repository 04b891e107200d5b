import { describe, expect, it } from 'vitest'
import { ImageCache, type StampedImage } from '../../../../../src/providers/wfp/sandbox/store/image-cache.ts'

/** A table that can be asked for its images, and what was fetched of it. */
class Table {
  readonly stamps = new Map<number, number>()
  readonly fetched: number[] = []

  list = (): { ids: number[]; stamps: number[] } => {
    const rows = [...this.stamps].reverse()
    return { ids: rows.map(([id]) => id), stamps: rows.map(([, stamp]) => stamp) }
  }
  count = (): number => this.stamps.size
  fetch = (ids: readonly number[]): StampedImage[] => {
    this.fetched.push(...ids)
    return ids.map((id) => ({ id, stamp: this.stamps.get(id)!, image: Uint8Array.of(id, this.stamps.get(id)!) }))
  }
}

describe('the image cache', () => {
  it('fetches what it does not hold, and what was written since', () => {
    const [cache, table] = [new ImageCache(), new Table()]
    table.stamps.set(1, 11).set(2, 12).set(3, 13)
    cache.images(table)
    table.stamps.set(2, 22).set(4, 14)
    table.stamps.delete(1)

    const images = cache.images(table).map(({ id, image }) => [id, ...image])

    expect(images).toEqual([
      [2, 2, 22],
      [3, 3, 13],
      [4, 4, 14],
    ])
    expect(table.fetched).toEqual([3, 2, 1, 4, 2])
  })

  it('holds a bounded number of images, however many come and go', () => {
    const [cache, table] = [new ImageCache(), new Table()]
    for (let id = 1; id <= 200; id += 1) {
      table.stamps.set(id, id)
      table.stamps.delete(id - 5)
      cache.images(table)

      expect(cache.size).toBeLessThanOrEqual(10)
    }
    expect(table.fetched).toHaveLength(200)
  })
})
