/**
 * Connection security rules of the Windows firewall → tunnels. They come from an export (packaging/export-netipsec.ps1), from cmdlets or from
 * netsh: all three are read into the names of the CIM classes, with numbers or the words of their enumerations.
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/msft-netconsecrule
 */

import { formatDuration, type Json, type JsonObject } from '../base/index.ts'
import { authenticationOf, methodsOf } from './netipsec-authentication.ts'
import { mainModeProposals, quickModeProposals, type Words, wordOf } from './netipsec-proposals.ts'
import {
  type Branch,
  branchAt,
  type Draft,
  type Leaf,
  LeftOut,
  leafAt,
  leavesOf,
  member,
  type Node,
  type TunnelMade,
  textOf,
} from './source.ts'
import { algorithms, descriptionOf, everywhere, networkOf } from './tunnel.ts'

/** Everything that rules refer to. */
export interface Firewall {
  readonly rules: Branch[]
  readonly mainModeRules: Branch[]
  readonly mainModeCryptoSets: Branch[]
  readonly quickModeCryptoSets: Branch[]
  readonly phase1AuthSets: Branch[]
  readonly phase2AuthSets: Branch[]
}

export function emptyFirewall(): Firewall {
  return {
    rules: [],
    mainModeRules: [],
    mainModeCryptoSets: [],
    quickModeCryptoSets: [],
    phase1AuthSets: [],
    phase2AuthSets: [],
  }
}

/** The sets that hold where a rule names none. */
export const DEFAULT_SETS = {
  mainModeCryptoSets: '{E5A5D32A-4BCE-4e4d-B07F-4AB1BA7E5FE1}',
  quickModeCryptoSets: '{E5A5D32A-4BCE-4e4d-B07F-4AB1BA7E5FE2}',
  phase1AuthSets: '{E5A5D32A-4BCE-4e4d-B07F-4AB1BA7E5FE3}',
  phase2AuthSets: '{E5A5D32A-4BCE-4e4d-B07F-4AB1BA7E5FE4}',
} as const

const MODES: Words = { 1: 'transport', 2: 'tunnel', none: 'transport', transport: 'transport', tunnel: 'tunnel' }
const SECURITY: Words = {
  0: 'none',
  1: 'request',
  2: 'require',
  none: 'none',
  never: 'none',
  request: 'request',
  require: 'require',
}
const YES: Words = { 1: 'yes', true: 'yes', yes: 'yes', 2: 'no', 0: 'no', false: 'no', no: 'no' }

export function titleOf(rule: Branch): string {
  return (
    textOf(leafAt(rule, 'DisplayName')) ??
    textOf(leafAt(rule, 'ElementName')) ??
    textOf(leafAt(rule, 'InstanceID')) ??
    'tunnel'
  )
}

/** @throws LeftOut where the rule is no tunnel, or one that no manifest holds */
export function tunnelOfRule(rule: Branch, firewall: Firewall, draft: Draft): TunnelMade {
  const title = titleOf(rule)
  const leaf = (name: string) => leafAt(rule, name)
  requireTunnel(rule, draft)
  const endpoints = endpointsOf(rule, draft)
  const mainModeRule = ruleOfEnds(firewall.mainModeRules, endpoints)
  const first = setOf(firewall, 'phase1AuthSets', firstSetName(rule, mainModeRule, draft), draft)
  const second = setOf(firewall, 'phase2AuthSets', leaf('Phase2AuthSet'), draft)
  const keyModule = keyModuleOf(leaf('KeyModule'), methodsOf(first), draft)
  const authentication = authenticationOf(first, title, draft)
  const mainModeSet = leaf('MainModeCryptoSet') ?? leafAt(mainModeRule, 'MainModeCryptoSet')
  const proposals = mainModeProposals(setOf(firewall, 'mainModeCryptoSets', mainModeSet, draft), draft)
  const spec: JsonObject = {
    ...describedBy(rule, title, draft),
    ...enabledOf(leaf('Enabled'), draft),
    keyModule,
    endpoints,
    ...trafficOf(rule, endpoints, draft),
    mainMode: { authentication: authentication as readonly JsonObject[], proposals },
    ...secondOf(second, keyModule, title, draft),
    quickMode: quickModeOf(rule, setOf(firewall, 'quickModeCryptoSets', leaf('QuickModeCryptoSet'), draft), draft),
  }
  return { title, spec, from: rule }
}

