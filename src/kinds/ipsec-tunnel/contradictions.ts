/**
 * Traffic that takes more than can be meant: the local network, the ends of the tunnel, every packet of the machine. Warnings, since each of
 * them may be meant after all. What a network takes is one finding, on the network.
 */

import { type Diagnostic, diagnostic } from '../../base/index.ts'
import { isEnabled, type Resource, type TunnelSet } from '../../manifest/index.ts'
import { hostsOf, inFileOrder, placeOf } from '../hosts.ts'
import type { SpecReader } from '../spec-reader.ts'
import { type AddressValue, familyName, formatAddress, parseAddress } from '../values/address.ts'
import {
  type AddressSetValue,
  addressSet,
  areEverything,
  compareAddressSets,
  contains,
  formatAddressSet,
  overlaps,
  parseAddressSet,
} from '../values/network.ts'
import { portsMeet } from '../values/scalars.ts'
import type { TunnelContext } from './context.ts'
import type { Traffic, TunnelSpec } from './spec.ts'
import { type Placed, protocolWord, readSets } from './traffic.ts'

/** An end of the tunnel, and where it stands. */
interface End extends AddressValue {
  readonly place: SpecReader
  readonly whose: 'peer' | 'machine'
}

export function warnOfContradictions(spec: SpecReader, context: TunnelContext): void {
  const local = readSets(spec.child('traffic').child('local'), 'silently')
  const remote = readSets(spec.child('traffic').child('remote'), 'silently')
  const ends = endsOf(spec.child('endpoints'))
  warnOfFamilies(spec, [...local, ...remote], ends, context)
  // what hosts exchange beyond themselves is W222; behind a name nobody knows the peer
  const isJudged = context.mode.word() === 'gateway' || !ends.some(({ whose }) => whose === 'peer')
  if (isJudged && context.mode.word() !== undefined) warnOfRemote(local, remote, ends)
}

function endsOf(place: SpecReader): End[] {
  const read = (item: SpecReader, whose: End['whose']): End[] => {
    const reading = parseAddress(item.text() ?? '')
    if (!('value' in reading) || reading.value.bits === 0n) return []
    const { family, bits } = reading.value
    return [{ family, bits, place: item, whose }]
  }
  const peers = place.child('remote').items('orScalar')
  return [...read(place.child('local'), 'machine'), ...peers.flatMap((item) => read(item, 'peer'))]
}

function warnOfRemote(local: readonly Placed[], remote: readonly Placed[], ends: readonly End[]): void {
  const [first] = remote
  if (first && areEverything(remote.map(({ set }) => set))) {
    warnOfDefaultRoute(first, local)
    return
  }
  const seen = new Set<string>()
  for (const network of remote) {
    const place = warnOfNetwork(network, local, seen) ?? warnOfEnds(network, ends)
    if (place) seen.add(place.pointer)
  }
}

function warnOfDefaultRoute({ place, set }: Placed, local: readonly Placed[]): void {
  const text = formatAddressSet(set)
  const isTotal = areEverything(local.map(({ set }) => set))
  place.report(
    'W229',
    isTotal ? 'every packet of this machine would go into the tunnel' : `${text} is a default route into the tunnel`,
    {
      label: isTotal ? 'your session with it, too' : 'it takes the packets of other tunnels, too',
      help: 'name the networks behind the peer; where a default route is meant, leave a way to the machine itself',
    },
  )
}

/** @returns where the finding stands */
function warnOfNetwork(remote: Placed, local: readonly Placed[], seen: ReadonlySet<string>): SpecReader | undefined {
  const other = local.find(({ set }) => overlaps(set, remote.set))
  if (!other) return undefined
  const later = laterOf(remote.place, other.place)
  if (seen.has(later.pointer)) return later
  remote.place.disagree(other.place, 'W227', howTheyMeet(other.set, remote.set), {
    label: 'packets within one site would go into the tunnel',
    help: helpApart(other.set, remote.set),
  })
  return later
}

function helpApart(local: AddressSetValue, remote: AddressSetValue): string {
  return contains(local, remote) && contains(remote, local)
    ? 'name the network of the other end; two sites with the same addresses need address translation'
    : 'leave the addresses of one end out of the other, e.g. by ranges around them'
}

