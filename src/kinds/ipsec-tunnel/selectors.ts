/**
 * Traffic selectors beside the traffic they stand for: the filters take what `traffic` says, the peer is promised what the selectors say. Where
 * the two have nothing in common, packets go into the tunnel that no security association takes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7296#section-2.9 Traffic selector negotiation
 */

import type { SpecReader } from '../spec-reader.ts'
import { coverAll, formatAddressSet, overlaps } from '../values/network.ts'
import { portOrRange, portsMeet } from '../values/scalars.ts'
import type { TunnelContext } from './context.ts'
import { type Placed, readProtocol, readSet, readSets } from './traffic.ts'

const SIDES = [
  { side: 'local', port: 'localPort' },
  { side: 'remote', port: 'remotePort' },
] as const

export function warnOfSelectors(spec: SpecReader, { module }: TunnelContext): void {
  const place = spec.child('quickMode').child('trafficSelectors')
  const policies = place.items()
  const word = module.word()
  if (policies.length === 0 || word === undefined) return
  if (word === 'ikev2') for (const side of SIDES) compareSide(spec.child('traffic'), place, policies, side)
  else {
    place.disagree(module, 'W231', `${word} negotiates no traffic selectors of RFC 7296: they are ikev2's`, {
      help: 'leave out `trafficSelectors`, or set keyModule to ikev2',
    })
  }
}

type Side = (typeof SIDES)[number]

function compareSide(traffic: SpecReader, place: SpecReader, policies: readonly SpecReader[], side: Side): void {
  const selectors = policies.flatMap((policy) => policy.child(side.side).items())
  const networks = readSets(traffic.child(side.side), 'silently')
  if (selectors.length === 0 || networks.length === 0 || !traffic.child(side.side).sound) return
  const taken = selectors.flatMap((selector) => compareAddress(selector, traffic, networks, side) ?? [])
  if (taken.length === selectors.length) compareCover(taken, networks, place, side)
}

/** @returns the addresses of a selector; nothing where they cannot be read, or are not part of the traffic */
function compareAddress(
  selector: SpecReader,
  traffic: SpecReader,
  networks: readonly Placed[],
  side: Side,
): Placed | undefined {
  const address = readSet(selector.child('address'), 'silently')
  if (!address) return undefined
  compareRest(selector, traffic, side)
  if (networks.some(({ set }) => overlaps(set, address.set))) return address
  const text = formatAddressSet(address.set)
  address.place.disagree(
    traffic.child(side.side),
    'W226',
    `the selector ${text} is not part of the ${side.side} traffic`,
    {
      help: `select what \`traffic.${side.side}\` has, or leave out \`trafficSelectors\``,
    },
  )
  return undefined
}

function compareRest(selector: SpecReader, traffic: SpecReader, { port }: Side): void {
  const [own, other] = [selector.child('protocol'), traffic.child('protocol')]
  const [a, b] = [readProtocol(own), readProtocol(other)]
  if (a !== undefined && a !== 0 && b !== undefined && a !== b) {
    own.disagree(other, 'W226', `the selector is of protocol ${a}, the traffic of ${b}`, {
      help: 'name the same protocol',
    })
    return
  }
  const [ownPort, otherPort] = [selector.child('port'), traffic.child(port)]
  const [p, q] = [readPort(ownPort), readPort(otherPort)]
  if (p === undefined || q === undefined || portsMeet(p, q)) return
  ownPort.disagree(otherPort, 'W226', `the selector has port ${p}, the traffic port ${q}`, {
    help: 'name the same ports',
  })
}

function readPort(place: SpecReader): number | string | undefined {
  const { value } = place
  const reading = typeof value === 'number' || typeof value === 'string' ? portOrRange(value) : undefined
  return reading && 'value' in reading ? reading.value : undefined
}

/** Packets that the filters take and no selector has. */
function compareCover(
  selectors: readonly Placed[],
  networks: readonly Placed[],
  place: SpecReader,
  { side }: Side,
): void {
  const sets = selectors.map(({ set }) => set)
  const bare = networks.find(({ set }) => !coverAll(sets, set))
  if (!bare) return
  bare.place.disagree(place, 'W226', `no selector covers all of the ${side} traffic ${formatAddressSet(bare.set)}`, {
    label: 'what none covers goes into the tunnel and comes to nothing',
    help: `select all of \`traffic.${side}\`, or take less of it`,
  })
}