function requireTunnel(rule: Branch, draft: Draft): void {
  const mode = leafAt(rule, 'Mode')
  const inbound = leafAt(rule, 'InboundSecurity')
  const outbound = leafAt(rule, 'OutboundSecurity')
  if (wordOf(mode, MODES) !== 'tunnel')
    throw new LeftOut('it is a rule of transport mode, and wfpctl declares tunnels alone', mode ?? rule)
  if ([inbound, outbound].every((one) => wordOf(one, SECURITY) === 'none'))
    throw new LeftOut('it exempts traffic from IPsec, and is no tunnel', inbound ?? rule)
  draft.carried(mode)
}

function describedBy(rule: Branch, title: string, draft: Draft): JsonObject {
  for (const name of ['DisplayName', 'ElementName', 'InstanceID']) draft.carried(leafAt(rule, name))
  const leaf = leafAt(rule, 'Description')
  const description = descriptionOf(textOf(leaf) ?? title)
  draft.carried(leaf)
  return description === '' ? {} : { description }
}

function enabledOf(leaf: Leaf | undefined, draft: Draft): JsonObject {
  draft.carried(leaf)
  return wordOf(leaf, YES) === 'no' ? { enabled: false } : {}
}

const MODULE_BITS = { 1: 'ikev1', 2: 'authip', 4: 'ikev2' } as const

/** A rule may leave it to the system, whose default changed with Windows 11 24H2; a tunnel says it. */
function keyModuleOf(leaf: Leaf | undefined, methods: readonly string[], draft: Draft): string {
  const named = modulesIn(textOf(leaf) ?? '')
  if (named.length === 1) {
    draft.carried(leaf)
    return named[0] as string
  }
  const possible = named.length > 1 ? named : ['ikev1', 'authip']
  const wanted = methods.includes('presharedKey')
    ? ['ikev1']
    : methods.includes('certificate')
      ? ['ikev2', 'ikev1']
      : ['authip']
  const chosen = wanted.find((one) => possible.includes(one)) ?? (possible[0] as string)
  const note =
    named.length > 1
      ? `a tunnel has one key module, and of ${named.join(' and ')} it is ${chosen}: the peer has to speak it`
      : `the rule leaves the key module to the system, and a tunnel names one: ${chosen}, which the peer has to speak`
  if (leaf) draft.changed(leaf, note)
  else draft.remark(note)
  return chosen
}

function modulesIn(text: string): string[] {
  if (/^\d+$/.test(text))
    return Object.entries(MODULE_BITS).flatMap(([bit, name]) => (Number(text) & Number(bit) ? [name] : []))
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((name) => (Object.values(MODULE_BITS) as string[]).includes(name))
}

function endpointsOf(rule: Branch, draft: Draft): { readonly [field: string]: Json } {
  const local = addressesOf(member(rule, 'LocalTunnelEndpoint'), draft)
  const remote = addressesOf(member(rule, 'RemoteTunnelEndpoint'), draft)
  const name = leafAt(rule, 'RemoteTunnelEndpointDNSName')
  for (const leaf of local.slice(1)) draft.dropped(leaf, 'a tunnel ends here at one address')
  draft.carried(local[0])
  for (const leaf of remote) draft.carried(leaf)
  if (remote.length > 0 && textOf(name)) draft.dropped(name, 'the addresses stand instead of the name')
  else draft.carried(name)
  const addresses = remote.map((leaf) => textOf(leaf) as string)
  const fqdn = textOf(name)
  return {
    ...(local[0] && { local: textOf(local[0]) as string }),
    ...(addresses.length > 0
      ? { remote: addresses.length === 1 ? (addresses[0] as string) : addresses }
      : fqdn !== undefined && { remoteFqdn: fqdn }),
  }
}

