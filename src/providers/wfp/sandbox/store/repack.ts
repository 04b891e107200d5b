/** Which pages a commit makes anew: those it changed something in, and the last one if there is room in it for what was added. */
import { makePage, PAGE_LIMIT, type Page } from './page.ts'
import type { StoredObject } from './store.ts'
import { type Bring, pageWith } from './view.ts'

/** Images of so many bytes, before packing, are enough for one page. */
const PAGE_BYTES = 0x4_0000

export interface Edits {
  readonly pages: readonly Page[]
  /** What stands in place of objects in pages, by key. */
  readonly changed: ReadonlyMap<string, StoredObject>
  /** Ids of objects in pages that are gone or changed. */
  readonly hidden: ReadonlySet<number>
  /** By key, ascending by id, all of them above those in pages. */
  readonly added: ReadonlyMap<string, StoredObject>
}

export function isLarge(bytes: number): boolean {
  return bytes >= PAGE_BYTES
}

/** The pages after the edits; what did not change stays in the page it is in. */
export function repack({ pages, changed, hidden, added }: Edits, bring: Bring): readonly Page[] {
  const touched = touchedBy(pages, hidden, added.size > 0)
  bring('names', [...touched])
  bring('body', [...touched])
  const replacements = new Map([...changed.values()].map((object) => [object.id, object]))
  const result: Page[] = []
  let pending: StoredObject[] = []
  for (const page of pages) {
    if (touched.has(page)) pending.push(...objectsOf(page, hidden, replacements))
    else {
      result.push(...cut(pending), page)
      pending = []
    }
  }
  return [...result, ...cut([...pending, ...added.values()])]
}

/** A page that loses most of its objects takes in those of the next one, lest many pages hold little. */
function touchedBy(pages: readonly Page[], hidden: ReadonlySet<number>, growing: boolean): Set<Page> {
  const losses = new Map<Page, number>()
  for (const id of hidden) {
    const page = pageWith(pages, id)
    if (page !== undefined) losses.set(page, (losses.get(page) ?? 0) + 1)
  }
  const touched = new Set(losses.keys())
  for (const [i, page] of pages.entries()) {
    const next = pages[i + 1]
    if (next !== undefined && page.head.count - (losses.get(page) ?? 0) < PAGE_LIMIT / 2 && touched.has(page))
      touched.add(next)
  }
  const last = pages.at(-1)
  if (growing && last !== undefined && last.head.count < PAGE_LIMIT) touched.add(last)
  return touched
}

function objectsOf(
  page: Page,
  hidden: ReadonlySet<number>,
  replacements: ReadonlyMap<number, StoredObject>,
): StoredObject[] {
  const slots = Array.from({ length: page.head.count }, (_, slot) => slot)
  return slots.flatMap((slot) => {
    const id = page.id(slot)
    return hidden.has(id) ? (replacements.get(id) ?? []) : page.object(slot)
  })
}

/** Pages of objects, none of them too long, and about as long as each other. */
function cut(objects: readonly StoredObject[]): Page[] {
  const size = Math.ceil(objects.length / Math.ceil(objects.length / PAGE_LIMIT))
  const pages: Page[] = []
  let [start, bytes] = [0, 0]
  for (const [i, { image }] of objects.entries()) {
    bytes += image.length
    if (i + 1 < objects.length && i + 1 - start < size && !isLarge(bytes)) continue
    pages.push(makePage(objects.slice(start, i + 1)))
    ;[start, bytes] = [i + 1, 0]
  }
  return pages
}
