/** What is true of one set now, as far as the last pass saw: a part of the answer of `/status`. */

import type { Address } from '../../manifest/index.ts'
import type { SetPlan, UndeclaredSet } from '../plan/index.ts'
import type { Mode, SetSummary, SetSyncState } from './events.ts'

export interface ResourceStatus {
  readonly address: Address
  readonly synced: boolean
  /** declared and off: where it is synced, nothing stands */
  readonly off?: true
  /** since when this has been so */
  readonly since: string
  readonly why?: string
}

export interface SetStatus {
  readonly set: string
  readonly mode: Mode
  readonly state: SetSyncState
  readonly since: string
  readonly why?: string
  readonly consecutiveErrors: number
  readonly lastSuccess?: string
  readonly resources: readonly ResourceStatus[]
}

/** How a set stands after a pass; `open` names what is not as declared, and why. */
export interface Standing {
  readonly state: SetSyncState
  readonly why?: string
  readonly open: ReadonlyMap<Address, string>
}

/** What a standing is noted with. */
export interface Occasion {
  readonly set: string
  readonly mode: Mode
  readonly declared: readonly Address[]
  /** those of them that are declared and off */
  readonly off: ReadonlySet<Address>
  readonly consecutiveErrors: number
  readonly now: string
}

/** @returns the status that follows; what has not changed keeps the time since when it has been so */
export function nextStatus(before: SetStatus | undefined, standing: Standing, occasion: Occasion): SetStatus {
  const { set, mode, now, consecutiveErrors } = occasion
  const { state, why } = standing
  const lastSuccess = state === 'synced' ? now : before?.lastSuccess
  return {
    set,
    mode,
    state,
    since: before?.state === state ? before.since : now,
    ...(why !== undefined && { why }),
    consecutiveErrors,
    ...(lastSuccess !== undefined && { lastSuccess }),
    resources: nextResources(before, standing, occasion),
  }
}

/** Nobody can look: what was true a moment ago may be so no longer. */
export function statusWithoutEngine(before: SetStatus, { why, now }: { why: string; now: string }): SetStatus {
  const resources = before.resources.map(({ address, synced, off, since }) => ({
    address,
    ...(off && { off }),
    synced: false,
    since: synced ? now : since,
    why,
  }))
  return { ...before, state: 'unknown', since: now, why, resources }
}

/** A set that the engine holds and that no manifest names: nothing of it is corrected. */
export function undeclaredStatus(
  before: SetStatus | undefined,
  { set, orphans, now }: Pick<UndeclaredSet, 'set' | 'orphans'> & { readonly now: string },
): SetStatus {
  const why = 'the engine holds it, and no manifest declares it'
  const open = new Map(orphans.map(({ address, source }) => [address, `declared no more, applied from ${source.file}`]))
  const occasion = { set, mode: 'report', declared: [], off: new Set<Address>(), consecutiveErrors: 0, now } as const
  return nextStatus(before, { state: 'undeclared', why, open }, occasion)
}

/** Where the engine has not been looked at yet. */
export const UNSEEN: Standing = { state: 'unknown', why: 'the engine is away', open: new Map() }

export function setSummaryOf({ set, state, resources }: SetStatus): SetSummary {
  return { set, state, resources: resources.length, unsynced: resources.filter(({ synced }) => !synced).length }
}

/** What a plan leaves open, in words. */
export function openChanges(plan: SetPlan): Map<Address, string> {
  const open = new Map<Address, string>()
  for (const { address, action, cause } of plan.changes) open.set(address, `to ${action} (${cause})`)
  for (const { address, message } of plan.blocked) if (address !== undefined) open.set(address, message)
  return open
}

/** What this host still holds of a set that belongs to another one. */
export function leftHere({ orphans }: SetPlan): Map<Address, string> {
  return new Map(orphans.map(({ address }) => [address, 'still on this host, and its set belongs to another one']))
}

/** Where nothing was looked at, nothing is known to be synced. */
const BLANKETS: { readonly [state in SetSyncState]?: string } = {
  unknown: 'not looked at yet',
  held: 'another process watches this set',
}

function nextResources(
  before: SetStatus | undefined,
  { open, state }: Standing,
  { declared, off, now }: Occasion,
): readonly ResourceStatus[] {
  const own = state === 'skipped' ? [] : declared // the declared ones of another host are nothing to this one
  const known = new Map(before?.resources.map((resource) => [resource.address, resource]))
  return sorted(new Set([...own, ...open.keys()]), before).map((address) => {
    const why = open.get(address) ?? BLANKETS[state]
    const synced = why === undefined
    const last = known.get(address)
    if (last && last.synced === synced && last.why === why && (last.off === true) === off.has(address)) return last
    const since = last?.synced === synced ? last.since : now
    return {
      address,
      synced,
      ...(off.has(address) && { off: true as const }),
      since,
      ...(why !== undefined && { why }),
    }
  })
}

/** Nearly always they are those of the last pass, whose order is known. */
function sorted(addresses: ReadonlySet<Address>, before: SetStatus | undefined): Address[] {
  const last = before?.resources.map(({ address }) => address) ?? []
  const isSame = last.length === addresses.size && last.every((address) => addresses.has(address))
  return isSame ? last : [...addresses].sort()
}
