/**
 * The parts of a page as bytes in a file. Each begins with a checksum of the rest and of the page's head, in 8 bytes, and is checked whole
 * before any of it counts: what SQLite does not notice must not become an object of the engine.
 */
import { crc32 } from 'node:zlib'
import { PackedImages } from './packed-images.ts'
import type { Group, Page, PageHead, PageParts, PartName } from './page.ts'
import { DamagedFile, jsonFromFile } from './unusable.ts'

const CHECKSUM = 4
/** The checksum, and as many bytes as keep the rest aligned. */
const HEAD = 8
/** Per object: an id of 8 bytes and a group of 4. */
const ID = 8
const WORD = 4

type Encoders = { readonly [part in PartName]: (value: PageParts[part]) => readonly Uint8Array[] }
type Decoders = { readonly [part in PartName]: (bytes: Uint8Array, count: number) => PageParts[part] }

const ENCODERS: Encoders = {
  hashes: ({ key, link }) => [bytesOf(key), bytesOf(link)],
  names: ({ keys, links, sds }) => [Buffer.from(JSON.stringify(namesToJson(keys, links, sds)), 'utf8')],
  body: ({ ids, groups, images }) => [bytesOf(ids), bytesOf(groups), bytesOf(images.words)],
}

const DECODERS: Decoders = {
  hashes: (bytes, count) => {
    expectLength(bytes, 2 * WORD * count)
    const words = wordsOf(bytes)
    return { key: words.subarray(0, count), link: words.subarray(count) }
  },
  names: (bytes, count) => namesFromJson(jsonFromFile(Buffer.from(bytes).toString('utf8')), count),
  body: (bytes, count) => {
    if (bytes.length < (ID + WORD) * count || bytes.length % WORD !== 0) throw new DamagedFile('a short body')
    const rest = wordsOf(bytes.subarray(ID * count))
    return {
      ids: new Float64Array(bytes.buffer, bytes.byteOffset, count),
      groups: rest.subarray(0, count),
      images: new PackedImages(rest.subarray(count), count),
    }
  },
}

export function encodePart(part: PartName, page: Page): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEAD), ...encode(part, page.part(part))])
  bytes.writeUInt32LE(checksumOf(page.head, bytes), 0)
  return bytes
}

/** @throws DamagedFile */
export function decodePart<Part extends PartName>(part: Part, head: PageHead, stored: Uint8Array): PageParts[Part] {
  const bytes = aligned(stored)
  if (bytes.length < HEAD) throw new DamagedFile(`${bytes.length} bytes of a page`)
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (checksum !== checksumOf(head, bytes)) throw new DamagedFile('the checksum of a page')
  return DECODERS[part](bytes.subarray(HEAD), head.count)
}

function encode<Part extends PartName>(part: Part, value: PageParts[Part]): readonly Uint8Array[] {
  return ENCODERS[part](value)
}

function checksumOf({ kind, first, count, groups }: PageHead, bytes: Uint8Array): number {
  return crc32(bytes.subarray(CHECKSUM), crc32(`${kind} ${first} ${count} ${encodeGroups(groups)}`))
}

export function encodeGroups(groups: readonly Group[]): string {
  return JSON.stringify(groups.map(({ provider, type, session }) => [provider, type, session]))
}

/** Ids of objects of a page, behind a checksum; nothing where there are none. */
export function encodeGone(head: PageHead, ids: readonly number[]): string {
  if (ids.length === 0) return ''
  const text = JSON.stringify(ids)
  return `${checksumOfText(head, text)} ${text}`
}

/** @throws DamagedFile */
export function decodeGone(head: PageHead, stored: string): readonly number[] {
  if (stored === '') return []
  const [checksum = ''] = stored.split(' ', 1)
  const text = stored.slice(checksum.length + 1)
  if (checksum !== String(checksumOfText(head, text))) throw new DamagedFile('the checksum of what is gone of a page')
  return jsonFromFile<readonly number[]>(text)
}

function checksumOfText(head: PageHead, text: string): number {
  return checksumOf(head, Buffer.from(`${' '.repeat(CHECKSUM)}${text}`))
}

type StoredGroup = readonly [Group['provider'], Group['type'], Group['session']]

/** @throws DamagedFile */
export function decodeGroups(text: string): Group[] {
  const groups = jsonFromFile<readonly StoredGroup[]>(text)
  if (!Array.isArray(groups) || !groups.every(Array.isArray)) throw new DamagedFile('the groups of a page')
  return groups.map(([provider, type, session]) => ({ provider, type, session }))
}

/** Links repeat; a descriptor is rare. */
interface StoredNames {
  readonly keys: readonly string[]
  readonly links: readonly string[]
  /** By slot: an index in `links`, or -1. */
  readonly linkOf: readonly number[]
  readonly sds: readonly (readonly [number, string])[]
}

function namesToJson(
  keys: readonly string[],
  links: readonly (string | null)[],
  sds: ReadonlyMap<number, Uint8Array>,
): StoredNames {
  const distinct = new Map<string, number>()
  const linkOf = links.map((link) => {
    if (link === null) return -1
    const known = distinct.get(link) ?? distinct.size
    distinct.set(link, known)
    return known
  })
  const descriptors = [...sds].map(([slot, sd]) => [slot, Buffer.from(sd).toString('base64')] as const)
  return { keys, links: [...distinct.keys()], linkOf, sds: descriptors }
}

function namesFromJson({ keys, links, linkOf, sds }: StoredNames, count: number): PageParts['names'] {
  if (keys.length !== count || linkOf.length !== count) throw new DamagedFile('names')
  return {
    keys,
    links: linkOf.map((index) => links[index] ?? null),
    sds: new Map(sds.map(([slot, sd]) => [slot, new Uint8Array(Buffer.from(sd, 'base64'))])),
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD)
}

/** Ids and words can be looked at in place only where they are aligned. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % ID === 0 ? bytes : Uint8Array.from(bytes)
}

function expectLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new DamagedFile(`${bytes.length} bytes for ${length}`)
}
