/**
 * Authentication sets of the Windows firewall → methods. A preshared key is never copied: the method names a variable to be filled.
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/msft-netikecertauthproposal
 */

import { type JsonObject, rowOf } from '../base/index.ts'
import { authorityName, turnedIfRootFirst } from '../kinds/values/authority.ts'
import { type Branch, type Draft, itemsOf, type Leaf, LeftOut, leafAt, leavesOf, member, textOf } from './source.ts'
import { keyToFill } from './tunnel.ts'

/** By `AuthenticationMethod`. The documentation gives certificates of a machine the number of NTLM of a user (65005); they have 65006. */
const METHODS: { readonly [code: string]: string } = {
  2: 'presharedKey',
  65001: 'anonymous',
  65002: 'kerberos',
  65003: 'ntlmv2',
  65004: 'kerberos',
  65005: 'ntlmv2',
  65006: 'certificate',
  65007: 'certificate',
}
/** By the class of a proposal, where its number is not there or says less. */
const CLASSES: { readonly [name: string]: string } = {
  MSFT_NetIKEPSKAuthProposal: 'presharedKey',
  MSFT_NetIKECertAuthProposal: 'certificate',
  MSFT_NetIKEKerbAuthProposal: 'kerberos',
}
const SIGNATURES: { readonly [written: string]: string } = {
  1: 'rsa',
  2: 'ecdsaP256',
  3: 'ecdsaP384',
  rsa: 'rsa',
  ecdsa256: 'ecdsaP256',
  ecdsa384: 'ecdsaP384',
}
const SUBJECTS: { readonly [written: string]: string } = {
  1: 'dns',
  2: 'upn',
  3: 'rfc822',
  4: 'cn',
  5: 'ou',
  6: 'o',
  7: 'dc',
  domainname: 'dns',
  userprincipalname: 'upn',
  emailaddress: 'rfc822',
  dns: 'dns',
  upn: 'upn',
  rfc822: 'rfc822',
  cn: 'cn',
  ou: 'ou',
  o: 'o',
  dc: 'dc',
}

function proposalsOf(set: Branch | undefined): readonly Branch[] {
  return itemsOf(member(set, 'Proposals')).flatMap((one) => (one.sort === 'branch' ? [one] : []))
}

function methodOf(proposal: Branch): string | undefined {
  const code = textOf(leafAt(proposal, 'AuthenticationMethod')) ?? ''
  return rowOf(METHODS, code) ?? rowOf(CLASSES, textOf(leafAt(proposal, 'CimClass')) ?? '')
}

/** The methods of a set, without doing anything with them. */
export function methodsOf(set: Branch | undefined): readonly string[] {
  return proposalsOf(set).flatMap((proposal) => methodOf(proposal) ?? [])
}

/** @param field where it goes, if not to `spec.mainMode.authentication` */
export function authenticationOf(
  set: Branch | undefined,
  title: string,
  draft: Draft,
  field?: string,
): readonly JsonObject[] {
  if (!set) {
    draft.remark('the default authentication set is not in the source: it is Kerberos, as Windows is delivered')
    return [{ kerberos: {} }]
  }
  const methods = proposalsOf(set).flatMap((proposal) => {
    const method = methodOf(proposal)
    const made = method === undefined ? undefined : MAKERS[method]?.(proposal, title, draft)
    if (!made) draft.dropped(proposal, 'a tunnel has no such method of authentication')
    else if (method !== 'presharedKey') draft.carried(unsettled(proposal, draft), field)
    return made ? [made] : []
  })
  if (methods.length === 0) throw new LeftOut('none of its methods of authentication could be made', set)
  return methods
}

type Maker = (proposal: Branch, title: string, draft: Draft) => JsonObject

const MAKERS: { readonly [method: string]: Maker } = {
  presharedKey: (proposal, title, draft) => {
    const key = keyToFill(title)
    const { env } = key.presharedKey as JsonObject
    draft.carried(leafAt(proposal, 'AuthenticationMethod'))
    const written = leafAt(proposal, 'PreSharedKey')
    const note = `no key is copied: put it into the variable ${String(env)}, or name another place`
    if (written) draft.changed(written, note)
    draft.remark(`the key: ${note.slice('no key is copied: '.length)}`)
    return key
  },
  anonymous: () => ({ anonymous: {} }),
  ntlmv2: () => ({ ntlmv2: {} }),
  kerberos: (proposal) => {
    const proxyServer = textOf(leafAt(proposal, 'ProxyServer'))
    return { kerberos: { ...(proxyServer !== undefined && { proxyServer }) } }
  },
  certificate: (proposal, _title, draft) => ({ certificate: certificateOf(proposal, draft) }),
}

/** What the maker has said nothing of. */
function unsettled(proposal: Branch, draft: Draft): Branch {
  const members = [...proposal.members].filter(([, node]) =>
    leavesOf(node).some((leaf) => !draft.settled.has(leaf.origin ?? leaf) && isMeant(leaf)),
  )
  return { ...proposal, members: new Map(members) }
}

/** Of these the table says that nothing becomes of them. */
function isMeant({ word }: Leaf): boolean {
  return !/^-?ExcludeCAName$/i.test(word)
}

function certificateOf(proposal: Branch, draft: Draft): JsonObject {
  const leaf = (name: string) => leafAt(proposal, name)
  const signature = rowOf(SIGNATURES, (textOf(leaf('SigningAlgorithm')) ?? '').toLowerCase())
  const criteria = criteriaOf(proposal)
  const ca = leaf('TrustedCA')
  const trust = textOf(ca) === undefined ? { store: 'trustedRoot' } : { ca: [authorityOf(ca as Leaf, draft)] }
  return {
    ...(signature !== undefined && signature !== 'rsa' && { signature }),
    trust: { ...trust, ...(Object.keys(criteria).length > 0 && { criteria: [criteria] }) },
  }
}

/** Names stand root first in many a rule; ours begin with the leaf. */
function authorityOf(leaf: Leaf, draft: Draft): string {
  const text = textOf(leaf) as string
  const parsed = authorityName(text)
  if (!('value' in parsed)) throw new LeftOut(`its authority is no distinguished name`, leaf)
  const turned = turnedIfRootFirst(parsed.value)
  if (turned !== undefined) draft.changed(leaf, 'the name is turned: it ran from the root to the leaf')
  return turned ?? parsed.value
}

function criteriaOf(proposal: Branch): JsonObject {
  const leaf = (name: string) => leafAt(proposal, name)
  const is = (name: string, yes: RegExp = /^(?:true|yes|1)$/i) => yes.test(textOf(leaf(name)) ?? '')
  const flags = [
    ...(is('MapToAccount') ? ['enableAccountMapping'] : []),
    ...(is('TrustedCAType', /^(?:2|intermediate)$/i) ? ['intermediateCa'] : []),
    ...(is('FollowRenewal') ? ['followRenewalCertificate'] : []),
  ]
  const ekus = leavesOf(member(proposal, 'EKUs')).flatMap((one) => textOf(one) ?? [])
  const thumbprint = textOf(leaf('Thumbprint'))
  const name = textOf(leaf('CertName'))
  const type = rowOf(SUBJECTS, (textOf(leaf('CertNameType')) ?? '').toLowerCase())
  return {
    ...(thumbprint !== undefined && { thumbprint }),
    ...(ekus.length > 0 && { ekus }),
    ...(name !== undefined && type !== undefined && { subject: { type, name } }),
    ...(flags.length > 0 && { flags }),
  }
}
