/** Filters: which object each belongs to, and a digest that shows when those of one change. */

import {
  canonicalJson,
  digestOfText,
  type Guid,
  isSameList,
  type Json,
  remembering,
  same,
} from '../../../base/index.ts'
import type { Visitor } from '../binding/call/transfer.ts'
import {
  beginningAt,
  beginningOf,
  Content,
  collecting,
  type GuidList,
  guid,
  memberAt,
  type Reader,
  reading,
  type Value,
} from '../binding/ctype/index.ts'
import * as constants from '../binding/tables/constants/index.ts'
import { type FWPM_FILTER_CONDITION0, FWPM_FILTER0 } from '../binding/tables/structs/index.ts'
import type { Shown } from './contexts.ts'
import { isStatus } from './refusals.ts'
import type { Session } from './session.ts'

export type Filter = Value<typeof FWPM_FILTER0>
export type Condition = Value<typeof FWPM_FILTER_CONDITION0>

/** What tells what a filter belongs to. */
export interface FilterHead {
  readonly filterKey: Guid
  readonly providerKey: Guid | null
  /** the context that it refers to: by key only when its flag says so; otherwise the same bytes are a raw context */
  readonly link: Guid | undefined
}

/** The filters of one object, in the order in which they were seen. */
export interface FilterGroup {
  readonly keys: readonly Guid[]
  /** of what each says */
  readonly digests: readonly string[]
}

export function withoutFilter({ keys, digests }: FilterGroup, key: Guid): FilterGroup {
  const isOther = (_: unknown, i: number) => keys[i] !== key
  return { keys: keys.filter(isOther), digests: digests.filter(isOther) }
}

/** @returns the last sight itself where this one says the same */
export function eitherGroup(last: FilterGroup, seen: FilterGroup): FilterGroup {
  return isSameList(last.keys, seen.keys) && isSameList(last.digests, seen.digests) ? last : seen
}

/** @returns the group itself where nothing of it changes */
export function withFilter(group: FilterGroup, key: Guid, digest: string): FilterGroup {
  const { keys, digests } = group
  const at = keys.indexOf(key)
  if (at < 0) return { keys: [...keys, key], digests: [...digests, digest] }
  return digests[at] === digest ? group : { keys, digests: digests.map((one, i) => (i === at ? digest : one)) }
}

/** The key of what a filter belongs to; undefined: it is none of ours. */
export type HomeOf = (head: FilterHead) => Guid | undefined

/**
 * All filters that belong to something, by what they belong to. A template would need a pass per layer, and whether the filters that
 * FwpmIPsecTunnelAdd makes carry our provider is not documented: so every filter is looked at, and matched here.
 */
export async function filtersByHome(session: Session, homeOf: HomeOf): Promise<Map<Guid, Filter[]>> {
  const byHome = new Map<Guid, Filter[]>()
  await lookAtFilters(session, (r, at) => addFilter(byHome, homeOf(headOf(r, at)), r, at))
  return byHome
}

/** The same, unread. */
export async function seenFiltersByHome(session: Session, homeOf: HomeOf): Promise<Map<Guid, FilterGroup>> {
  const byHome = new Map<Guid, MutableGroup>()
  await lookAtFilters(session, (r, at) => addSeenFilter(byHome, homeOf, r, at))
  return byHome
}

/**
 * Both at once, of what refers to one of these keys or stands under it.
 *
 * @param homes by key, what belongs to it
 */
export async function filtersAndSeenOf(session: Session, homes: ReadonlyMap<Guid, Guid>) {
  const filters = new Map<Guid, Filter[]>()
  const seen = new Map<Guid, MutableGroup>()
  const homeOf = ({ link, filterKey }: FilterHead) => homes.get(link ?? '') ?? homes.get(filterKey)
  const beginnings = new Set([...homes.keys()].map(beginningOf))
  const isMeant = (r: Reader, at: number) => beginnings.has(beginningAt(r, at))
  await lookAtFilters(session, (r, at) => {
    // of a hundred thousand filters a few are meant: to write out the keys of each takes longer than to look at it
    if (isMeant(r, at + LINK_AT) || isMeant(r, at + KEY_AT))
      addFilter(filters, addSeenFilter(seen, homeOf, r, at), r, at)
  })
  return { filters, seen }
}

