/**
 * `netsh advfirewall consec add rule …` → what an export of the firewall would hold. One value may say several things, and is taken apart.
 *
 * @see https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dd736198(v=ws.10)
 */

import { rowOf } from '../base/index.ts'
import type { Firewall } from './netipsec.ts'
import type { Statement, Token } from './script-text.ts'
import { type Branch, branchOf, type Leaf, type Node } from './source.ts'

const SCOPE = 'netsh advfirewall consec add rule'
const COMMAND = /^(?:netsh(?:\.exe)? )?(?:advfirewall )?consec add rule /i
const NO_COMMAND = /^(?:@?echo|exit|pause|cls|setlocal|endlocal|goto|pushd|popd|quit|bye)\b/i

const KEYS: ReadonlySet<string> = new Set(['auth1psk', 'auth2psk'])

/** Words that are one property of the rule. */
const PROPERTIES: { readonly [word: string]: readonly [property: string, filter?: string] } = {
  name: ['DisplayName'],
  description: ['Description'],
  enable: ['Enabled'],
  mode: ['Mode'],
  endpoint1: ['LocalAddress', 'AddressFilter'],
  endpoint2: ['RemoteAddress', 'AddressFilter'],
  localtunnelendpoint: ['LocalTunnelEndpoint'],
  remotetunnelendpoint: ['RemoteTunnelEndpoint'],
  protocol: ['Protocol', 'PortFilter'],
  port1: ['LocalPort', 'PortFilter'],
  port2: ['RemotePort', 'PortFilter'],
  exemptipsecprotectedconnections: ['BypassTunnelIfEncrypted'],
  profile: ['Profiles'],
  interfacetype: ['InterfaceType'],
  type: ['type'],
  applyauthz: ['RequireAuthorization'],
}
const LISTS: ReadonlySet<string> = new Set(['endpoint1', 'endpoint2', 'port1', 'port2'])

const ACTIONS: { readonly [word: string]: readonly [inbound: string, outbound: string] } = {
  requireinrequestout: ['require', 'request'],
  requestinrequestout: ['request', 'request'],
  requireinrequireout: ['require', 'require'],
  requireinclearout: ['require', 'none'],
  noauthentication: ['none', 'none'],
}

const METHODS: { readonly [word: string]: readonly [code: number, signature?: string] } = {
  computerpsk: [2],
  anonymous: [65001],
  computerkerb: [65002],
  computerntlm: [65003],
  userkerb: [65004],
  userntlm: [65005],
  computercert: [65006],
  computercertecdsap256: [65006, 'ecdsa256'],
  computercertecdsap384: [65006, 'ecdsa384'],
  usercert: [65007],
  usercertecdsap256: [65007, 'ecdsa256'],
  usercertecdsap384: [65007, 'ecdsa384'],
}

/** @returns whether the statement is one of netsh, or says nothing */
export function readNetsh({ tokens, span }: Statement, made: Firewall): boolean {
  const line = span.file.text.slice(span.start, span.end).replace(/\s+/g, ' ')
  if (NO_COMMAND.test(line) || /^@?netsh\s*$/i.test(line) || /^advfirewall$/i.test(line)) return true
  if (!COMMAND.test(`${line} `.replace(/^@/, ''))) return false
  const rule = branchOf(span)
  const leaves = new Map(pairsOf(tokens).map((leaf) => [leaf.word.toLowerCase(), leaf]))
  const id = `netsh ${made.rules.length + 1}`
  for (const [word, leaf] of leaves) addProperty(rule, word, leaf)
  addAction(rule, leaves.get('action'))
  made.rules.push(rule)
  addSets(rule, leaves, made, id)
  return true
}