/** `Any` is no end of a tunnel of ours. */
function addressesOf(node: Node | undefined, draft: Draft): readonly Leaf[] {
  const [any, addresses] = [true, false].map((wanted) =>
    leavesOf(node).filter((leaf) => /^any$/i.test(textOf(leaf) ?? 'any') === wanted),
  )
  for (const leaf of any as Leaf[]) draft.dropped(leaf, 'a tunnel ends at an address: give it with --fill')
  return addresses as readonly Leaf[]
}

/** The main mode rule that is for exactly these ends. */
function ruleOfEnds(
  rules: readonly Branch[],
  { local, remote }: { readonly [field: string]: Json },
): Branch | undefined {
  return rules.find((rule) => {
    const filter = branchAt(rule, 'AddressFilter')
    const is = (name: string, address: Json | undefined) =>
      leavesOf(member(filter, name)).some((leaf) => textOf(leaf)?.replace(/\/32$|\/128$/, '') === address)
    return is('LocalAddress', local) && is('RemoteAddress', remote)
  })
}

/** Main mode is negotiated before it is known which rule the traffic will match: a rule for these ends decides. */
function firstSetName(rule: Branch, mainModeRule: Branch | undefined, draft: Draft): Leaf | undefined {
  const [own, other] = [rule, mainModeRule].map((one) => leafAt(one, 'Phase1AuthSet'))
  draft.carried(branchAt(mainModeRule, 'AddressFilter'), 'spec.endpoints')
  if (own && other && textOf(own) !== textOf(other))
    draft.dropped(own, 'the main mode rule of these ends names another')
  else draft.carried(own)
  return other ?? own
}

/** The set that a rule names, or the default one; nothing where the source does not hold it. */
function setOf(
  firewall: Firewall,
  kind: keyof typeof DEFAULT_SETS,
  leaf: Leaf | undefined,
  draft: Draft,
): Branch | undefined {
  const wanted = (textOf(leaf) ?? DEFAULT_SETS[kind]).toLowerCase()
  const found = firewall[kind].find((set) =>
    ['InstanceID', 'Name'].some((name) => textOf(leafAt(set, name))?.toLowerCase() === wanted),
  )
  const isDefault = wanted === DEFAULT_SETS[kind].toLowerCase()
  if (!found && !isDefault) throw new LeftOut(`the source does not hold the set that it names`, leaf)
  draft.carried(leaf)
  return found
}

function trafficOf(rule: Branch, { local, remote }: { readonly [field: string]: Json }, draft: Draft): JsonObject {
  const addresses = branchAt(rule, 'AddressFilter')
  const ports = branchAt(rule, 'PortFilter')
  const end = [local, remote].flat().find((one) => typeof one === 'string') as string | undefined
  const protocol = leafAt(ports, 'Protocol')
  const isAny = /^any$/i.test(textOf(protocol) ?? 'any')
  draft.carried(protocol)
  const narrowed: JsonObject = isAny
    ? {}
    : {
        protocol: /^\d+$/.test(textOf(protocol) as string)
          ? Number(textOf(protocol))
          : protocolWord(textOf(protocol) as string),
        ...portOf(member(ports, 'LocalPort'), 'localPort', draft),
        ...portOf(member(ports, 'RemotePort'), 'remotePort', draft),
      }
  return {
    mode: isAny ? 'gateway' : 'pointToPoint',
    traffic: {
      local: networksOf(member(addresses, 'LocalAddress'), end, draft),
      remote: networksOf(member(addresses, 'RemoteAddress'), end, draft),
      ...narrowed,
    },
  }
}

function protocolWord(text: string): string {
  return text.toLowerCase().replace('icmpv4', 'icmp')
}