const KEY_AT = memberAt(FWPM_FILTER0, 'filterKey')
const FLAGS_AT = memberAt(FWPM_FILTER0, 'flags')
const LINK_AT = memberAt(FWPM_FILTER0, 'providerContextKey')

function addFilter(byHome: Map<Guid, Filter[]>, home: Guid | undefined, r: Reader, at: number): void {
  if (home === undefined) return
  const filter = FWPM_FILTER0.read(r, at)
  const others = byHome.get(home)
  if (others) others.push(sharing(filter, others.at(-1)))
  else byHome.set(home, [filter])
}

/** A filter where it lies. */
export interface ShownFilter extends Shown {
  /** the first 32 bits of the key of the context that it refers to; undefined: it refers to none */
  readonly beginning: number | undefined
  /** all of that key */
  link(): Guid
}

/** Shows all filters, whosever they are. */
export async function showFilters(session: Session, show: (shown: ShownFilter) => void): Promise<void> {
  let reader: Reader | undefined
  let place = 0
  // one for all of them: there are a hundred thousand
  const shown = {
    beginning: undefined as number | undefined,
    link: () => guid.read(reader!, place + LINK_AT),
    collect: (contents: Content) => addContent(reader!, place, contents),
    keysInto: (list: GuidList) => {
      list.add(reader!.bytes, place + KEY_AT)
      list.add(reader!.bytes, place + LINK_AT)
    },
  }
  await lookAtFilters(session, (r, at) => {
    reader = r
    place = at
    shown.beginning =
      flagsAt(r, at) & constants.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT ? beginningAt(r, at + LINK_AT) : undefined
    show(shown)
  })
}

interface MutableGroup {
  readonly keys: Guid[]
  readonly digests: string[]
}

/** @returns the home */
function addSeenFilter(byHome: Map<Guid, MutableGroup>, homeOf: HomeOf, r: Reader, at: number): Guid | undefined {
  const head = headOf(r, at)
  const home = homeOf(head)
  if (home === undefined) return undefined
  const group = byHome.get(home) ?? { keys: [], digests: [] }
  if (group.keys.length === 0) byHome.set(home, group)
  group.keys.push(head.filterKey)
  group.digests.push(contentDigest(r, at))
  return home
}

async function lookAtFilters(session: Session, look: Visitor): Promise<void> {
  const { fwp } = session
  await session.look({
    create: (engineHandle) => fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: (args) => fwp.FwpmFilterEnum0(args, look),
    destroy: fwp.FwpmFilterDestroyEnumHandle0,
  })
}

const readHead = reading(FWPM_FILTER0, ['filterKey', 'flags', 'providerKey', 'providerContextKey'])
/** What the engine numbers, weighs and marks by itself is not what a filter says. */
const collect = collecting(FWPM_FILTER0, ['flags', 'filterId', 'effectiveWeight'])
const content = new Content()

function headOf(r: Reader, at: number): FilterHead {
  const { filterKey = '', providerKey = null, providerContextKey: link } = readHead(r, at)
  return { filterKey, providerKey, link }
}

function flagsAt(r: Reader, at: number): number {
  return r.view.getUint32(at + FLAGS_AT, true)
}

function contentDigest(r: Reader, at: number): string {
  return content.digestOf((contents) => addContent(r, at, contents))
}

function addContent(r: Reader, at: number, contents: Content): void {
  contents.addNumber(flagsAt(r, at) & ~constants.FWPM_FILTER_FLAG_INDEXED)
  collect(r, at, contents)
}

/**
 * Most filters of a tunnel carry the same conditions: one list of them is kept, which is most of what ten thousand tunnels weigh.
 *
 * @param filter just read, and known to nobody else: a copy of each would cost more than it saves
 */
function sharing(filter: Filter, last: Filter | undefined): Filter {
  if (last === undefined || !same(last.filterCondition, filter.filterCondition)) return filter
  return Object.assign(filter, { filterCondition: last.filterCondition })
}

/** @returns undefined when no filter has this key */
export async function filterByKey({ engineHandle, fwp }: Session, key: Guid): Promise<Filter | undefined> {
  try {
    return (await fwp.FwpmFilterGetByKey0({ engineHandle, key })).filter
  } catch (error) {
    if (isStatus(error, 'FWP_E_FILTER_NOT_FOUND', 'FWP_E_NOT_FOUND')) return undefined
    throw error
  }
}