/** `name="HQ to Dallas"`: PowerShell tells the sign and the string apart, cmd has them in one. */
function pairsOf(tokens: readonly Token[]): readonly Leaf[] {
  const first = tokens[0]
  if (!first) return []
  const { file } = first.span
  const text = file.text.slice(first.span.start, tokens.at(-1)!.span.end)
  return [...text.matchAll(/([a-z0-9]+)\s*=\s*((?:"[^"]*"|'[^']*'|[^\s"'`^]|[`^](?!\r?\n))+)/gi)].map((found) => {
    const word = found[1] as string
    const start = first.span.start + found.index
    const common = { sort: 'leaf', word, span: { file, start, end: start + found[0].length }, scope: SCOPE } as const
    if (KEYS.has(word.toLowerCase())) return { ...common, value: null, secret: true }
    return { ...common, value: (found[2] as string).replace(/^(["'])(.*)\1$/s, '$2') }
  })
}

function addProperty(rule: Branch, word: string, leaf: Leaf): void {
  const [property, filter] = rowOf(PROPERTIES, word) ?? [`netsh ${word}`]
  const known = filter === undefined ? rule : rule.members.get(filter)
  const target = known?.sort === 'branch' ? known : branchOf(rule.span)
  if (filter !== undefined) rule.members.set(filter, target)
  target.members.set(property as string, LISTS.has(word) ? listOf(leaf, String(leaf.value).split(',')) : leaf)
}

function partOf(leaf: Leaf, value: Leaf['value']): Leaf {
  return { ...leaf, value, origin: leaf.origin ?? leaf }
}

function lostPart(leaf: Leaf, value: string): Leaf {
  return { ...partOf(leaf, value), lost: true }
}

function listOf(leaf: Leaf, texts: readonly string[]): Branch {
  return branchOf(
    leaf.span,
    texts.map((text, i): [string, Node] => [String(i), partOf(leaf, text.trim())]),
  )
}

function addAction(rule: Branch, leaf: Leaf | undefined): void {
  const [inbound, outbound] = rowOf(ACTIONS, String(leaf?.value ?? '').toLowerCase()) ?? []
  if (!leaf || inbound === undefined || outbound === undefined) return
  rule.members.delete('netsh action')
  rule.members.set('InboundSecurity', partOf(leaf, inbound))
  rule.members.set('OutboundSecurity', partOf(leaf, outbound))
}

function addSets(rule: Branch, leaves: ReadonlyMap<string, Leaf>, made: Firewall, id: string): void {
  const add = (
    kind: 'phase1AuthSets' | 'phase2AuthSets' | 'quickModeCryptoSets',
    property: string,
    members: readonly (readonly [string, Node])[],
  ) => {
    const name: Leaf = { sort: 'leaf', word: property, value: id, span: rule.span, scope: SCOPE, made: true }
    made[kind].push(branchOf(rule.span, [['InstanceID', name], ...members]))
    rule.members.set(property, name)
  }
  const [auth1, auth2] = [leaves.get('auth1'), leaves.get('auth2')]
  if (auth1) add('phase1AuthSets', 'Phase1AuthSet', [['Proposals', methodsIn(auth1, leaves, 'auth1')]])
  if (auth2) add('phase2AuthSets', 'Phase2AuthSet', [['Proposals', methodsIn(auth2, leaves, 'auth2')]])
  const methods = leaves.get('qmsecmethods')
  if (!methods || /^default$/i.test(String(methods.value))) return
  const pfs = leaves.get('qmpfs')
  rule.members.delete('netsh qmpfs')
  rule.members.delete('netsh qmsecmethods')
  add('quickModeCryptoSets', 'QuickModeCryptoSet', [
    ['Proposals', proposalsIn(methods)],
    ...(pfs ? [['PfsGroupID', pfs] as const] : []),
  ])
}

function methodsIn(leaf: Leaf, leaves: ReadonlyMap<string, Leaf>, prefix: string): Branch {
  const proposals = String(leaf.value)
    .split(',')
    .map((word, i): [string, Node] => {
      const [code, signature] = rowOf(METHODS, word.trim().toLowerCase()) ?? []
      const ca = leaves.get(`${prefix}${signature ? `ecdsap${signature.slice(-3)}` : ''}ca`)
      const proxy = leaves.get(`${prefix}kerbproxyfqdn`)
      const key = leaves.get(`${prefix}psk`)
      const members: [string, Node][] = [['AuthenticationMethod', partOf(leaf, code ?? word)]]
      if (signature !== undefined) members.push(['SigningAlgorithm', partOf(leaf, signature)])
      if (code === 2 && key) members.push(['PreSharedKey', key])
      if (code === 65002 && proxy) members.push(['ProxyServer', proxy])
      if ((code === 65006 || code === 65007) && ca) members.push(...authorityIn(ca))
      return [String(i), branchOf(leaf.span, members)]
    })
  return branchOf(leaf.span, proposals)
}

/** `CN=Root certmapping:yes catype:intermediate`; of several authorities, parted by `|`, the first. What else is said goes nowhere. */
const AUTHORITY_WORDS: { readonly [word: string]: string } = {
  certmapping: 'MapToAccount',
  catype: 'TrustedCAType',
  certhash: 'Thumbprint',
  followrenewal: 'FollowRenewal',
  certeku: 'EKUs',
  certname: 'CertName',
  certnametype: 'CertNameType',
}

function authorityIn(leaf: Leaf): [string, Node][] {
  const [first = '', ...further] = String(leaf.value).split('|')
  const name = first.replace(
    /\s+(?:certmapping|excludecaname|catype|certhash|followrenewal|certeku|certname|certnametype|certcriteriatype):\S+/gi,
    '',
  )
  const words = [...first.matchAll(/([a-z]+):(\S+)/gi)].map(([whole, word = '', value = '']): [string, Node] => {
    const property = rowOf(AUTHORITY_WORDS, word.toLowerCase())
    return property === undefined ? [whole, lostPart(leaf, whole)] : [property, partOf(leaf, value)]
  })
  const others = further.map((other): [string, Node] => [other, lostPart(leaf, other)])
  return [['TrustedCA', partOf(leaf, name.trim().replaceAll("'", ''))], ...words, ...others]
}

/** `esp:sha1-aes256+60min+100000kb`, `ah:sha1+esp:sha1-3des`, with commas between them. */
function proposalsIn(leaf: Leaf): Branch {
  const proposals = String(leaf.value)
    .split(',')
    .map((text, i): [string, Node] => [String(i), proposalIn(leaf, text.trim().toLowerCase())])
  return branchOf(leaf.span, proposals)
}

function proposalIn(leaf: Leaf, text: string): Branch {
  const members: [string, Node][] = []
  const put = (name: string, value: string) => members.push([name, partOf(leaf, value)])
  const parts = text.split('+')
  put('Encapsulation', parts.flatMap((part) => /^(ah|esp):/.exec(part)?.[1] ?? []).join(' ') || 'none')
  for (const part of parts) {
    const [, protocol, hash = '', cipher] = /^(ah|esp):([^-]+)(?:-(.+))?$/.exec(part) ?? []
    if (protocol === 'ah') put('HashAlgorithmAH', hash)
    if (protocol === 'esp') put('HashAlgorithmESP', hash)
    if (cipher !== undefined) put('CipherAlgorithm', cipher)
    const [, count, unit] = /^(\d+)(min|kb)$/.exec(part) ?? []
    if (protocol === undefined && count === undefined) members.push([part, lostPart(leaf, part)])
    if (count !== undefined) put(unit === 'min' ? 'MaxLifetimeMinutes' : 'MaxLifetimeKilobytes', count)
  }
  return branchOf(leaf.span, members)
}
