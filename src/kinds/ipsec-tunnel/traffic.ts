/** Traffic: what goes through the tunnel, as its inner packets show it. */

import type { Json, JsonObject, Pointer } from '../../base/index.ts'
import { complete, type SpecReader } from '../spec-reader.ts'
import { familyName } from '../values/address.ts'
import {
  type AddressSetValue,
  coverAll,
  formatAddressSet,
  parseAddressSet,
  sortedAddressSets,
} from '../values/network.ts'
import { readWritten } from '../values/reading.ts'
import { luid, portOrRange } from '../values/scalars.ts'
import { DEFAULTS, type TunnelContext } from './context.ts'
import type { Endpoints, Traffic, TrafficSelector } from './spec.ts'

/** IP protocol numbers with a name in manifests. */
export const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const
export type ProtocolWord = keyof typeof PROTOCOLS

/** A set of addresses that could be read, and where it stands. */
export interface Placed {
  readonly place: SpecReader
  readonly set: AddressSetValue
}

export function readTraffic(place: SpecReader, context: TunnelContext): Traffic | undefined {
  const local = readSets(place.child('local'))
  const remote = readSets(place.child('remote'))
  checkFamilies([...local, ...remote])
  checkMode(place, context)
  const ports = [place.child('localPort'), place.child('remotePort')] as const
  checkPorts(place.child('protocol'), ports)
  return complete<Pick<Traffic, 'local' | 'remote'>, Omit<Traffic, 'local' | 'remote'>>(
    { local: sortedOrNothing(local), remote: sortedOrNothing(remote) },
    {
      protocol: readProtocol(place.child('protocol')),
      localPort: ports[0].parsedScalar(portOrRange),
      remotePort: ports[1].parsedScalar(portOrRange),
      interface: place.child('interface').parsedScalar(luid),
      profile: place.child('profile').number(),
    },
  )
}

/** Is it clear which packets between the addresses are meant? A field that cannot be read may be one that narrows them. */
export function hasReadableConditions(place: SpecReader): boolean {
  const conditions = ['protocol', 'localPort', 'remotePort', 'interface', 'profile']
  return !place.findings.hasBrokenField(place.pointer) && conditions.every((name) => place.child(name).sound)
}

/** Host-to-host traffic is that of the two hosts; more is allowed, but rarely meant. */
export function warnBeyondEndpoints(spec: SpecReader, endpoints: Endpoints | undefined, context: TunnelContext): void {
  if (context.mode.word() !== 'pointToPoint' || !endpoints || !spec.child('endpoints').sound) return
  const remotes = endpoints.remote === undefined ? undefined : [endpoints.remote].flat()
  for (const [side, hosts] of [['local', [endpoints.local]] as const, ['remote', remotes] as const]) {
    for (const { place, set } of hosts ? readSets(spec.child('traffic').child(side), 'silently') : []) {
      if (hosts?.includes(formatAddressSet(set))) continue
      place.report('W222', `${formatAddressSet(set)} is more than the ${side} endpoint`, {
        label: `the tunnel is pointToPoint and ends at ${hosts?.join(', ')}`,
        help: 'for networks behind the endpoints use mode: gateway',
      })
    }
  }
}

export function readSelector(place: SpecReader): TrafficSelector | undefined {
  const protocol = place.child('protocol')
  checkPorts(protocol, [place.child('port')], 'anyProtocol')
  return complete<TrafficSelector>({
    address: place.child('address').parsed(canonicalSet),
    protocol: readProtocol(protocol) ?? DEFAULTS.selector.protocol,
    port: place.child('port').parsedScalar(portOrRange) ?? DEFAULTS.selector.port,
  })
}

function canonicalSet(text: string): ReturnType<typeof asText> {
  return asText(parseAddressSet(text))
}

function asText(reading: ReturnType<typeof parseAddressSet>) {
  return 'value' in reading ? { value: formatAddressSet(reading.value) } : reading
}

/** The sets of a list that can be read; those that cannot are reported, if not `silently`. */
export function readSets(place: SpecReader, silently?: 'silently'): Placed[] {
  return place.items().flatMap((item) => readSet(item, silently) ?? [])
}

/** The same of one. */
export function readSet(place: SpecReader, silently?: 'silently'): Placed | undefined {
  const reading = readWritten(place.text() ?? '', parseAddressSet)
  if (!silently) place.accept(reading)
  return 'value' in reading ? { place, set: reading.value } : undefined
}

function sortedOrNothing(sets: readonly Placed[]): string[] | undefined {
  return sets.length > 0 ? sortedAddressSets(sets.map(({ set }) => set)) : undefined
}

