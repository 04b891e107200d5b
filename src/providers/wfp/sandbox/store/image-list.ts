/** The images of a selection, unpacked one after the other while somebody reads them. Later commits change nothing in it: pages never do. */
import type { Page } from './page.ts'
import type { StoredImage, StoredImages, StoredObject } from './store.ts'

/** Some of the objects of a page. */
export interface PageSection {
  readonly page: Page
  /** Ascending. */
  readonly slots: Uint8Array
}

/** Images one after the other, each of which is made when somebody wants it. */
interface Section {
  readonly length: number
  at(place: number): StoredImage
}

export class ImageList implements StoredImages {
  readonly length: number
  readonly #sections: readonly Section[]

  /** @param loose objects beside the pages; they stand behind them, but for those that were changed in place */
  constructor(pages: readonly PageSection[], loose: readonly StoredObject[]) {
    const sections = [...pages.map(sectionOf), listSection(loose)]
    this.length = sections.reduce((sum, { length }) => sum + length, 0)
    this.#sections = sections
    if (!isAscending(loose, pages.at(-1))) this.#sections = [listSection(inOrder(this.slice(0)))]
  }

  slice(start: number, end = this.length): StoredImage[] {
    const images: StoredImage[] = []
    let first = 0
    for (const section of this.#sections) {
      const last = Math.min(end - first, section.length)
      for (let place = Math.max(start - first, 0); place < last; place++) images.push(section.at(place))
      first += section.length
    }
    return images
  }

  map<T>(make: (stored: StoredImage) => T): T[] {
    return this.slice(0).map(make)
  }
}

/** Unpacks when it is read. */
class PageImage implements StoredImage {
  readonly id: number
  readonly #images: ImagesOfPage
  readonly #slot: number

  constructor(id: number, images: ImagesOfPage, slot: number) {
    this.id = id
    this.#images = images
    this.#slot = slot
  }

  get image(): Uint8Array {
    return this.#images.at(this.#slot)
  }
}

type ImagesOfPage = { at(slot: number): Uint8Array }

function sectionOf({ page, slots }: PageSection): Section {
  const { ids, images } = page.part('body')
  return {
    length: slots.length,
    at: (place) => {
      const slot = slots[place]!
      return new PageImage(ids[slot]!, images, slot)
    },
  }
}

function listSection(images: readonly StoredImage[]): Section {
  return { length: images.length, at: (place) => images[place]! }
}

function isAscending(loose: readonly StoredObject[], last: PageSection | undefined): boolean {
  const lowest = last === undefined ? 0 : last.page.id(last.page.head.count - 1)
  return loose.every(({ id }, i) => id > (loose[i - 1]?.id ?? lowest))
}

function inOrder(images: readonly StoredImage[]): StoredImage[] {
  return [...images].sort((a, b) => a.id - b.id)
}
