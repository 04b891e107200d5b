/**
 * Connections of strongSwan's swanctl.conf → tunnels, one for each child. This host takes the place of the one that had the file.
 *
 * @see https://docs.strongswan.org/docs/latest/swanctl/swanctlConf.html
 * @see https://docs.strongswan.org/docs/latest/config/proposals.html
 */

import { formatDuration, formatSize, type Json, type JsonObject } from '../base/index.ts'
import {
  type Branch,
  branchAt,
  branchOf,
  type Draft,
  type Leaf,
  LeftOut,
  leafAt,
  scoped,
  type TunnelMade,
  textOf,
} from './source.ts'
import { algorithms, espOf, keyToFill, type Made, networkOf } from './tunnel.ts'

/** A child, and the connection that it belongs to. */
export interface Child {
  readonly title: string
  readonly connection: Branch
  readonly child: Branch
  /** both, without the children beside it */
  readonly whole: Branch
}

/** Every child of every connection, with the parts of the table that its words stand in. */
export function childrenOf(root: Branch): readonly Child[] {
  scoped(root, 'swanctl other')
  for (const [name, section] of root.members)
    if (section.sort === 'branch') scoped(section, `swanctl ${name === 'secrets' ? 'secrets' : 'other'}`)
  return sectionsOf(branchAt(root, 'connections')).flatMap(([name, connection]) => {
    scopeConnection(connection)
    let children = sectionsOf(branchAt(connection, 'children'))
    if (children.length === 0) children = [[name, branchOf(connection.span)]]
    const shared = [...connection.members].filter(([member]) => member !== 'children')
    return children.map(([own, child]) => ({
      title: children.length === 1 ? name : `${name}-${own}`,
      connection,
      child,
      whole: branchOf(connection.span, [...shared, ['children', child]]),
    }))
  })
}

function scopeConnection(connection: Branch): void {
  scoped(connection, 'swanctl connections')
  for (const [name, section] of sectionsOf(connection)) {
    const scope = /^local/.test(name) ? 'local' : /^remote/.test(name) ? 'remote' : name
    scoped(section, `swanctl ${scope}`)
  }
}

function sectionsOf(branch: Branch | undefined): readonly (readonly [string, Branch])[] {
  return [...(branch?.members ?? [])].flatMap(([name, node]) => (node.sort === 'branch' ? [[name, node] as const] : []))
}

/** @throws LeftOut for what is no tunnel between two addresses */
export function tunnelOfChild({ title, connection, child, whole }: Child, draft: Draft): TunnelMade {
  const mode = leafAt(child, 'mode')
  if (!/^tunnel$/i.test(textOf(mode) ?? 'tunnel'))
    throw new LeftOut(`its mode is ${textOf(mode)}, and wfpctl declares tunnels alone`, mode)
  draft.carried(mode)
  const keyModule = keyModuleOf(leafAt(connection, 'version'), draft)
  const endpoints = endpointsOf(connection, draft)
  const quickMode = quickModeOf(child, draft)
  const spec: JsonObject = {
    mode: 'gateway',
    keyModule,
    endpoints,
    traffic: {
      local: selectorsOf(leafAt(child, 'local_ts'), endpoints.local, draft),
      remote: selectorsOf(leafAt(child, 'remote_ts'), endpoints.remote, draft),
    },
    mainMode: mainModeOf(connection, title, keyModule, draft),
    quickMode,
  }
  return { title, spec, from: whole }
}

