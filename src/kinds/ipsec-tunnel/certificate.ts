/** Certificate authentication (`certificate`, `ssl`): whom to trust in each direction, and which certificates to take. */

import { complete, type SpecReader } from '../spec-reader.ts'
import { authorityName, turnedIfRootFirst } from '../values/authority.ts'
import type { Parsed } from '../values/reading.ts'
import { hexBytes, oid, plainText } from '../values/scalars.ts'
import { DEFAULTS, readFlags, type TunnelContext } from './context.ts'
import { CERTIFICATE_FLAGS, CRITERIA_FLAGS } from './flags.ts'
import type { Certificate, CertificateCriteria, Trust } from './spec.ts'

const SHA1 = hexBytes(20, 'a SHA-1 thumbprint')
const SHA256 = hexBytes(32, 'a SHA-256 thumbprint')

/** `IKEEXT_CERTIFICATE_CRITERIA0.certHash` */
export function thumbprint(text: string): Parsed<string> {
  const reading = SHA1(text)
  if ('value' in reading || 'problem' in SHA256(text)) return reading
  const help = 'this is as long as a SHA-256 hash; Windows takes the SHA-1 one, which `Get-ChildItem Cert:` shows'
  return { problem: { ...reading.problem, help } }
}

type Subject = NonNullable<CertificateCriteria['subject']>

export function readCertificate(place: SpecReader, context: TunnelContext, method: string): Certificate | undefined {
  const trust = place.child('trust')
  const both = readTrust(trust, context)
  const [inbound, outbound] = [place.child('inbound'), place.child('outbound')]
  checkDirections(place, trust, inbound, outbound)
  return complete<Omit<Certificate, 'localCertificateUrl'>, Pick<Certificate, 'localCertificateUrl'>>(
    {
      signature: place.child('signature').word<Certificate['signature']>() ?? DEFAULTS.signature,
      inbound: readTrust(inbound, context) ?? both,
      outbound: readTrust(outbound, context) ?? both,
      flags: readFlags(place.child('flags'), CERTIFICATE_FLAGS, context, method),
    },
    { localCertificateUrl: place.child('localCertificateUrl').parsed(plainText) },
  )
}

/** `trust` holds for both directions, `inbound` and `outbound` for one: each direction is said exactly once. */
function checkDirections(place: SpecReader, trust: SpecReader, inbound: SpecReader, outbound: SpecReader): void {
  const open = [inbound, outbound].filter((direction) => !direction.written)
  if (trust.written && open.length === 0) {
    const [last] = [trust, inbound, outbound].sort((a, b) => b.span.start - a.span.start)
    last?.report('E236', '`trust` has no direction left to hold for', {
      help: 'write `trust`, or `inbound` and `outbound`',
    })
  } else if (!trust.written && open.length === 2) {
    const help = 'add e.g. trust: { store: trustedRoot } or trust: { ca: ["CN=Root,O=Example"] }'
    place.missing('E239', 'the certificate method trusts nobody', { help })
  } else if (!trust.written && open.length === 1) {
    const direction = open[0] === inbound ? 'inbound' : 'outbound'
    place.missing('E239', `nobody is trusted ${direction}`, { help: `add \`${direction}\`` })
  }
}

function readTrust(place: SpecReader, context: TunnelContext): Trust | undefined {
  if (place.value === undefined) return undefined
  const [store, ca] = [place.child('store'), place.child('ca')]
  const authorities = ca.items().flatMap((item) => readAuthority(item) ?? [])
  const places = place.child('criteria').items()
  const criteria = places.map((item) => readCriteria(item, context))
  checkTrust(place, store, ca, places)
  const word = store.word<NonNullable<Trust['store']>>()
  if (word !== undefined) return { store: word, criteria }
  if (authorities.length === 0) return { criteria }
  if (criteria.length === 0) return { criteria: authorities.map((name) => ({ ca: name, flags: [] })) }
  // a list of authorities beside criteria: every criterion holds for every authority
  return { criteria: authorities.flatMap((name) => criteria.map((criterion) => ({ ca: name, ...criterion }))) }
}

function checkTrust(place: SpecReader, store: SpecReader, ca: SpecReader, criteria: readonly SpecReader[]): void {
  const authority = criteria.map((item) => item.child('ca')).find(({ value }) => value !== undefined)
  const list = ca.value !== undefined ? ca : authority
  if (store.value !== undefined && list) {
    list.disagree(store, 'E236', 'a store and a list of authorities exclude each other', { help: 'keep one of them' })
  } else if (store.text() === 'unspecified' && criteria[0]) {
    criteria[0].disagree(store, 'E236', 'criteria without a store to look in', { help: 'name a store, or a `ca`' })
  } else if (ca.value !== undefined && authority) {
    authority.disagree(ca, 'E236', 'the authority is given twice', {
      help: 'keep the list, or the `ca` of each criterion',
    })
  } else if (!store.written && !list && !ca.written && !criteria.some((item) => item.child('ca').written)) {
    place.missing('E239', 'nobody is trusted here', { help: 'add `store: trustedRoot`, or `ca: [NAME]`' })
  }
}

function readCriteria(place: SpecReader, context: TunnelContext): CertificateCriteria {
  const ekus = place
    .child('ekus')
    .items()
    .flatMap((item) => item.parsed(oid) ?? [])
  const flags = readFlags(place.child('flags'), CRITERIA_FLAGS, context)
  const criteria = complete<Pick<CertificateCriteria, 'flags'>, Omit<CertificateCriteria, 'flags'>>(
    { flags },
    {
      ca: readAuthority(place.child('ca')),
      thumbprint: place.child('thumbprint').parsed(thumbprint),
      ekus: ekus.length > 0 ? [...new Set(ekus)].sort() : undefined,
      subject: readSubject(place.child('subject')),
    },
  )
  return criteria ?? { flags }
}

function readSubject(place: SpecReader): Subject | undefined {
  if (place.value === undefined) return undefined
  return complete<Subject>({
    type: place.child('type').word<Subject['type']>(),
    name: place.child('name').parsed(plainText),
  })
}

/** A name from the root to the leaf is most often a copy from a page that writes names so. */
function readAuthority(place: SpecReader): string | undefined {
  const name = place.parsed(authorityName)
  const turned = name === undefined ? undefined : turnedIfRootFirst(name)
  if (turned !== undefined) {
    place.report('W224', 'the name runs from the root to the leaf', {
      label: 'RFC 4514 begins with the leaf, most often CN=…',
      help: `write \`${turned}\`, unless the certificate itself has its parts in this order`,
    })
  }
  return name
}
