/**
 * What a tree without findings declares, document by document: enough to know what another state of it declares otherwise, and with which
 * of its other documents that may not agree.
 */

import { hash } from 'node:crypto'
import { OWN_DIGEST, type Results, remembering, type SourceFile } from '../base/index.ts'
import { DEFAULT_SET } from './envelope.ts'
import type { Declared } from './memory.ts'
import { type Address, type Kinds, meet, type Reach, type Resource } from './model.ts'
import { TRAFFIC_TEST, TUNNEL_SET } from './tunnel-set.ts'
import { type Places, splitDocuments } from './yaml/split.ts'

/** A document, by what it declares. */
export interface Entry {
  readonly path: string
  /** of its text */
  readonly digest: string
  /** an offset into its file, within the document */
  readonly start: number
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly reach: Reach
}

/** The files of a tree, each by the digest of all that is to be known of it. */
export interface Tree {
  readonly digest: string
  readonly files: ReadonlyMap<SourceFile, string>
}

export interface Inventory {
  /** of the tree */
  readonly digest: string
  /** by the path of a file */
  readonly files: ReadonlyMap<string, InventoryOfFile>
}

interface InventoryOfFile {
  readonly digest: string
  readonly entries: readonly Entry[]
}

/** What has become of the documents of a tree. */
interface Difference {
  /** those that are the same, where they stand now */
  readonly kept: ReadonlyMap<string, InventoryOfFile>
  /** texts that were not there before */
  readonly changed: Places
}

/** More of them are read as all are. */
const MOST_CHANGED = 500
const MOST_NEIGHBOURS = 500

/** The kinds of documents that say nothing of a resource but what they hold. */
const SELF_CONTAINED: readonly string[] = [TUNNEL_SET, TRAFFIC_TEST]

function entriesIn({ files }: Pick<Inventory, 'files'>): Entry[] {
  const all: Entry[] = []
  for (const { entries } of files.values()) for (const entry of entries) all.push(entry)
  return all
}

/** Documents of resources. */
export const resourcesIn = remembering((inventory: Pick<Inventory, 'files'>): readonly Entry[] =>
  entriesIn(inventory).filter(({ kind }) => !SELF_CONTAINED.includes(kind)),
)

/** Documents of sets. */
export const setsIn = remembering((inventory: Pick<Inventory, 'files'>): readonly Entry[] =>
  entriesIn(inventory).filter(isSet),
)

function isSet({ kind }: Entry): boolean {
  return kind === TUNNEL_SET
}

/** By which text it is, and where: the same words elsewhere are another document. */
export class EntriesByText {
  readonly #byPath = new Map<string, Map<string, Entry>>()

  constructor(entries: readonly Entry[] = []) {
    for (const entry of entries) this.add(entry)
  }

  /** @returns undefined where there is none, or it was taken before */
  take(path: string, digest: string): Entry | undefined {
    const here = this.#byPath.get(path)
    const entry = here?.get(digest)
    if (entry) here?.delete(digest)
    return entry
  }

  has({ path, digest }: Entry): boolean {
    return this.#byPath.get(path)?.has(digest) === true
  }

  /** @returns false where there is one */
  add(entry: Entry): boolean {
    const here = this.#byPath.get(entry.path) ?? new Map<string, Entry>()
    if (here.has(entry.digest)) return false
    this.#byPath.set(entry.path, here.set(entry.digest, entry))
    return true
  }