function keyModuleOf(leaf: Leaf | undefined, draft: Draft): string {
  const text = textOf(leaf) ?? '0'
  if (text === '1' || text === '2') draft.carried(leaf)
  else if (leaf) draft.changed(leaf, 'strongSwan takes either version; a tunnel has one, and it is ikev2')
  else draft.remark('no version is said: strongSwan takes either, and a tunnel has one: ikev2')
  return text === '1' ? 'ikev1' : 'ikev2'
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i

function endpointsOf(connection: Branch, draft: Draft): { readonly [field: string]: Json } {
  const [local, remote] = ['local_addrs', 'remote_addrs'].map((name) => leafAt(connection, name))
  const locals = addressesOf(local)
  const remotes = addressesOf(remote)
  const names = wordsOf(remote).filter(
    (word) => !ADDRESS.test(word) && /^[A-Za-z0-9_.-]+$/.test(word) && /[A-Za-z]/.test(word),
  )
  if (locals.length === 1) draft.carried(local)
  else if (local)
    draft.changed(
      local,
      locals.length > 1 ? 'a tunnel ends here at one address: the first' : 'a tunnel ends at an address',
    )
  if (remotes.length + names.length > 0 && (remotes.length || 1) === wordsOf(remote).length) draft.carried(remote)
  else if (remotes.length + names.length > 0) draft.changed(remote, 'the first name, or the addresses alone')
  return {
    ...(locals[0] !== undefined && { local: locals[0] }),
    ...(remotes.length > 0 && { remote: remotes.length === 1 ? (remotes[0] as string) : remotes }),
    ...(remotes.length === 0 && names[0] !== undefined && { remoteFqdn: names[0] }),
  }
}

function addressesOf(leaf: Leaf | undefined): readonly string[] {
  return wordsOf(leaf).filter((word) => ADDRESS.test(word) && !/^(?:0\.0\.0\.0|::)$/.test(word))
}

function wordsOf(leaf: Leaf | undefined): readonly string[] {
  return (textOf(leaf) ?? '').split(/[\s,]+/).filter((word) => word !== '')
}

/** `dynamic`, or nothing: the end of the tunnel itself. A protocol or port in brackets would narrow it. */
function selectorsOf(leaf: Leaf | undefined, end: Json | undefined, draft: Draft): readonly string[] {
  const selectors = (textOf(leaf) ?? 'dynamic').split(/\s*,\s*/)
  const networks = selectors.flatMap((selector) => {
    if (/\[/.test(selector))
      throw new LeftOut(`its traffic ${selector} is of one protocol or port: write it as pointToPoint`, leaf)
    if (/^dynamic$/i.test(selector)) return typeof end === 'string' ? [end] : []
    return networkOf(selector) ?? []
  })
  if (networks.length < selectors.length && leaf) throw new LeftOut(`its traffic is not written as networks`, leaf)
  draft.carried(leaf)
  return networks
}

function mainModeOf(connection: Branch, title: string, keyModule: string, draft: Draft): JsonObject {
  const flags = flagsOf(connection, keyModule, draft)
  const lifetime = lifetimeOf(connection, draft)
  const found = proposalsIn(leafAt(connection, 'proposals'), mainModeProposal, draft)
  const proposals = found ?? [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20' }]
  if (!found)
    draft.remark('no proposals are said: strongSwan has a list of its own, and the one of the manifest is ours')
  return {
    authentication: authenticationOf(connection, title, draft),
    proposals: proposals.map((proposal) => ({ ...proposal, ...(lifetime !== undefined && { lifetime }) })),
    ...(flags.length > 0 && { flags }),
  }
}

function flagsOf(connection: Branch, keyModule: string, draft: Draft): readonly string[] {
  const [fragmentation, mobike] = ['fragmentation', 'mobike'].map((name) => leafAt(connection, name))
  if (keyModule !== 'ikev2') return []
  draft.carried(fragmentation)
  draft.carried(mobike)
  return [
    ...(/^(?:yes|force|true|1)$/i.test(textOf(fragmentation) ?? '') ? ['enableIkev2Fragmentation'] : []),
    ...(isNo(mobike) ? ['mobikeNotSupported'] : []),
  ]
}

function isNo(leaf: Leaf | undefined): boolean {
  return /^(?:no|false|0)$/i.test(textOf(leaf) ?? '')
}

/** strongSwan makes new keys at one time and gives up at a later one; Windows has one time. */
function lifetimeOf(connection: Branch, draft: Draft): string | undefined {
  const leaves = ['rekey_time', 'reauth_time'].map((name) => leafAt(connection, name))
  const leaf = leaves.find((one) => secondsOf(one) > 0)
  for (const other of leaves.filter((one) => one !== leaf)) {
    if (/^0/.test(textOf(other) ?? '0')) draft.carried(other)
    else draft.dropped(other, leaf ? 'Windows has one lifetime: the other is carried' : 'it is no time')
  }
  if (!leaf) return undefined
  draft.changed(leaf, 'the lifetime: strongSwan makes new keys then, and lets the old ones stand a little longer')
  return formatDuration(secondsOf(leaf))
}

const UNITS: { readonly [unit: string]: number } = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

function secondsOf(leaf: Leaf | undefined): number {
  const [, count, unit = ''] = /^(\d+)\s*([smhd]?)$/i.exec(textOf(leaf) ?? '') ?? []
  return Number(count ?? 0) * (UNITS[unit.toLowerCase()] ?? 0)
}

function authenticationOf(connection: Branch, title: string, draft: Draft): readonly JsonObject[] {
  const sections = (kind: string) =>
    sectionsOf(connection)
      .filter(([name]) => name.startsWith(kind))
      .map(([, one]) => one)
  const sides = [...sections('local'), ...sections('remote')].map((section) => leafAt(section, 'auth'))
  const methods = sides.map((leaf) => (textOf(leaf) ?? 'pubkey').toLowerCase())
  const odd = methods.findIndex((method) => !/^(?:psk|pubkey|rsa|ecdsa)/.test(method))
  if (odd >= 0)
    throw new LeftOut(`it is authenticated by ${methods[odd]}, which a tunnel between gateways has not`, sides[odd])
  for (const leaf of sides) draft.carried(leaf)
  const isKey = methods.length > 0 && methods.every((method) => method === 'psk')
  if (!isKey && methods.includes('psk')) throw new LeftOut('its ends are authenticated by different methods', sides[0])
  if (!isKey) return [certificateOf(sections('remote'), draft)]
  const key = keyToFill(title)
  draft.remark(
    `the key: put it into the variable ${String((key.presharedKey as JsonObject).env)}, or name another place`,
  )
  return [key]
}

/** The files are those of strongSwan; what is trusted is said by its name. */
function certificateOf(remotes: readonly Branch[], draft: Draft): JsonObject {
  for (const remote of remotes)
    draft.changed(leafAt(remote, 'cacerts'), 'any root that Windows trusts: write the name of the authority as `ca`')
  draft.remark(
    'the certificates: import key and certificate into the store of the computer; any trusted root is accepted',
  )
  return { certificate: { trust: { store: 'trustedRoot' } } }
}

function quickModeOf(child: Branch, draft: Draft): JsonObject {
  const [esp, ah] = ['esp_proposals', 'ah_proposals'].map((name) => leafAt(child, name))
  const groups = new Set<string>()
  const lifetime = childLifetime(child, draft)
  const make = (kind: 'esp' | 'ah') => (suite: Suite) => quickModeProposal(kind, suite, groups)
  const found = [...(proposalsIn(esp, make('esp'), draft) ?? []), ...(proposalsIn(ah, make('ah'), draft) ?? [])]
  if (found.length === 0)
    draft.remark('no proposals are said: strongSwan has a list of its own, and the one of the manifest is ours')
  const proposals = found.length > 0 ? found : [{ esp: { aead: 'aes256gcm' } }]
  if (groups.size > 1) draft.changed(esp ?? ah, `a tunnel has one group of perfect forward secrecy: ${[...groups][0]}`)
  const inactivity = leafAt(child, 'inactivity')
  if (secondsOf(inactivity) > 0) draft.changed(inactivity, 'Windows lets the keys go, and the tunnel stands')
  const [group] = groups
  return {
    ...(group !== undefined && { pfs: group }),
    proposals: proposals.map((proposal) => ({ ...proposal, ...(Object.keys(lifetime).length > 0 && { lifetime }) })),
    ...(secondsOf(inactivity) > 0 && { idleTimeout: { normal: formatDuration(secondsOf(inactivity)) } }),
    ...(isNo(leafAt(child, 'copy_df')) && clearDf(child, draft)),
  }
}

function clearDf(child: Branch, draft: Draft): JsonObject {
  draft.carried(leafAt(child, 'copy_df'))
  return { flags: ['clearDfOnTunnel'] }
}

function childLifetime(child: Branch, draft: Draft): JsonObject {
  const first = (...names: readonly string[]) =>
    names.map((name) => leafAt(child, name)).find((leaf) => Number.parseInt(textOf(leaf) ?? '0', 10) > 0)
  const [time, bytes, packets] = [
    first('life_time', 'rekey_time'),
    first('life_bytes', 'rekey_bytes'),
    first('life_packets', 'rekey_packets'),
  ]
  for (const name of ['life_time', 'rekey_time', 'life_bytes', 'rekey_bytes', 'life_packets', 'rekey_packets']) {
    const leaf = leafAt(child, name)
    if (leaf !== undefined && leaf !== time && leaf !== bytes && leaf !== packets)
      draft.changed(leaf, 'Windows has one lifetime of a sort: the other is carried')
  }
  for (const leaf of [time, bytes, packets]) draft.carried(leaf)
  const size = Number(/^\d+/.exec(textOf(bytes) ?? '')?.[0] ?? 0)
  return {
    ...(time && { time: formatDuration(secondsOf(time)) }),
    ...(size > 0 && { data: formatSize(Math.ceil(size / 1024)) }),
    ...(packets && { packets: Math.min(2_147_483_647, Number(textOf(packets))) }),
  }
}

/** `aes256-sha256-modp2048, default`: those that could be made; nothing where none was written. */
function proposalsIn(
  leaf: Leaf | undefined,
  make: (suite: Suite) => Made<JsonObject>,
  draft: Draft,
): JsonObject[] | undefined {
  const written = (textOf(leaf) ?? 'default')
    .toLowerCase()
    .split(/\s*,\s*/)
    .filter((one) => one !== 'default' && one !== '')
  if (written.length === 0) {
    if (leaf) draft.changed(leaf, 'the list of strongSwan itself has no word')
    return undefined
  }
  const made = written.flatMap((proposal) =>
    suitesOf(proposal.split('-')).flatMap((suite) => {
      const result = make(suite)
      if ('why' in result) draft.dropped(leaf, `${proposal} is left out: ${result.why}`)
      else draft.carried(leaf)
      return 'value' in result ? [result.value] : []
    }),
  )
  if (made.length === 0) throw new LeftOut('none of its proposals could be made', leaf)
  return made
}

const GROUP = /^(?:modp|ecp|curve|x25519|x448|mlkem|ke\d)/
const CIPHER = /^(?:aes|3des|des|null|camellia|chacha|blowfish|cast|twofish|serpent|aria)(?!.*xcbc|.*cmac)/
/** of IKEv2 alone; Windows takes the hash for it */
const PRF = /^prf/

interface Suite {
  readonly cipher: string
  readonly hash: string
  readonly group: string | undefined
}

/** Several algorithms of a sort are alternatives: each with each of the others, in the order that they are written. */
function suitesOf(words: readonly string[]): readonly Suite[] {
  const counted = words.filter((word) => !PRF.test(word) && !/^(?:no)?esn$/.test(word))
  const groups = counted.filter((word) => GROUP.test(word))
  const ciphers = counted.filter((word) => CIPHER.test(word))
  const hashes = counted.filter((word) => !GROUP.test(word) && !CIPHER.test(word))
  const or = <T>(list: readonly string[], other: T): readonly (string | T)[] => (list.length > 0 ? list : [other])
  return or(ciphers, 'none').flatMap((cipher) =>
    or(hashes, 'none').flatMap((hash) => or(groups, undefined).map((group) => ({ cipher, hash, group }))),
  )
}

function mainModeProposal({ cipher, hash, group }: Suite): Made<JsonObject> {
  return algorithms({
    encryption: ['mainModeEncryption', cipher],
    integrity: ['mainModeIntegrity', hash],
    dh: ['dh', group ?? 'none'],
  })
}

function quickModeProposal(kind: 'esp' | 'ah', { cipher, hash, group }: Suite, groups: Set<string>): Made<JsonObject> {
  const made = kind === 'esp' ? espOf(cipher, hash) : algorithms({ integrity: ['ahIntegrity', hash] })
  if ('why' in made) return made
  const pfs = algorithms({ pfs: ['pfs', group ?? 'none'] })
  if ('why' in pfs) return pfs
  groups.add(pfs.value.pfs)
  return { value: { [kind]: made.value } }
}
