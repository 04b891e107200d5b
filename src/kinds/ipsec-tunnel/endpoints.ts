/** Endpoints: where the tunnel starts and ends on the outside. */

import { complete, type SpecReader } from '../spec-reader.ts'
import { type AddressValue, familyName, formatAddress, parseAddress } from '../values/address.ts'
import { type Parsed, problem } from '../values/reading.ts'
import { hostName, luid } from '../values/scalars.ts'
import type { Endpoints } from './spec.ts'

/** An endpoint that could be read, and where it stands. */
interface Endpoint extends AddressValue {
  readonly place: SpecReader
  readonly text: string
}

export function readEndpoints(place: SpecReader): Endpoints | undefined {
  const local = readEndpoint(place.child('local'))
  const remotePlace = place.child('remote')
  const remotes = remotePlace.items('orScalar').flatMap((item) => readEndpoint(item) ?? [])
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

function readEndpoint(place: SpecReader): Endpoint | undefined {
  const value = place.parsed(parseEndpoint)
  return value && { ...value, place, text: formatAddress(value.family, value.bits) }
}

/** An address at which a tunnel can end: one host's. */
export function parseEndpoint(text: string): Parsed<AddressValue> {
  if (/[/]|\d-/.test(text)) {
    return problem('E223', `\`${text}\` is not one address`, { help: 'an endpoint is a single host address' })
  }
  const reading = parseAddress(text)
  if ('problem' in reading) return reading
  const { family, bits } = reading.value
  const multicast = family === 4 ? bits >> 28n === 0xen : bits >> 120n === 0xffn
  if (multicast || (family === 4 && bits === 0xffff_ffffn)) {
    return problem('E249', `no tunnel can end at ${text}`, { label: multicast ? 'a multicast address' : 'broadcast' })
  }
  return reading
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
    if (!same) return
    endpoint.place.disagree(same.place, 'E249', `${endpoint.text} is an endpoint already`, {
      help: 'the ends of a tunnel are different hosts',
    })
  })
}
