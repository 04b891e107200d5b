/** Where each resource of a quiet pass stands: in which blocks of the engine, and in which document. */

import type { Guid } from '../base/index.ts'
import {
  type Address,
  addressIn,
  addressOf,
  type Desired,
  declaredAt,
  EntriesByText,
  type Entry,
  type Inventory,
  resourcesIn,
  setsIn,
} from '../manifest/index.ts'
import type { SetState } from './plan/index.ts'
import type { Fingerprint, PlaceInEngine, Provider } from './provider.ts'

/** A document, by the number of its file and the digest of its text. */
type Document = readonly [file: number, digest: string]

type Resident = readonly [key: Guid, address: Address, set: string, ...document: Document]

export interface Whereabouts {
  /** see `Fingerprint.rest` */
  readonly rest: string
  /** digest of all manifests */
  readonly tree: string
  readonly files: readonly string[]
  /** documents of sets */
  readonly sets: readonly Document[]
  /** names of those that are for other hosts: of them nothing stands here */
  readonly elsewhere: readonly string[]
  /** null: it is declared no more */
  readonly resources: readonly (Resident | null)[]
  /** by the digest of a block: numbers of the resources whose parts stand in it, and of those to whose parts it refers */
  readonly blocks: { readonly [digest: string]: readonly [parts: readonly number[], referrers: readonly number[]] }
}

/** A resource that may be otherwise than it was. */
export interface Suspect {
  /** among all resources */
  readonly number: number
  readonly key: Guid
  readonly address: Address
  readonly set: string
  /** where it is declared, in the same words as it was; absent: it is not */
  readonly entry?: Entry
}

export interface Suspects {
  readonly known: readonly Suspect[]
  /** documents that were not there, or in other words */
  readonly fresh: readonly Entry[]
  /** documents of all sets */
  readonly sets: readonly Entry[]
}

/** More of them cost as much as all. */
const MOST_SUSPECTS = 2_000

/** @returns undefined where it would take more than a part to know what has changed */
export function suspectsOf(
  known: Whereabouts,
  { rest, blocks }: Fingerprint,
  inventory: Inventory,
): Suspects | undefined {
  if (known.rest !== rest) return undefined
  const suspected = residentsOfOthers(known, new Set(blocks))
  const sets = setsIn(inventory)
  const isSameTree = known.tree === inventory.digest
  if (!isSameTree && !areSame(known, sets)) return undefined
  const elsewhere = new Set(known.elsewhere)
  const own = resourcesIn(inventory).filter(({ set }) => !elsewhere.has(set))
  const documents = new EntriesByText(isSameTree ? entriesOf(suspected, known, own) : own)
  const found = new Map<number, Entry | undefined>()
  for (const number of isSameTree ? suspected : known.resources.keys()) {
    const resident = known.resources[number]
    if (!resident) continue
    const [, , , file, digest] = resident
    const entry = documents.take(known.files[file]!, digest)
    if (!entry || suspected.has(number)) found.set(number, entry)
  }
  const fresh = isSameTree ? [] : documents.left()
  if (found.size + fresh.length > Math.min(MOST_SUSPECTS, known.resources.length / 2)) return undefined
  const suspects = [...found].map(([number, entry]): Suspect => {
    const [key, address, set] = known.resources[number]!
    return { number, key, address, set, ...(entry && { entry }) }
  })
  // what is declared as it was is not gone
  const gone = suspects.filter(({ entry }) => !entry).map(({ address }) => address)
  if (declaredAt(gone, own).some((entry) => !fresh.includes(entry))) return undefined
  return { known: suspects, fresh, sets }
}

/** Numbers of those that had something in a block that does not stand any more. */
function residentsOfOthers(known: Whereabouts, standing: ReadonlySet<string>): ReadonlySet<number> {
  const numbers = new Set<number>()
  for (const [digest, members] of Object.entries(known.blocks))
    if (!standing.has(digest)) for (const number of members.flat()) numbers.add(number)
  return numbers
}

