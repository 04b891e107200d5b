/** The whole engine as plain JSON, for people. Blobs are shown by their size: what callers keep in them is theirs. */
import type { Engine } from './engine/engine.ts'
import { liveKeyManagers } from './engine/key-managers.ts'
import { decodeProvider } from './engine/providers.ts'
import { tunnelFilters } from './engine/tunnels.ts'
import { decodeContext, sessionImage } from './images.ts'
import { contextTypeOf } from './rules/context-types.ts'
import type { Connection, StoredObject } from './store/store.ts'
import { SWITCHES, type SwitchName, switchValue } from './switches.ts'

const ADDRESS = /V6Address$/

export type ShownValue =
  | string
  | number
  | boolean
  | null
  | readonly ShownValue[]
  | { readonly [name: string]: ShownValue }

export interface SandboxState {
  readonly providers: readonly ShownValue[]
  /** Provider contexts as stored, in the order they were added; `filters` counts those of a tunnel. */
  readonly contexts: readonly ShownValue[]
  /** All filters, and those that belong to no tunnel. */
  readonly filters: { readonly total: number; readonly other: number }
  readonly keyManagers: readonly ShownValue[]
  readonly sessions: readonly ShownValue[]
  readonly switches: Readonly<Record<SwitchName, string>>
}

export function describeValue(engine: Engine, connection: Connection): SandboxState {
  const sessions = engine.store.sessions.live()
  const owners = new Set(sessions.map(({ owner }) => owner))
  const contexts = connection.select('context').map((object) => describeContext(connection, object))
  const total = connection.images('filter').length
  const owned = contexts.reduce((sum, { filters }) => sum + (filters ?? 0), 0)
  return {
    providers: connection.select('provider').map((object) => plain(decodeProvider(object))),
    contexts: contexts.map(({ context, filters }) => (filters === undefined ? context : { ...context, filters })),
    filters: { total, other: total - owned },
    keyManagers: liveKeyManagers(connection, owners).map((manager) => plain(manager)),
    sessions: sessions.map(({ image }) => plain(sessionImage.decode(image))),
    switches: allSwitches(connection),
  }
}

interface DescribedContext {
  readonly context: { readonly [name: string]: ShownValue }
  readonly filters?: number
}

function describeContext(connection: Connection, object: StoredObject): DescribedContext {
  const context = plain(decodeContext(object)) as { readonly [name: string]: ShownValue }
  if (contextTypeOf(Number(object.type))?.mode !== 'tunnel') return { context }
  return { context, filters: tunnelFilters(connection, object.key).length }
}

function allSwitches(connection: Connection): Record<SwitchName, string> {
  const values = connection.switches()
  const names = Object.keys(SWITCHES) as SwitchName[]
  return Object.fromEntries(names.map((name) => [name, switchValue(values, name)])) as Record<SwitchName, string>
}

/** Addresses are shown; other bytes are counted. */
function plain(value: unknown, name = ''): ShownValue {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array)
    return ADDRESS.test(name) ? Buffer.from(value).toString('hex') : `${value.length} bytes`
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field, key)]))
  }
  return value as ShownValue
}
