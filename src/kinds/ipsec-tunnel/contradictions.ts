/**
 * Traffic that takes more than can be meant: the local network, the ends of the tunnel, every packet of the machine. Warnings, since each of
 * them may be meant after all. What a network takes is one finding, on the network.
 */

import type { SpecReader } from '../spec-reader.ts'
import { type AddressValue, familyName, formatAddress, parseAddress } from '../values/address.ts'
import {
  type AddressSetValue,
  addressSet,
  areEverything,
  contains,
  formatAddressSet,
  overlaps,
} from '../values/network.ts'
import type { TunnelContext } from './context.ts'
import { type Placed, readSets } from './traffic.ts'

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
    return 'value' in reading && reading.value.bits !== 0n ? [{ ...reading.value, place: item, whose }] : []
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