  left(): readonly Entry[] {
    return [...this.#byPath.values()].flatMap((here) => [...here.values()])
  }
}

export function addressIn({ kind, name }: Entry): Address {
  return `${kind}/${name}`
}

export function treeOf(files: readonly SourceFile[]): Tree {
  const digests = new Map(files.map((file) => [file, digestOfFile(file)]))
  return { digest: hash(OWN_DIGEST, [...digests.values()].join(' ')), files: digests }
}

/** Also of where it stands: what it names is looked for beside it. */
function digestOfFile({ text, ...file }: SourceFile): string {
  return hash(OWN_DIGEST, `${JSON.stringify(file)} ${hash(OWN_DIGEST, text)}`)
}

/** What was read: manifests, and what some of them declare. */
interface Read {
  readonly declared: readonly Declared[]
  readonly resources: readonly Resource[]
}

/**
 * @param part everything in the files, of which nothing has a finding
 * @returns undefined where a document says something of other ones: a template, a rule, a former name
 */
export function inventoryOf(tree: Tree, part: Read, kinds: Kinds): Inventory | undefined {
  const entries = entriesOf(part, kinds)
  if (!entries || holdsTables(tree)) return undefined
  return assembled(tree, byPath(entries))
}

function holdsTables({ files }: Tree): boolean {
  return [...files.keys()].some(({ holds }) => holds !== undefined)
}

function byPath(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const found = new Map<string, Entry[]>()
  for (const entry of entries) {
    const others = found.get(entry.path)
    if (others) others.push(entry)
    else found.set(entry.path, [entry])
  }
  return found
}

function assembled({ digest, files }: Tree, entries: ReadonlyMap<string, readonly Entry[]>): Inventory {
  const all = [...files].map(([{ path }, digest]) => [path, { digest, entries: entries.get(path) ?? [] }] as const)
  return { digest, files: new Map(all) }
}

/** @returns undefined where one of them does not speak for itself */
function entriesOf({ declared, resources }: Read, kinds: Kinds): readonly Entry[] | undefined {
  const byManifest = new Map(resources.map((resource) => [resource.manifest, resource]))
  const entries: Entry[] = []
  const documents = new EntriesByText()
  for (const { manifest, digest } of declared) {
    const { file, start, kind, name, set, formerly } = manifest
    const resource = byManifest.get(manifest)
    const reach = resource ? kinds.get(kind)?.reach?.(resource.spec) : SELF_CONTAINED.includes(kind) ? [] : undefined
    if (!reach || formerly || digest === undefined) return undefined
    const entry = { path: file.path, digest, start, kind, name, set, reach }
    // a text in which more than one thing is declared: which of them has changed cannot be told by its digest
    if (!documents.add(entry)) return undefined
    entries.push(entry)
  }
  return entries
}

/** @returns undefined where that is not worth while, or not to be told */
function differenceFrom(known: Inventory, tree: Tree): Difference | undefined {
  if (holdsTables(tree)) return undefined
  const kept = new Map<string, InventoryOfFile>()
  const changed = new Map<string, number[]>()
  let count = 0
  for (const [file, digest] of tree.files) {
    const { path } = file
    const before = known.files.get(path)
    if (kept.has(path)) return undefined
    if (before?.digest === digest) {
      kept.set(path, before)
      continue
    }
    const { segments, diagnostics } = splitDocuments(file)
    if (diagnostics.length > 0) return undefined
    const left = new EntriesByText(before?.entries)
    const entries: Entry[] = []
    const starts: number[] = []
    for (const { text, offset } of segments) {
      const entry = left.take(path, hash(OWN_DIGEST, text))
      if (entry) entries.push(entry.start === offset ? entry : { ...entry, start: offset })
      else starts.push(offset)
    }
    kept.set(path, { digest, entries })
    if (starts.length > 0) changed.set(path, starts)
    count += starts.length
  }
  if (count > MOST_CHANGED) return undefined
  return { kept, changed }
}

/** Reads what stands there alone. @returns undefined where there is anything to be found in it */
type ReadPart = (places: Places) => Read | undefined

/**
 * The inventory of another state of the tree, if there is nothing to be found in that one either: what is new of it has been read, beside
 * all sets, and beside everything that it may not agree with.
 */
export function followed(known: Inventory, tree: Tree, kinds: Kinds, read: ReadPart): Inventory | undefined {
  const difference = differenceFrom(known, tree)
  if (!difference) return undefined
  const kept = entriesIn({ files: difference.kept })
  const sets = setsIn({ files: difference.kept })
  if (sets.length !== setsIn(known).length) return undefined
  const part = read(placesOf(sets, difference.changed))
  const entries = part && entriesOf(part, kinds)
  if (!entries) return undefined
  const old = new EntriesByText(sets)
  const fresh = entries.filter((entry) => !old.has(entry))
  if (fresh.some(isSet) || declaredAt(fresh.map(addressIn), kept).length > 0) return undefined
  const reaches = fresh.map(({ reach }) => reach)
  const neighbours = kept.filter(({ reach }) => reaches.some((other) => meet(reach, other)))
  if (neighbours.length > MOST_NEIGHBOURS) return undefined
  if (neighbours.length > 0 && !read(placesOf([...sets, ...neighbours], difference.changed))) return undefined
  return assembled(tree, byPath([...kept, ...fresh]))
}

/** @returns those that have one of the addresses */
export function declaredAt(addresses: readonly Address[], entries: readonly Entry[]): readonly Entry[] {
  const wanted = new Set(addresses)
  const names = new Set(addresses.map((address) => address.slice(address.indexOf('/') + 1)))
  return entries.filter((entry) => names.has(entry.name) && wanted.has(addressIn(entry)))
}

/** What is in the default set needs no document of it. */
export function namesDefaultSet(inventory: Inventory): boolean {
  return resourcesIn(inventory).some(({ set }) => set === DEFAULT_SET)
}

export function placesOf(entries: readonly Entry[], others: Places = new Map()): Places {
  const places = new Map([...others].map(([path, starts]) => [path, [...starts]]))
  for (const { path, start } of entries) {
    const starts = places.get(path)
    if (starts) starts.push(start)
    else places.set(path, [start])
  }
  return places
}

/** Under which the inventory of the last tree without findings is remembered. */
const LAST = hash(OWN_DIGEST, 'what the last tree without findings declares')

type Written = readonly [
  digest: string,
  files: readonly (readonly [path: string, digest: string, entries: readonly (readonly [...unknown[]])[]])[],
]

export function keepInventory(results: Results, { digest, files }: Inventory): void {
  const written: Written = [
    digest,
    [...files].map(([path, file]) => [
      path,
      file.digest,
      file.entries.map(({ digest, start, kind, name, set, reach }) => [digest, start, kind, name, set, reach]),
    ]),
  ]
  results.put(LAST, JSON.stringify(written))
}

export function keptInventory(results: Results): Inventory | undefined {
  const text = results.get(LAST)
  if (text === undefined) return undefined
  const [digest, files] = JSON.parse(text) as Written
  return {
    digest,
    files: new Map(
      files.map(([path, digest, entries]) => [path, { digest, entries: entries.map((entry) => entryOf(path, entry)) }]),
    ),
  }
}

function entryOf(path: string, entry: readonly unknown[]): Entry {
  const [digest, start, kind, name, set, reach] = entry as [string, number, string, string, string, Reach]
  return { path, digest, start, kind, name, set, reach }
}