function checkFamilies(sets: readonly Placed[]): void {
  const [first] = sets
  const stranger = sets.find(({ set }) => set.family !== first?.set.family)
  if (!first || !stranger) return
  const say = ({ set }: Placed): string => `${formatAddressSet(set)} is ${familyName(set.family)}`
  stranger.place.disagree(first.place, 'E225', `${say(stranger)}, ${say(first)}`, {
    help: 'declare one tunnel for each address family',
  })
}

/**
 * Without FWPM_TUNNEL_FLAG_POINT_TO_POINT the engine takes address conditions alone.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd1
 */
function checkMode(place: SpecReader, { mode }: TunnelContext): void {
  if (mode.word() !== 'gateway') return
  const conditions = ['protocol', 'localPort', 'remotePort', 'interface', 'profile']
    .map((name) => place.child(name))
    .filter(({ value }) => value !== undefined)
    .sort((a, b) => a.span.start - b.span.start)
  const names = conditions.map(({ path }) => `\`${path}\``).join(', ')
  conditions[0]?.disagree(mode, 'E226', `a gateway tunnel takes addresses alone, not ${names}`, {
    help: 'leave it out, or set mode to pointToPoint',
  })
}

function checkPorts(protocol: SpecReader, ports: readonly SpecReader[], withoutProtocol?: 'anyProtocol'): void {
  const first = ports.find((place) => place.value !== undefined && !(withoutProtocol && isAnyPort(place)))
  const name = readProtocol(protocol)
  if (!first || name === 'tcp' || name === 'udp') return
  const help = 'ports need protocol: tcp or protocol: udp'
  if (name !== undefined) first.disagree(protocol, 'E227', 'only tcp and udp have ports', { help })
  else if (!protocol.written) first.report('E227', 'a port without a protocol', { help })
}

function isAnyPort(place: SpecReader): boolean {
  return /^0\s*-\s*65535$/.test(place.text()?.trim() ?? '')
}

/** A protocol by its word or its number: one spelling for both. */
export function readProtocol(place: SpecReader): Traffic['protocol'] | undefined {
  return protocolWord(place.value) ?? place.number()
}

/** `6` → `tcp` */
export function protocolWord(value: Json | undefined): ProtocolWord | undefined {
  const named = Object.entries(PROTOCOLS).find(([word, number]) => value === word || value === number)
  return named?.[0] as ProtocolWord | undefined
}

/** Whether two lists of addresses hold the same ones: an engine may show a network in parts, or an address as a network. */
export function isSameTraffic(pointer: Pointer, applied: Json | undefined, shown: Json | undefined): boolean {
  const [a, b] = [addressSets(applied), addressSets(shown)]
  if (!a || !b || !['/traffic/local', '/traffic/remote'].includes(pointer)) return false
  return a.every((one) => coverAll(b, one)) && b.every((one) => coverAll(a, one))
}

/** @returns undefined for anything that is no list of addresses */
function addressSets(value: Json | undefined): AddressSetValue[] | undefined {
  if (!Array.isArray(value)) return undefined
  const read = value.map((text) => parseAddressSet(String(text)))
  const sets = read.flatMap((one) => ('value' in one ? [one.value] : []))
  return sets.length === read.length ? sets : undefined
}

/**
 * A tunnel of another owner, whose traffic a manifest cannot say as it is: without conditions it takes everything that is led to it, and of
 * several sets of conditions the first stands.
 */
export function presentTunnel(shown: JsonObject): { readonly spec: JsonObject; readonly remarks: readonly string[] } {
  const { contradicted, others, ...traffic } = (shown.traffic ?? {}) as JsonObject
  const { local } = (shown.endpoints ?? {}) as JsonObject
  const everything = [String(local).includes(':') ? '::/0' : '0.0.0.0/0']
  const open = ['local', 'remote'].filter((end) => !Array.isArray(traffic[end]) || traffic[end].length === 0)
  const remarks = [
    ...open.map((end) => `/traffic/${end} has no condition: it is everything that is led to this tunnel`),
    ...(Array.isArray(contradicted) ? contradicted : []).map(
      (set: Json) => `one more set of conditions for the same policy: ${JSON.stringify(set)}`,
    ),
    ...(Array.isArray(others) ? others : []).map((one: Json) => `one more condition: ${String(one)}`),
    ...(shown.mode === undefined ? ['/mode is not shown'] : []),
  ]
  const filled = Object.fromEntries(open.map((end) => [end, everything]))
  return { spec: { mode: 'gateway', ...shown, traffic: { ...traffic, ...filled } }, remarks }
}
