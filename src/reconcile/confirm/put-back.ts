/** Brings a former state back, in one transaction: what was made goes, what stood is made again, read back and recorded as it was. */

import { type Guid, type JsonObject, type Pointer, withValueAt } from '../../base/index.ts'
import type { Kind, Kinds } from '../../manifest/index.ts'
import {
  type AppliedRecord,
  type Difference,
  type Observed,
  SECRET,
  type SetState,
  type Shown,
  seenNow,
  verify,
} from '../plan/index.ts'
import type { SetTransaction } from '../provider.ts'
import { addressOfFormer, type Former } from './former.ts'

/** What stands in the way. */
export interface Obstacle {
  readonly address: string
  /** `its key is taken by an object that is not ours` */
  readonly why: string
}

/** What a former state is brought back with. */
export interface PuttingBack {
  readonly set: string
  readonly kinds: Kinds
  readonly digestKey: Uint8Array
}

/** @returns what stands in the way; nothing: the former state stands */
export async function putBack(
  tx: SetTransaction,
  former: readonly Former[],
  { set, kinds, digestKey }: PuttingBack,
): Promise<readonly Obstacle[]> {
  const keys = former.map(({ key }) => key)
  const [state] = await tx.observe([{ set, wanted: keys, again: keys }])
  if (!state) throw new Error('a set that was asked for was not observed')
  const taken = former.filter((one) => isTaken(one, state))
  if (taken.length > 0)
    return taken.map((one) => ({
      address: addressOfFormer(one),
      why: `its key ${one.key} is held by an object that is not ours (${state.foreign.get(one.key) ?? 'another set'})`,
    }))
  const standing = new Map([...state.resources.values()].map((one): [Guid, Observed] => [one.key, one]))
  for (const one of former) {
    const now = standing.get(one.key)
    if (now && !one.stays) await tx.remove(now)
  }
  const objects = former.filter((one) => one.spec).map((one) => makeAgain(one, set, kinds))
  for (const { resource, key, secrets } of objects) await tx.add({ resource, key, secrets })
  const shown = await tx.readBack(objects, digestKey)
  const obstacles: Obstacle[] = []
  for (const one of former) {
    if (!one.record) continue
    const kind = kindOf(one, kinds)
    const { record, differences } = recordAgain({ ...one, record: one.record }, kind, { shown, digestKey })
    if (differences.length > 0) {
      const paths = differences.map(({ path }) => path || 'it').join(', ')
      obstacles.push({ address: addressOfFormer(one), why: `it would read back otherwise than it stood: ${paths}` })
    }
    await tx.record({ kind, spec: one.spec ?? one.like ?? {} }, one.key, record)
  }
  return obstacles
}

/** Nothing of somebody else's is taken away, and nothing that was given up is taken back. */
function isTaken({ key, record }: Former, { foreign, taken }: SetState): boolean {
  return record !== undefined && (foreign.has(key) || taken?.has(key) === true)
}

function kindOf({ kind }: Former, kinds: Kinds): Kind {
  const found = kinds.get(kind)
  if (!found) throw new Error(`no kind is called ${kind}`)
  return found
}

function makeAgain(former: Former, set: string, kinds: Kinds) {
  const { key, name, spec = {}, secrets = {} } = former
  const kind = kindOf(former, kinds)
  const bytes = Object.entries(secrets).map(([path, text]): [Pointer, Buffer] => [path, Buffer.from(text, 'base64')])
  return { key, resource: { kind, name, set, spec: withoutDigests(kind, spec) }, secrets: new Map(bytes) }
}

function withoutDigests(kind: Kind, spec: JsonObject): JsonObject {
  const without = (rest: JsonObject, path: Pointer) => withValueAt(rest, `${path}/${SECRET}`, undefined) as JsonObject
  return kind.secretPaths(spec).reduce(without, spec)
}

/** The record as it was, but for what it says of the parts, which are new ones. */
function recordAgain(
  { key, spec, record, asRecorded }: Former & { readonly record: AppliedRecord },
  kind: Kind,
  { shown, digestKey }: { readonly shown: ReadonlyMap<Guid, Shown>; readonly digestKey: Uint8Array },
): { readonly record: AppliedRecord; readonly differences: readonly Difference[] } {
  if (!spec) return { record, differences: [] }
  const now = shown.get(key)
  if (!now) return { record, differences: [{ path: '', sensitive: false }] }
  const accepted = [...Object.keys(record.shadows), ...(record.acceptReadback ?? [])]
  const { mismatches, shadows } = verify(spec, now, { kind, spec, accepted })
  const { seen, owner: _, companions: __, ...rest } = record
  const again = asRecorded && seen && now.parts !== undefined ? { seen: seenNow(digestKey, now.parts, seen) } : {}
  const filters = { filters: now.filters, filterList: now.filterList() }
  return { record: { ...rest, shadows, ...filters, ...again }, differences: mismatches }
}