/** The same, unread. */
export async function seenFilterByKey(
  { engineHandle, fwp }: Session,
  key: Guid,
): Promise<(FilterHead & { readonly digest: string }) | undefined> {
  let found: (FilterHead & { readonly digest: string }) | undefined
  try {
    await fwp.FwpmFilterGetByKey0({ engineHandle, key }, (r, at) => {
      found = { ...headOf(r, at), digest: contentDigest(r, at) }
    })
  } catch (error) {
    if (!isStatus(error, 'FWP_E_FILTER_NOT_FOUND', 'FWP_E_NOT_FOUND')) throw error
  }
  return found
}

/**
 * A digest of what filters do: layer, sublayer, action, conditions and flags of each, in any order. Keys, ids and weights that the engine
 * chooses are left out, and so is the flag by which it tells that it has indexed a filter.
 */
export function filtersDigest(filters: readonly Filter[]): string {
  return digestOfText(essencesOf(filters).toSorted().join('\n'))
}

/** Once for both that are made of them. */
const essencesOf = remembering((filters: readonly Filter[]): readonly string[] => {
  const write = conditionWriter()
  return filters.map((filter) => essenceOf(filter, write(filter.filterCondition)))
})

/** `OUTBOUND_TRANSPORT_V4` of a layer's key, or of its first eight digits; what is not known stands as it is. */
export function layerName(key: string): string {
  layers ??= new Map(
    Object.entries(constants).flatMap(([name, value]): [string, string][] =>
      name.startsWith('FWPM_LAYER_') ? [[String(value).slice(0, LAYER_DIGITS), name.slice('FWPM_LAYER_'.length)]] : [],
    ),
  )
  return layers.get(key.slice(0, LAYER_DIGITS)) ?? key
}

const LAYER_DIGITS = 8
const DIGEST_DIGITS = 6

/** Made when the first one is told. */
let layers: ReadonlyMap<string, string> | undefined

/** What `filtersDigest` digests, shorter and filter by filter: `1e5c9fae:3fa2c1 …`, layer and content of each. */
export function filtersBrief(filters: readonly Filter[]): string {
  const essences = essencesOf(filters)
  return filters
    .map((filter, i) => {
      const digest = digestOfText(essences[i]!)
      return `${filter.layerKey.slice(0, LAYER_DIGITS)}:${digest.slice(digest.indexOf(':') + 1).slice(0, DIGEST_DIGITS)}`
    })
    .sort()
    .join(' ')
}

/** Conditions that equal the last ones are not written out again. */
function conditionWriter(): (conditions: readonly Condition[]) => string {
  let last: readonly Condition[] = []
  let text = ''
  return (conditions) => {
    if (same(conditions, last)) return text
    last = conditions
    text = conditions
      .map((condition) => canonicalJson(plain(withoutHostBits(condition))))
      .sort()
      .join(' ')
    return text
  }
}

/** What stands beyond a mask matches nothing: an engine may keep it, or clear it. */
function withoutHostBits(condition: Condition): Condition {
  const { conditionValue: value } = condition
  if (value.type === constants.FWP_V4_ADDR_MASK) {
    const { addr, mask } = value.v4AddrMask
    return { ...condition, conditionValue: { ...value, v4AddrMask: { addr: (addr & mask) >>> 0, mask } } }
  }
  if (value.type !== constants.FWP_V6_ADDR_MASK) return condition
  const { addr, prefixLength } = value.v6AddrMask
  const masked = addr.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, prefixLength - 8 * i))))
  return { ...condition, conditionValue: { ...value, v6AddrMask: { addr: masked, prefixLength } } }
}

/** One line, since it is only ever compared. */
function essenceOf({ layerKey, subLayerKey, flags, action }: Filter, conditions: string): string {
  // the callout's key, or the type that the filter's maker gave it: which keying module, at the layer that chooses one
  const what = 'calloutKey' in action ? action.calloutKey : 'filterType' in action ? action.filterType : ''
  const kept = (flags & ~constants.FWPM_FILTER_FLAG_INDEXED) >>> 0
  return `${layerKey} ${subLayerKey} ${action.type} ${what} ${kept} ${conditions}`
}

/** Any structure value as JSON: 64-bit numbers in decimal, bytes in hex. */
export function plain(value: unknown): Json {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null
}