/** Those documents among all that are in the words of these residents. */
function entriesOf(numbers: ReadonlySet<number>, { resources }: Whereabouts, all: readonly Entry[]): readonly Entry[] {
  const digests = new Set([...numbers].map((number) => resources[number]?.[4]))
  return all.filter(({ digest }) => digests.has(digest))
}

function areSame({ files, sets }: Whereabouts, now: readonly Entry[]): boolean {
  const documents = new EntriesByText(now)
  return sets.length === now.length && sets.every(([file, digest]) => documents.take(files[file]!, digest))
}

/** Where to look for what belongs to suspects. */
export function placesInEngine(
  known: Whereabouts,
  suspects: readonly Suspect[],
  engine: Fingerprint,
): readonly PlaceInEngine[] {
  const numbers = new Set(suspects.map(({ number }) => number))
  return engine.blocks.flatMap((digest, i) => {
    const [, referred] = known.blocks[digest] ?? []
    const isMeant = !referred || referred.some((number) => numbers.has(number))
    return isMeant ? [{ ...engine.keysIn(i), isChanged: !referred }] : []
  })
}

/** All that a quiet pass looked at. */
export interface QuietPass {
  /** for this host */
  readonly desired: Desired
  /** names of sets that are not */
  readonly elsewhere: readonly string[]
  readonly states: readonly SetState[]
  readonly inventory: Inventory
  readonly engine: Fingerprint
  readonly partsOf: NonNullable<Provider['partsOf']>
}

const NOTHING: Whereabouts = { rest: '', tree: '', files: [], sets: [], elsewhere: [], resources: [], blocks: {} }

/** @returns undefined where a resource cannot be told from the others by where it stands */
export function whereaboutsOf(pass: QuietPass): Whereabouts | undefined {
  return movedOn(
    { ...NOTHING, elsewhere: pass.elsewhere },
    { known: [], fresh: [], sets: setsIn(pass.inventory) },
    pass,
  )
}

/**
 * The same, after a pass over some resources alone that was quiet, too.
 *
 * @param suspects those that it was over
 */
export function movedOn(known: Whereabouts, suspects: Suspects, pass: QuietPass): Whereabouts | undefined {
  const { desired, states, inventory, engine, partsOf } = pass
  const observed = states.flatMap((state) => [...state.resources.values()])
  if (observed.length !== desired.resources.length || observed.some(({ record }) => record.keptKey)) return undefined
  const declared = new Map(desired.resources.map((resource) => [addressOf(resource), resource]))
  const entries = new Map(resourcesIn(inventory).map((entry) => [addressIn(entry), entry]))
  const files = new Map(known.files.map((path, i) => [path, i]))
  const placeOf = ({ path, digest }: Entry): Document => {
    const file = files.get(path) ?? files.size
    files.set(path, file)
    return [file, digest]
  }
  const residents = [...known.resources]
  const free = new Map(suspects.known.map(({ address, number }) => [address, number]))
  for (const number of free.values()) residents[number] = null
  const numbers = new Map<Guid, number>()
  for (const one of observed) {
    const address = addressOf(one)
    const [resource, entry] = [declared.get(address), entries.get(address)]
    if (!resource || !entry || resource.set !== one.set) return undefined
    const number = free.get(address) ?? residents.length
    residents[number] = [one.key, address, one.set, ...placeOf(entry)]
    for (const part of partsOf(one.key)) numbers.set(part, number)
  }
  const among = (keys: Iterable<Guid>): number[] => {
    const here = new Set<number>()
    for (const key of keys) {
      const number = numbers.get(key)
      if (number !== undefined) here.add(number)
    }
    return [...here]
  }
  const blocks = engine.blocks.map((digest, i) => {
    const before = known.blocks[digest]
    if (before) return [digest, before] as const
    const { parts, referrers } = engine.keysIn(i)
    return [digest, [among(parts), among(referrers.map(([, part]) => part))]] as const
  })
  return {
    rest: engine.rest,
    tree: inventory.digest,
    sets: suspects.sets.map(placeOf),
    elsewhere: known.elsewhere,
    files: [...files.keys()],
    resources: residents,
    blocks: Object.fromEntries(blocks),
  }
}
