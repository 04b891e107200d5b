/**
 * The parts of a page as bytes in a file. Each begins with a checksum of the rest, in 8 bytes, and is checked whole before any of it
 * counts: what SQLite does not notice must not become an object of the engine.
 */
import { crc32 } from 'node:zlib'
import { PackedImages } from './packed-images.ts'
import type { Group, PageParts, PartName } from './page.ts'

const CHECKSUM = 4
/** The checksum, and as many bytes as keep the rest aligned. */
const HEAD = 8
/** Per object: an id of 8 bytes and a group of 4. */
const ID = 8
const WORD = 4

/** A part is not what was written. */
export class DamagedPage extends Error {}

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
  names: (bytes, count) => namesFromJson(JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredNames, count),
  body: (bytes, count) => {
    if (bytes.length < (ID + WORD) * count || bytes.length % WORD !== 0) throw new DamagedPage('a short body')
    const rest = wordsOf(bytes.subarray(ID * count))
    return {
      ids: new Float64Array(bytes.buffer, bytes.byteOffset, count),
      groups: rest.subarray(0, count),
      images: new PackedImages(rest.subarray(count), count),
    }
  },
}

export function encodePart<Part extends PartName>(part: Part, value: PageParts[Part]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEAD), ...ENCODERS[part](value)])
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKSUM)), 0)
  return bytes
}

/** @throws DamagedPage */
export function decodePart<Part extends PartName>(part: Part, stored: Uint8Array, count: number): PageParts[Part] {
  const bytes = aligned(stored)
  if (bytes.length < HEAD) throw new DamagedPage(`${bytes.length} bytes`)
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (checksum !== crc32(bytes.subarray(CHECKSUM))) throw new DamagedPage('a checksum')
  return DECODERS[part](bytes.subarray(HEAD), count)
}

export function encodeGroups(groups: readonly Group[]): string {
  return JSON.stringify(groups.map(({ provider, type, session }) => [provider, type, session]))
}

type StoredGroup = readonly [Group['provider'], Group['type'], Group['session']]

export function decodeGroups(text: string): Group[] {
  return (JSON.parse(text) as StoredGroup[]).map(([provider, type, session]) => ({ provider, type, session }))
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
  if (keys.length !== count || linkOf.length !== count) throw new DamagedPage('names')
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
  if (bytes.length !== length) throw new DamagedPage(`${bytes.length} bytes for ${length}`)
}
