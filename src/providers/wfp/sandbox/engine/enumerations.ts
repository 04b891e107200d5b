/**
 * Enumerations: a snapshot taken when the handle is made, read page by page.
 *
 * "The enumerator returned by FwpmProviderContextCreateEnumHandle0 is a snapshot"; fewer entries than asked for mean the end.
 */

import type { Value } from '../../binding/ctype/index.ts'
import * as C from '../../binding/tables/constants/index.ts'
import type {
  FWPM_FILTER_ENUM_TEMPLATE0,
  FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0,
} from '../../binding/tables/structs/index.ts'
import { decodeFilter } from '../images.ts'
import { refuse, require } from '../refusal.ts'
import type { Connection, StoredImage, StoredImages, Where } from '../store/store.ts'
import type { Filter } from '../values.ts'
import { contextKeyOf } from './filters.ts'
import { find } from './objects.ts'
import type { EngineSession } from './session.ts'

export type ContextTemplate = Value<typeof FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0>
export type FilterTemplate = Value<typeof FWPM_FILTER_ENUM_TEMPLATE0>
export type EnumKind = 'session' | 'provider' | 'context' | 'filter'

/** The bit pattern that matches every action. */
const ANY_ACTION = 0xffff_ffff

interface Enumeration {
  readonly kind: EnumKind
  readonly entries: StoredImages
  at: number
}

/** The open enumerations of one session. */
export class Enumerations {
  readonly #open = new Map<number, Enumeration>()

  open(handle: number, kind: EnumKind, entries: StoredImages): void {
    this.#open.set(handle, { kind, entries, at: 0 })
  }

  next<T>(handle: number, kind: EnumKind, count: number, decode: (entry: StoredImage) => T): T[] {
    const enumeration = this.#find(handle, kind)
    const page = enumeration.entries.slice(enumeration.at, enumeration.at + count)
    enumeration.at += page.length
    return page.map(decode)
  }

  close(handle: number, kind: EnumKind): void {
    this.#find(handle, kind)
    this.#open.delete(handle)
  }

  #find(handle: number, kind: EnumKind): Enumeration {
    const found = this.#open.get(handle)
    return found?.kind === kind ? found : refuse('ERROR_INVALID_HANDLE', `no ${kind} enumeration ${handle}`)
  }
}

/** Whether a template may name a provider that is not there is not documented: the switch `templates` says it. */
export function checkTemplate(session: EngineSession, template: ContextTemplate | FilterTemplate | null): void {
  const key = template?.providerKey ?? null
  if (key !== null && session.switched('templates') === 'strict') find(session.connection, 'provider', key)
}

/** "The template always filters by type": 0 is a type, not a wild card. */
export function selectContexts(connection: Connection, template: ContextTemplate | null): StoredImages {
  return connection.images('context', template === null ? {} : contextWhere(template))
}

export function contextWhere({ providerKey, providerContextType }: ContextTemplate): Where {
  return { type: providerContextType, ...(providerKey !== null && { provider: providerKey }) }
}

export function selectFilters(connection: Connection, template: FilterTemplate | null): StoredImages {
  if (template === null) return connection.images('filter')
  require(template.layerKey !== C.GUID_NULL, 'FWP_E_LAYER_NOT_FOUND', 'a filter template names a layer')
  require(template.filterCondition.length === 0, 'ERROR_NOT_SUPPORTED', 'the sandbox compares no conditions')
  const { layerKey, providerKey } = template
  const found = connection.images('filter', { type: layerKey, ...(providerKey !== null && { provider: providerKey }) })
  const contexts = contextKeys(connection, template.providerContextTemplate)
  return found.slice(0).filter((entry) => matches(decodeFilter(entry), template, contexts))
}

function contextKeys(connection: Connection, template: ContextTemplate | null): ReadonlySet<string> | null {
  if (template === null) return null
  return new Set(connection.select('context', contextWhere(template)).map(({ key }) => key))
}

function matches(filter: Filter, template: FilterTemplate, contexts: ReadonlySet<string> | null): boolean {
  const { type, calloutKey } = filter.action
  const action = template.actionMask === ANY_ACTION || (type & template.actionMask) !== 0
  const callout = template.calloutKey === null || template.calloutKey === calloutKey
  return action && callout && (contexts === null || contexts.has(contextKeyOf(filter) ?? ''))
}
