/**
 * FwpmIPsecTunnelAdd and FwpmIPsecTunnelDeleteByKey: several objects under one key.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd2
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneldeletebykey0
 */
import * as C from '../../binding/tables/constants/index.ts'
import { refuse, require } from '../refusal.ts'
import { checkConditions } from '../rules/conditions.ts'
import { contextTypeOf, MODULE_KEYS } from '../rules/context-types.ts'
import type { Connection, StoredObject } from '../store/store.ts'
import { type Condition, type Context, storedTunnelPolicy } from '../values.ts'
import { insertContext, prepareContext, type ReadyContext } from './contexts.ts'
import { insertFilter } from './filters.ts'
import { checkDeletable, checkFlags, checkLink, find } from './objects.ts'
import type { EngineSession } from './session.ts'
import { shownConditions } from './shown-conditions.ts'
import { filterKeysOf, filtersFor, outerFamily, type Tunnel } from './tunnel-filters.ts'

const TUNNEL_FLAGS = C.FWPM_TUNNEL_FLAG_POINT_TO_POINT | C.FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING

export interface TunnelArguments {
  readonly flags: number
  readonly mainModePolicy: Context | null
  readonly tunnelPolicy: Context
  readonly filterConditions: readonly Condition[]
  readonly keyModKey: string | null
  readonly sd: Uint8Array | null
}

/** All rules first, then all objects: a refused tunnel leaves nothing behind. */
export function storeTunnel(session: EngineSession, given: TunnelArguments): void {
  checkFlags(given.flags, TUNNEL_FLAGS)
  checkTypes(given)
  const quickMode = prepareContext(session, given.tunnelPolicy)
  const mainMode = given.mainModePolicy === null ? null : prepareContext(session, given.mainModePolicy)
  const conditions = shownConditions(given.filterConditions, session.switched('conditions'))
  const tunnel = tunnelOf(given, conditions, { quickMode, mainMode })
  checkTogether(quickMode, mainMode)
  const filters = filtersFor(tunnel)
  const taken = session.connection.existsAny(
    'filter',
    filters.map(({ filterKey }) => filterKey),
  )
  require(!taken, 'FWP_E_ALREADY_EXISTS', 'a filter of the tunnel exists')

  insertContext(session, quickMode, given.sd)
  if (mainMode !== null) insertContext(session, mainMode, given.sd)
  for (const filter of filters) insertFilter(session, filter, quickMode.lifetime, given.sd)
}

/**
 * Takes the filters and the quick-mode policy. Nothing says whether Windows takes the main-mode policy along: the switch `main-mode` does.
 */
export function deleteTunnel(session: EngineSession, key: string): void {
  const context = findTunnel(session.connection, key)
  const mainMode = keyOfMainMode(session.connection, key)
  const filters = tunnelFilters(session.connection, key)
  for (const object of [context, ...filters]) checkDeletable(session, object)
  require(addedFilters(session.connection, key).length ===
    0, 'FWP_E_IN_USE', `a filter that is not the tunnel's own refers to ${key}`)
  for (const filter of filters) session.remove(filter)
  session.remove(context)
  if (mainMode !== null && session.switched('main-mode') === 'removed') removeMainMode(session, mainMode)
}

/** Unless it is gone, or another tunnel has it as well. */
function removeMainMode(session: EngineSession, key: string): void {
  const object = session.connection.get('context', key)
  if (object !== undefined && !session.connection.exists('filter', { link: key })) session.remove(object)
}

/** The tunnel's own filters that are still there. */
export function tunnelFilters(connection: Connection, key: string): StoredObject[] {
  const keys = filterKeysOf(key)
  const pointing = connection.select('filter', { link: key }).filter((filter) => keys.tunnel.has(filter.key))
  const mainMode = connection.get('filter', keys.mainMode)
  return mainMode === undefined ? pointing : [...pointing, mainMode]
}

/** Filters that somebody added to the tunnel's own by FwpmFilterAdd0. */
export function addedFilters(connection: Connection, key: string): StoredObject[] {
  const own = filterKeysOf(key).tunnel
  return connection.select('filter', { link: key }).filter((filter) => !own.has(filter.key))
}

/** The key of the main-mode policy that came with a tunnel. */
function keyOfMainMode(connection: Connection, key: string): string | null {
  return connection.get('filter', filterKeysOf(key).mainMode)?.link ?? null
}

export function findTunnel(connection: Connection, key: string): StoredObject {
  const object = find(connection, 'context', key)
  const isTunnel = contextTypeOf(Number(object.type))?.mode === 'tunnel'
  return isTunnel ? object : refuse('FWP_E_PROVIDER_CONTEXT_NOT_FOUND', `context ${key} is not a tunnel`)
}

/** A quick-mode tunnel policy, a main-mode policy of the same keying module, and that module. */
function checkTypes({ tunnelPolicy, mainModePolicy, keyModKey }: TunnelArguments): void {
  const quickMode = contextTypeOf(tunnelPolicy.type)
  if (quickMode?.mode !== 'tunnel') refuse('FWP_E_PROVIDER_CONTEXT_MISMATCH', 'tunnelPolicy is not a tunnel policy')
  if (mainModePolicy !== null) {
    const mainMode = contextTypeOf(mainModePolicy.type)
    const match = mainMode?.mode === 'mainMode' && mainMode.module === quickMode.module
    require(match, 'FWP_E_PROVIDER_CONTEXT_MISMATCH', 'mainModePolicy is not a main-mode policy of the same module')
  }
  const sameModule = keyModKey === null || keyModKey === MODULE_KEYS[quickMode.module]
  require(sameModule, 'FWP_E_INVALID_PARAMETER', 'keyModKey names another keying module')
}

interface Policies {
  readonly quickMode: ReadyContext
  readonly mainMode: ReadyContext | null
}

function tunnelOf(given: TunnelArguments, conditions: readonly Condition[], { quickMode, mainMode }: Policies): Tunnel {
  const policy = storedTunnelPolicy(quickMode.context)
  if (policy === undefined) refuse('FWP_E_PROVIDER_CONTEXT_MISMATCH', 'tunnelPolicy is not a tunnel policy')
  const gateway = (given.flags & C.FWPM_TUNNEL_FLAG_POINT_TO_POINT) === 0
  return {
    gateway,
    context: quickMode.context,
    policy,
    mainModeKey: mainMode?.context.providerContextKey ?? null,
    keyModKey: given.keyModKey,
    innerFamily: checkConditions(given.filterConditions, given.flags) ?? outerFamily(policy),
    conditions,
    persistent: quickMode.lifetime.persistent,
  }
}

/** The filters have the tunnel's lifetime and provider and point at both contexts. */
function checkTogether(quickMode: ReadyContext, mainMode: ReadyContext | null): void {
  if (mainMode === null) return
  const distinct = mainMode.context.providerContextKey !== quickMode.context.providerContextKey
  require(distinct, 'FWP_E_ALREADY_EXISTS', 'both policies have one key')
  checkLink(quickMode.lifetime, mainMode.lifetime, true)
}