function howTheyMeet(local: AddressSetValue, remote: AddressSetValue): string {
  const [here, there] = [formatAddressSet(local), formatAddressSet(remote)]
  if (here === there) return `${here} is the network of both ends`
  if (contains(remote, local)) return `the local ${here} lies within the remote ${there}`
  if (contains(local, remote)) return `the remote ${there} lies within the local ${here}`
  return `the local ${here} and the remote ${there} overlap`
}

function warnOfEnds({ place, set }: Placed, ends: readonly End[]): SpecReader | undefined {
  const end = ends.find(({ family, bits }) => contains(set, addressSet(family, bits, bits)))
  if (!end) return undefined
  const whose = end.whose === 'peer' ? "the peer's own address" : "this machine's own address"
  place.disagree(
    end.place,
    'W228',
    `the remote ${formatAddressSet(set)} holds ${whose} ${formatAddress(end.family, end.bits)}`,
    {
      label: 'beside IKE and ESP, what the ends send each other goes into the tunnel',
      help: 'leave the address out of `traffic.remote`, e.g. by two ranges around it',
    },
  )
  return laterOf(place, end.place)
}

/** One family inside the other needs a flag, and only one direction has one. */
function warnOfFamilies(
  spec: SpecReader,
  traffic: readonly Placed[],
  ends: readonly End[],
  context: TunnelContext,
): void {
  const [inner, outer] = [traffic[0], ends[0]]
  const flags = spec.child('quickMode').child('flags')
  const isFlagged = flags.items().some((item) => item.text() === 'enableV6InV4Tunneling')
  if (!inner || !outer || inner.set.family === outer.family || !flags.sound || context.module.word() === undefined)
    return
  if (inner.set.family === 6 && isFlagged) return
  if (
    !traffic.every(({ set }) => set.family === inner.set.family) ||
    !ends.every(({ family }) => family === outer.family)
  )
    return
  const message = `${familyName(inner.set.family)} traffic in a tunnel between ${familyName(outer.family)} addresses`
  inner.place.disagree(outer.place, 'W230', message, { help: familyHelp(inner.set.family, context) })
}

function familyHelp(inner: 4 | 6, { module }: TunnelContext): string {
  if (inner === 4) return 'no flag allows it, so only the engine can tell: `wfpctl plan --check` tries it'
  if (module.word() === 'ikev2') return 'add `enableV6InV4Tunneling` to `quickMode.flags`'
  return 'give the tunnel IPv6 ends; the flag `enableV6InV4Tunneling` exists with ikev2 alone'
}

function laterOf(a: SpecReader, b: SpecReader): SpecReader {
  return a.span.start < b.span.start ? b : a
}

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
  return [...sharedKeys(ordered, sameHost), ...overlappingTraffic(ordered.filter(isEnabled), sameHost)]
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

/**
 * The tunnels whose traffic a packet is, whichever of its ends is the local one. More than one: the engine's filters decide.
 *
 * @param packet one address on each side; what it does not say fits anything
 */
export function claimantsOf(packet: Traffic, resources: readonly Resource[]): Resource[] {
  const { local, remote, localPort, remotePort, ...rest } = packet
  const protocol = protocolWord(rest.protocol) ?? rest.protocol
  const same = { ...rest, ...(protocol !== undefined && { protocol }) }
  const back: Traffic = {
    ...same,
    local: remote,
    remote: local,
    ...(remotePort !== undefined && { localPort: remotePort }),
    ...(localPort !== undefined && { remotePort: localPort }),
  }
  const ways = [{ ...packet, ...same }, back].map((traffic) => ({ traffic, ...networksOf(traffic) }))
  return resources.filter((resource) => {
    const claim = toClaim(resource, 0)
    return ways.some(
      (way) =>
        share(way.local, claim.local) && share(way.remote, claim.remote) && sameConditions(way.traffic, claim.traffic),
    )
  })
}

const NO_TRAFFIC: Traffic = { local: [], remote: [] }

function toClaim(resource: Resource, index: number): Claim {
  const { traffic = NO_TRAFFIC } = resource.spec as Partial<TunnelSpec>
  return { index, resource, traffic, ...networksOf(traffic) }
}

/** A spec keeps its identity while its manifest says the same: then its networks, most of a comparison's cost, are read once. */
const knownNetworks = new WeakMap<Traffic, Networks>()

export function networksOf(traffic: Traffic): Networks {
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
