/**
 * Up to a few hundred objects of one kind that stand together, in ascending order of their ids. A page never changes: who changes an
 * object makes another page.
 *
 * Its parts are for different questions, and need not all be in memory: the hashes say whether a key may be in it, the names whether it
 * is, and the body holds the images.
 */
import { hashOf } from './hash-index.ts'
import { type PackedImages, packImages } from './packed-images.ts'
import type { StoredKind, StoredObject } from './store.ts'

/** What many objects have in common, and are selected by. */
export type Group = Pick<StoredObject, 'provider' | 'type' | 'session'>

/** What is known of a page without any of its parts. */
export interface PageHead {
  readonly kind: StoredKind
  /** The lowest id in it. */
  readonly first: number
  readonly count: number
  readonly groups: readonly Group[]
}

/** One entry an object, in the order of the ids. */
export interface PageParts {
  readonly hashes: { readonly key: Int32Array; readonly link: Int32Array }
  readonly names: {
    readonly keys: readonly string[]
    readonly links: readonly (string | null)[]
    /** By slot, of those that have one. */
    readonly sds: ReadonlyMap<number, Uint8Array>
  }
  readonly body: {
    readonly ids: Float64Array
    /** Index in the groups of the head. */
    readonly groups: Int32Array
    readonly images: PackedImages
  }
}

export type PartName = keyof PageParts
export const PARTS: readonly PartName[] = ['hashes', 'names', 'body']

/** How many objects a page holds at most. */
export const PAGE_LIMIT = 256
/** Stands for the hash of a link that is not there. */
export const NO_LINK = 0

export class Page {
  readonly head: PageHead
  readonly #parts: { -readonly [part in PartName]?: PageParts[part] }

  constructor(head: PageHead, parts: Partial<PageParts>) {
    this.head = head
    this.#parts = { ...parts }
  }

  has(part: PartName): boolean {
    return this.#parts[part] !== undefined
  }

  put<Part extends PartName>(part: Part, value: PageParts[Part]): void {
    this.#parts[part] = value
  }

  part<Part extends PartName>(name: Part): PageParts[Part] {
    const found = this.#parts[name]
    if (found === undefined) throw new Error(`the ${name} of a page were not brought in`)
    return found as PageParts[Part]
  }

  id(slot: number): number {
    return this.part('body').ids[slot]!
  }

  group(slot: number): Group {
    return this.head.groups[this.part('body').groups[slot]!]!
  }

  object(slot: number): StoredObject {
    const { keys, links, sds } = this.part('names')
    const { provider, type, session } = this.group(slot)
    return {
      id: this.id(slot),
      kind: this.head.kind,
      key: keys[slot]!,
      provider,
      type,
      link: links[slot]!,
      session,
      sd: sds.get(slot) ?? null,
      image: this.part('body').images.at(slot).slice(),
    }
  }
}

/** @param objects of one kind, ascending by id, at least one */
export function makePage(objects: readonly StoredObject[]): Page {
  const [{ kind, id: first }] = objects as [StoredObject]
  const count = objects.length
  const groups: Group[] = []
  const hashes = { key: new Int32Array(count), link: new Int32Array(count) }
  const [ids, groupOf] = [new Float64Array(count), new Int32Array(count)]
  const sds = new Map<number, Uint8Array>()
  for (let slot = 0; slot < count; slot++) {
    const object = objects[slot]!
    ids[slot] = object.id
    groupOf[slot] = placeOf(groups, object)
    hashes.key[slot] = hashOf(object.key)
    hashes.link[slot] = object.link === null ? NO_LINK : hashOf(object.link)
    if (object.sd !== null) sds.set(slot, object.sd)
  }
  const names = { keys: objects.map(({ key }) => key), links: objects.map(({ link }) => link), sds }
  const images = packImages(objects.map(({ image }) => image))
  return new Page({ kind, first, count, groups }, { hashes, names, body: { ids, groups: groupOf, images } })
}

function placeOf(groups: Group[], { provider, type, session }: Group): number {
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!
    if (group.type === type && group.provider === provider && group.session === session) return i
  }
  return groups.push({ provider, type, session }) - 1
}