function portOf(node: Node | undefined, field: string, draft: Draft): JsonObject {
  const ports = leavesOf(node).filter((leaf) => !/^any$/i.test(textOf(leaf) ?? 'any'))
  if (ports.length > 1) throw new LeftOut('it has several ports, and a tunnel has one port or one range', ports[1])
  draft.carried(node)
  return ports[0] ? { [field]: textOf(ports[0]) as string } : {}
}

/** What Windows finds out at run time (`LocalSubnet`, `DNS`) has no address to write. */
function networksOf(node: Node | undefined, end: string | undefined, draft: Draft): readonly string[] {
  const leaves = leavesOf(node)
  if (leaves.every((leaf) => /^any$/i.test(textOf(leaf) ?? 'any'))) {
    for (const leaf of leaves) draft.changed(leaf, `any address is ${everywhere(end)}`)
    return [everywhere(end)]
  }
  const networks = leaves.flatMap((leaf) => {
    const network = networkOf(textOf(leaf) ?? '')
    if (network === undefined)
      draft.dropped(leaf, 'Windows finds it out at run time: write the networks that are meant')
    else draft.carried(leaf)
    return network === undefined ? [] : [network]
  })
  if (networks.length === 0) throw new LeftOut('nothing of its traffic is an address', node)
  return networks
}

function secondOf(set: Branch | undefined, keyModule: string, title: string, draft: Draft): JsonObject {
  if (!set) return {}
  if (keyModule === 'authip')
    return { extendedMode: { authentication: authenticationOf(set, title, draft, 'spec.extendedMode.authentication') } }
  draft.dropped(
    branchAt(set, 'Proposals'),
    `a second authentication is a matter of authip, and this tunnel is ${keyModule}`,
  )
  return {}
}

function quickModeOf(rule: Branch, set: Branch | undefined, draft: Draft): JsonObject {
  const pfs = leafAt(set, 'PfsGroupID')
  const group = pfsOf(pfs, draft)
  const lifetime = leafAt(rule, 'MaxReturnPathLifetimeSeconds')
  const flags = flagsOf(rule, draft)
  const managers = managersOf(rule, draft)
  draft.carried(lifetime)
  return {
    ...(group !== undefined && { pfs: group }),
    proposals: quickModeProposals(set, draft),
    ...(Number(textOf(lifetime) ?? 0) > 0 && { forwardPathLifetime: formatDuration(Number(textOf(lifetime))) }),
    ...(flags.length > 0 && { flags }),
    ...(Object.keys(managers).length > 0 && { keyManagers: managers }),
  }
}

function pfsOf(leaf: Leaf | undefined, draft: Draft): string | undefined {
  const text = textOf(leaf)
  if (text === undefined || /^(?:0|none)$/i.test(text)) {
    draft.carried(leaf)
    return undefined
  }
  const made = algorithms({ pfs: ['pfs', text] })
  if ('why' in made) throw new LeftOut(`its group of perfect forward secrecy: ${made.why}`, leaf)
  draft.carried(leaf)
  return made.value.pfs
}

function flagsOf(rule: Branch, draft: Draft): string[] {
  const bypass = leafAt(rule, 'BypassTunnelIfEncrypted')
  const [inbound, outbound] = ['InboundSecurity', 'OutboundSecurity'].map((name) => leafAt(rule, name))
  const isClear = wordOf(outbound, SECURITY) === 'none'
  for (const leaf of [inbound, outbound]) {
    if (wordOf(leaf, SECURITY) === 'request') draft.changed(leaf, 'a tunnel requires what the rule requested')
    else draft.carried(leaf)
  }
  draft.carried(bypass)
  return [
    ...(isClear ? ['tunnelAllowOutboundClearConnection'] : []),
    ...(wordOf(bypass, YES) === 'yes' ? ['tunnelBypassAlreadySecureConnection'] : []),
  ]
}

function managersOf(rule: Branch, draft: Draft): JsonObject {
  const is = (name: string): boolean => {
    draft.carried(leafAt(rule, name))
    return wordOf(leafAt(rule, name), YES) === 'yes'
  }
  return { ...(is('AllowWatchKey') && { notify: true }), ...(is('AllowSetKey') && { dictate: true }) }
}
