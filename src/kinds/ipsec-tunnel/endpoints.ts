/** Endpoints: where the tunnel starts and ends on the outside. */

import { clip } from '../../base/index.ts'
import { complete, type SpecReader } from '../spec-reader.ts'
import { type AddressValue, familyName, formatAddress, parseAddress } from '../values/address.ts'
import { parseAddressSet } from '../values/network.ts'
import { type Parsed, type Problem, problem } from '../values/reading.ts'
import { hostName, luid } from '../values/scalars.ts'
import type { Endpoints } from './spec.ts'

/** An endpoint that could be read, and where it stands. */
interface Endpoint extends AddressValue {
  readonly place: SpecReader
  readonly text: string
}

export function readEndpoints(place: SpecReader): Endpoints | undefined {
  const local = readEndpoint(place.child('local'), parseLocalEnd)
  const remotePlace = place.child('remote')
  const remotes = remotePlace.items('orScalar').flatMap((item) => readEndpoint(item, parseRemoteEnd) ?? [])
  const fqdnPlace = place.child('remoteFqdn')
  checkPresence(place, remotePlace, fqdnPlace)
  checkAgreement([...(local ? [local] : []), ...remotes])
  return complete<Pick<Endpoints, 'local'>, Omit<Endpoints, 'local'>>(
    { local: local?.text },
    {
      remote: remotes.length > 1 ? remotes.map(({ text }) => text) : remotes[0]?.text,
      remoteFqdn: fqdnPlace.parsed(hostName),
      localInterface: place.child('localInterface').parsedScalar(luid),
      compartment: place.child('compartment').number(),
    },
  )
}

function readEndpoint(place: SpecReader, parse: (text: string) => Parsed<AddressValue>): Endpoint | undefined {
  const value = place.parsed(parse)
  if (!value) return undefined
  const text = formatAddress(value.family, value.bits)
  if (value.bits === UNSPECIFIED) warnOf(place, text, 'any address')
  if (isLoopback(value)) warnOf(place, text, "this machine's own loopback address")
  return { family: value.family, bits: value.bits, place, text }
}

/** The address of no host: 0.0.0.0 and `::`. */
const UNSPECIFIED = 0n

function isLoopback({ family, bits }: AddressValue): boolean {
  return family === 4 ? bits >> 24n === 127n : bits === 1n
}

/** Firewall rules have such ends; whether a tunnel may, no document says (FWP_E_INVALID_TUNNEL_ENDPOINT exists). */
function warnOf(place: SpecReader, text: string, label: string): void {
  place.report('W225', `only the engine can tell whether a tunnel may end at ${text}`, {
    label,
    help: '`wfpctl plan --check` tries it, `wfpctl doctor --probe` asks for it; certain are an address or `remoteFqdn`',
  })
}

/** An address of this machine. */
export function parseLocalEnd(text: string): Parsed<AddressValue> {
  return parseEnd(text, (name) => `\`${name}\` is a name: write an address of this machine`)
}

/** The address of a peer. */
export function parseRemoteEnd(text: string): Parsed<AddressValue> {
  return parseEnd(text, (name) => `write \`remoteFqdn: ${name}\` instead of \`remote\``)
}

/** An address at which a tunnel can end: one host's. */
function parseEnd(written: string, named: (name: string) => string): Parsed<AddressValue> {
  const text = written.trim()
  const reading = parseAddress(text)
  if ('problem' in reading) return { problem: { ...reading.problem, ...meantEnd(text, named) } }
  const { family, bits } = reading.value
  const multicast = family === 4 ? bits >> 28n === 0xen : bits >> 120n === 0xffn
  if (multicast || (family === 4 && bits === 0xffff_ffffn)) {
    return problem('E249', `no tunnel can end at ${text}`, { label: multicast ? 'a multicast address' : 'broadcast' })
  }
  return reading
}

/** netsh, strongSwan, Cisco and the firewall's cmdlets */
const ANY_WORDS = /^(?:any[46]?|all|\*|none|dynamic|%?(?:any[46]?|defaultroute|dynamic)|0\/0|0\.0\.0\.0\/0|::\/0)$/i

const ANY_END =
  'write `0.0.0.0` or `::` for any address, if the engine takes it (`wfpctl plan --check` tries), or name the peer with `remoteFqdn`'

/** What another tool's word for an end means here. */
function meantEnd(text: string, named: (name: string) => string): Partial<Problem> {
  if (ANY_WORDS.test(text))
    return { message: `\`${text}\` is not one address`, label: 'an end is one host', help: ANY_END }
  const set = parseAddressSet(text)
  const isNetwork = 'value' in set || ('problem' in set && set.problem.code === 'E224')
  if ('value' in set && set.value.first === set.value.last) {
    return {
      help: `write \`${formatAddress(set.value.family, set.value.first)}\`: an end is one address, without bits`,
    }
  }
  if (isNetwork)
    return {
      message: `\`${clip(text)}\` is not one address`,
      label: 'a network',
      help: 'an end is the address of one host',
    }
  const [, bare = text] = /^(?:\w+:\/\/)?([^/:]+)(?::\d+)?\/?$/.exec(text) ?? []
  const name = hostName(bare)
  // the last part of a name is not a number, nor is what looks like an address with a slip in it
  const isName = 'value' in name && /(?:^|\.)[a-z][a-z0-9-]*$/.test(name.value)
  return isName ? { label: 'a host name', help: named(name.value) } : {}
}

function checkPresence(place: SpecReader, remote: SpecReader, fqdn: SpecReader): void {
  if (remote.value !== undefined && fqdn.value !== undefined) {
    fqdn.disagree(remote, 'E238', '`remote` and `remoteFqdn` exclude each other', { help: 'keep one of them' })
  } else if (!remote.written && !fqdn.written && place.value !== undefined) {
    place.missing('E239', 'the tunnel has no remote end', { help: 'add `remote: ADDRESS` or `remoteFqdn: NAME`' })
  }
}

/** One family, and no address twice; each endpoint has at most one finding. */
function checkAgreement(endpoints: readonly Endpoint[]): void {
  const [first] = endpoints
  const stranger = endpoints.find(({ family }) => family !== first?.family)
  if (first && stranger) {
    const message = `${stranger.text} is ${familyName(stranger.family)}, ${first.text} is ${familyName(first.family)}`
    stranger.place.disagree(first.place, 'E225', message, { help: 'both ends of a tunnel are of one address family' })
  }
  endpoints.forEach((endpoint, i) => {
    const same = endpoints.slice(0, i).find(({ text }) => text === endpoint.text)
    // any address and any address need not be the same one
    if (!same || endpoint.bits === UNSPECIFIED) return
    endpoint.place.disagree(same.place, 'E249', `${endpoint.text} is an endpoint already`, {
      help: 'the ends of a tunnel are different hosts',
    })
  })
}
