/** Where each resource of a quiet pass stands: in which blocks of the engine, and where among the manifests. */

import type { Guid } from '../base/index.ts'
import { type Address, addressOf, type Desired, type Places } from '../manifest/index.ts'
import type { SetState } from './plan/index.ts'
import type { Fingerprint, PlaceInEngine, Provider } from './provider.ts'

/** In which file something is declared, by its number, and at which offset. */
type Place = readonly [file: number, start: number]

export interface Whereabouts {
  /** see `Fingerprint.rest` */
  readonly rest: string
  readonly files: readonly string[]
  /** of the documents of sets */
  readonly sets: readonly Place[]
  readonly resources: readonly (readonly [key: Guid, address: Address, set: string, ...place: Place])[]
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
  readonly place: Place
}

/** More of them cost as much as all. */
const MOST_SUSPECTS = 2_000

/** @returns undefined where it would take more than a part to know what has changed */
export function suspectsOf(known: Whereabouts, { rest, blocks }: Fingerprint): readonly Suspect[] | undefined {
  if (known.rest !== rest) return undefined
  const standing = new Set(blocks)
  const numbers = new Set<number>()
  for (const [digest, members] of Object.entries(known.blocks))
    if (!standing.has(digest)) for (const number of members.flat()) numbers.add(number)
  if (numbers.size > Math.min(MOST_SUSPECTS, known.resources.length / 2)) return undefined
  return [...numbers].map((number) => {
    const [key, address, set, file, start] = known.resources[number]!
    return { number, key, address, set, place: [file, start] }
  })
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

/** Where these are declared, and all sets. */
export function placesInFiles({ files, sets }: Whereabouts, suspects: readonly Suspect[]): Places {
  const places = new Map<string, number[]>()
  for (const [file, start] of [...sets, ...suspects.map(({ place }) => place)]) {
    const path = files[file]!
    const starts = places.get(path)
    if (starts) starts.push(start)
    else places.set(path, [start])
  }
  return places
}

/**
 * @returns undefined where a resource cannot be told from the others by where it stands
 */
export function whereaboutsOf(
  { sets, resources }: Desired,
  states: readonly SetState[],
  engine: Fingerprint,
  partsOf: NonNullable<Provider['partsOf']>,
): Whereabouts | undefined {
  const observed = states.flatMap((state) => [...state.resources.values()])
  const declared = new Map(resources.map((resource) => [addressOf(resource), resource]))
  if (observed.length !== resources.length || observed.some(({ record }) => record.keptKey)) return undefined
  const files = new Map<string, number>()
  const placeOf = ({
    file: { path },
    start,
  }: {
    readonly file: { readonly path: string }
    readonly start: number
  }): Place => {
    const file = files.get(path) ?? files.size
    files.set(path, file)
    return [file, start]
  }
  const numbers = new Map<Guid, number>()
  const found: Whereabouts['resources'][number][] = []
  for (const [number, one] of observed.entries()) {
    const resource = declared.get(addressOf(one))
    if (!resource || resource.manifest.rendering || resource.formerly || resource.set !== one.set) return undefined
    for (const part of partsOf(one.key)) numbers.set(part, number)
    found.push([one.key, addressOf(one), one.set, ...placeOf(resource.manifest)])
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
    const { parts, referrers } = engine.keysIn(i)
    return [digest, [among(parts), among(referrers.map(([, part]) => part))]] as const
  })
  return {
    rest: engine.rest,
    sets: sets.flatMap(({ manifest }) => (manifest ? [placeOf(manifest)] : [])),
    files: [...files.keys()],
    resources: found,
    blocks: Object.fromEntries(blocks),
  }
}
