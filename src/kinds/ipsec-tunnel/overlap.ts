/** Findings that need two tunnels: one key for both, or traffic that both claim. */

import { type Diagnostic, diagnostic } from '../../base/diagnostic.ts'
import type { Resource, TunnelSet } from '../../manifest/model.ts'
import { hostsOf, inFileOrder, placeOf } from '../hosts.ts'
import {
  type AddressSetValue,
  areEverything,
  compareAddressSets,
  formatAddressSet,
  overlaps,
  parseAddressSet,
} from '../values/network.ts'
import { portsMeet } from '../values/ports.ts'
import type { Traffic, TunnelSpec } from './spec.ts'

type Side = 'local' | 'remote'
interface Networks extends Readonly<Record<Side, readonly AddressSetValue[]>> {
  /** does the tunnel take packets to any address? */
  readonly isDefault: boolean
}
interface Claim extends Networks {
  /** place in the order of the files */
  readonly index: number
  readonly resource: Resource
  readonly traffic: Traffic
}
type Meets = (a: Claim, b: Claim) => boolean

export function crossCheckTunnels(resources: readonly Resource[], sets: readonly TunnelSet[]): Diagnostic[] {
  const ordered = inFileOrder(resources)
  const sameHost = hostsOf(sets)
  return [...sharedKeys(ordered, sameHost), ...overlappingTraffic(ordered, sameHost)]
}

function sharedKeys(ordered: readonly Resource[], sameHost: (a: Resource, b: Resource) => boolean): Diagnostic[] {
  const byKey = new Map<string, Resource[]>()
  return ordered.flatMap((resource) => {
    const { key } = resource.spec as { readonly key?: string }
    if (key === undefined) return []
    const others = byKey.get(key) ?? []
    byKey.set(key, [...others, resource])
    const first = others.find((other) => sameHost(other, resource))
    if (!first) return []
    return diagnostic('E251', resource.manifest.at('/spec/key'), 'the key belongs to another tunnel', {
      notes: [placeOf(first)],
      help: 'leave out `key`, or give each tunnel its own',
    })
  })
}

/** One warning a tunnel, on the traffic of the later one: the engine takes the tunnel whose filter weighs more. */
function overlappingTraffic(
  ordered: readonly Resource[],
  sameHost: (a: Resource, b: Resource) => boolean,
): Diagnostic[] {
  const claims = ordered.map(toClaim)
  const partners = partnersOf(
    claims,
    // that a default route takes the packets of others is said of itself (W229)
    (a, b) => a.isDefault === b.isDefault && sameHost(a.resource, b.resource) && sameConditions(a.traffic, b.traffic),
  )
  return [...partners].sort(([a], [b]) => a.index - b.index).map(([later, earlier]) => warning(later, earlier))
}

function warning(later: Claim, earlier: Claim): Diagnostic {
  const shared = later.remote.find((set) => earlier.remote.some((other) => overlaps(set, other)))
  const { manifest } = later.resource
  const message = `the traffic of ${later.resource.name} is also that of ${earlier.resource.name}`
  return diagnostic('W223', manifest.at(writtenAt(later.resource, shared)), message, {
    notes: [placeOf(earlier.resource)],
    help: 'which of the two tunnels such a packet takes is up to the engine; declare disjoint networks',
  })
}

/** Where a set of the normal form, which is sorted, stands in the manifest. */
function writtenAt({ manifest }: Resource, set: AddressSetValue | undefined): string {
  const traffic = manifest.spec.traffic as { readonly remote?: readonly string[] } | undefined
  const index = traffic?.remote?.findIndex((text) => {
    const reading = parseAddressSet(String(text))
    return set !== undefined && 'value' in reading && formatAddressSet(reading.value) === formatAddressSet(set)
  })
  return index === undefined || index < 0 ? '/spec/traffic/remote' : `/spec/traffic/remote/${index}`
}

/**
 * Later tunnel → an earlier one that claims the same traffic.
 *
 * A sweep along the side with more different sets: tunnels that are apart there are never compared.
 */
function partnersOf(claims: readonly Claim[], meets: Meets): Map<Claim, Claim> {
  const [axis, cross] = variety(claims, 'remote') >= variety(claims, 'local') ? SIDES : ACROSS
  const events = claims
    .flatMap((claim) => claim[axis].map((set) => ({ claim, set })))
    .sort((a, b) => compareAddressSets(a.set, b.set))
  const partners = new Map<Claim, Claim>()
  let open: typeof events = []
  for (const event of events) {
    open = open.filter(({ set }) => overlaps(set, event.set))
    for (const { claim } of open) {
      const [earlier, later] = claim.index < event.claim.index ? [claim, event.claim] : [event.claim, claim]
      if (earlier === later || partners.has(later)) continue
      if (share(earlier[cross], later[cross]) && meets(earlier, later)) partners.set(later, earlier)
    }
    open.push(event)
  }
  return partners
}

const SIDES: readonly [Side, Side] = ['remote', 'local']
const ACROSS: readonly [Side, Side] = ['local', 'remote']

function variety(claims: readonly Claim[], side: Side): number {
  const different = new Set<string>()
  for (const { traffic } of claims) for (const text of traffic[side]) different.add(text)
  return different.size
}

function share(a: readonly AddressSetValue[], b: readonly AddressSetValue[]): boolean {
  return a.some((set) => b.some((other) => overlaps(set, other)))
}

/** Tunnels with different protocols, ports, interfaces or profiles share no packet. */
function sameConditions(a: Traffic, b: Traffic): boolean {
  const equalOrAny = (x: unknown, y: unknown): boolean => x === undefined || y === undefined || x === y
  return (
    equalOrAny(a.protocol, b.protocol) &&
    equalOrAny(a.interface, b.interface) &&
    equalOrAny(a.profile, b.profile) &&
    portsMeet(a.localPort, b.localPort) &&
    portsMeet(a.remotePort, b.remotePort)
  )
}

const NO_TRAFFIC: Traffic = { local: [], remote: [] }

function toClaim(resource: Resource, index: number): Claim {
  const { traffic = NO_TRAFFIC } = resource.spec as unknown as Partial<TunnelSpec>
  return { index, resource, traffic, ...networksOf(traffic) }
}

/** A spec keeps its identity while its manifest says the same: then its networks, most of a comparison's cost, are read once. */
const knownNetworks = new WeakMap<Traffic, Networks>()

function networksOf(traffic: Traffic): Networks {
  const known = knownNetworks.get(traffic)
  if (known !== undefined) return known
  const remote = traffic.remote.flatMap(readable)
  const networks = { local: traffic.local.flatMap(readable), remote, isDefault: areEverything(remote) }
  knownNetworks.set(traffic, networks)
  return networks
}

function readable(text: string): AddressSetValue[] {
  const reading = parseAddressSet(text)
  return 'value' in reading ? [reading.value] : []
}
