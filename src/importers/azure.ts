/**
 * Connections of an Azure VPN gateway → tunnels of the host at the other end: what is local to Azure is remote here.
 *
 * Read are the answers of `az network vpn-connection show`, `az network local-gateway show`, `az network public-ip show` and `az network
 * vnet show`, resources of an ARM template, and lists of all of them.
 *
 * @see https://learn.microsoft.com/azure/templates/microsoft.network/connections
 * @see https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-compliance-crypto
 */

import { formatDuration, formatSize, type Json, type JsonObject } from '../base/index.ts'
import {
  type Branch,
  branchAt,
  branchOf,
  type Draft,
  itemsOf,
  type Leaf,
  LeftOut,
  leafAt,
  leavesOf,
  member,
  scoped,
  type TunnelMade,
  textOf,
} from './source.ts'
import { algorithms, espOf, keyToFill, networkOf } from './tunnel.ts'

/** What was found in the files, by what it is. */
export interface AzureResources {
  readonly connections: readonly Branch[]
  readonly localGateways: readonly Branch[]
  readonly publicAddresses: readonly Branch[]
  readonly networks: readonly Branch[]
}

/** A resource with its `properties` beside its name: what `az` prints and what ARM has look the same then. */
export function resourcesIn(roots: readonly Branch[]): AzureResources {
  const all = roots.flatMap(listed).map(flat)
  const having = (name: string) => all.filter((one) => member(one, name) !== undefined)
  return {
    connections: having('connectionType').map((one) => scopeConnection(scoped(one, 'azure connection'))),
    localGateways: [...having('localNetworkAddressSpace'), ...having('gatewayIpAddress')]
      .filter((one, i, list) => list.indexOf(one) === i)
      .map((one) => scoped(one, 'azure localNetworkGateway')),
    publicAddresses: having('publicIPAllocationMethod').map((one) => scoped(one, 'azure virtualNetworkGateway')),
    networks: having('addressSpace').map((one) => scoped(one, 'azure virtualNetworkGateway')),
  }
}

function listed(root: Branch): readonly Branch[] {
  const list = ['value', 'resources'].map((name) => branchAt(root, name)).find((one) => one !== undefined)
  const isList = [...root.members.keys()].every((name, i) => name === String(i)) && root.members.size > 0
  const from = list ?? (isList ? root : undefined)
  return from ? itemsOf(from).flatMap((one) => (one.sort === 'branch' ? [one] : [])) : [root]
}

function flat(resource: Branch): Branch {
  const properties = branchAt(resource, 'properties')
  const members = [...resource.members].filter(([name]) => name !== 'properties')
  return properties ? branchOf(resource.span, [...members, ...properties.members]) : resource
}

function scopeConnection(connection: Branch): Branch {
  for (const name of ['ipsecPolicies', 'trafficSelectorPolicies']) {
    const node = member(connection, name)
    if (node) scoped(node, `azure ${name}`)
  }
  const gateway = branchAt(connection, 'localNetworkGateway2')
  if (gateway) scoped(gateway, 'azure localNetworkGateway')
  const other = branchAt(connection, 'virtualNetworkGateway1')
  if (other) scoped(other, 'azure other')
  return connection
}

/** @throws LeftOut for what is no IPsec connection */
export function tunnelOfConnection(connection: Branch, resources: AzureResources, draft: Draft): TunnelMade {
  const title = textOf(leafAt(connection, 'name')) ?? 'azure'
  const type = leafAt(connection, 'connectionType')
  if (!/^ipsec$/i.test(textOf(type) ?? ''))
    throw new LeftOut(`it is a connection of type ${textOf(type)}, and no IPsec tunnel`, type)
  draft.carried(type)
  draft.carried(leafAt(connection, 'name'))
  const gateway = localGatewayOf(connection, resources)
  const keyModule = keyModuleOf(leafAt(connection, 'connectionProtocol'), draft)
  const policies = itemsOf(member(connection, 'ipsecPolicies')).flatMap((one) => (one.sort === 'branch' ? [one] : []))
  const spec: JsonObject = {
    mode: 'gateway',
    keyModule,
    endpoints: endpointsOf(gateway, resources, draft),
    traffic: trafficOf(connection, gateway, resources, draft),
    mainMode: { authentication: [keyOf(connection, title, draft)], proposals: mainModeProposals(policies, draft) },
    quickMode: quickModeOf(policies, draft),
  }
  return { title, spec, from: connection }
}

/** In full, or known by its name: what a connection shows of it is often its id alone. */
function localGatewayOf(connection: Branch, { localGateways }: AzureResources): Branch | undefined {
  const inside = branchAt(connection, 'localNetworkGateway2')
  const whole = inside && flat(inside)
  if (whole && (member(whole, 'gatewayIpAddress') || member(whole, 'localNetworkAddressSpace'))) return whole
  const name = textOf(leafAt(inside, 'id'))?.split('/').at(-1)?.toLowerCase()
  const found = localGateways.find((one) => textOf(leafAt(one, 'name'))?.toLowerCase() === name)
  return found ?? (localGateways.length === 1 ? localGateways[0] : undefined)
}

function keyModuleOf(leaf: Leaf | undefined, draft: Draft): string {
  draft.carried(leaf)
  return /1$/.test(textOf(leaf) ?? '') ? 'ikev1' : 'ikev2'
}

function endpointsOf(
  gateway: Branch | undefined,
  { publicAddresses }: AzureResources,
  draft: Draft,
): { readonly [field: string]: Json } {
  const local = leafAt(gateway, 'gatewayIpAddress')
  const remotes = publicAddresses.map((one) => leafAt(one, 'ipAddress'))
  for (const leaf of [local, ...remotes]) draft.carried(leaf)
  const addresses = remotes.flatMap((leaf) => textOf(leaf) ?? [])
  if (local)
    draft.remark('endpoints.local is the address that Azure sees; behind NAT, write the one that this host has')
  return {
    ...(textOf(local) !== undefined && { local: textOf(local) as string }),
    ...(addresses.length > 0 && { remote: addresses.length === 1 ? (addresses[0] as string) : addresses }),
  }
}

/** Selectors of the connection, or the address spaces of both sides. */
function trafficOf(
  connection: Branch,
  gateway: Branch | undefined,
  { networks }: AzureResources,
  draft: Draft,
): JsonObject {
  const selectors = itemsOf(member(connection, 'trafficSelectorPolicies')).flatMap((one) =>
    one.sort === 'branch' ? [one] : [],
  )
  if (selectors.length > 1)
    draft.remark('its traffic selectors are pairs: here every local network goes with every remote one')
  const ranges = (name: string) => selectors.flatMap((one) => leavesOf(member(one, name)))
  const spaces = (branch: Branch | undefined, name: string) =>
    leavesOf(member(branchAt(branch, name), 'addressPrefixes'))
  const local = ranges('remoteAddressRanges')
  const remote = ranges('localAddressRanges')
  const policyBased = leafAt(connection, 'usePolicyBasedTrafficSelectors')
  if (policyBased?.value === true || selectors.length > 0) draft.carried(policyBased)
  else if (policyBased)
    draft.changed(
      policyBased,
      'the gateway is route-based and offers 0.0.0.0/0 for both sides: set it to true, or write that',
    )
  const remotes = remote.length > 0 ? remote : networks.flatMap((one) => spaces(one, 'addressSpace'))
  const locals = local.length > 0 ? local : spaces(gateway, 'localNetworkAddressSpace')
  return { ...listOf('local', locals, locals, draft), ...listOf('remote', remotes, locals, draft) }
}

const isIpv6 = (leaf: Leaf): boolean => String(leaf.value).includes(':')

/** A tunnel is of one family: that of the networks on this side. */
function listOf(side: string, leaves: readonly Leaf[], locals: readonly Leaf[], draft: Draft): JsonObject {
  const [first] = locals
  const networks = leaves.flatMap((leaf) => {
    const isOther = first !== undefined && isIpv6(leaf) !== isIpv6(first)
    const network = isOther ? undefined : networkOf(textOf(leaf) ?? '')
    if (network === undefined) draft.dropped(leaf, isOther ? 'it is of another address family' : 'it is no network')
    else draft.carried(leaf, `spec.traffic.${side}`)
    return network ?? []
  })
  return networks.length > 0 ? { [side]: [...new Set(networks)] } : {}
}

function keyOf(connection: Branch, title: string, draft: Draft): JsonObject {
  const key = keyToFill(title)
  const note = `put the key into the variable ${String((key.presharedKey as JsonObject).env)}, or name another place`
  const written = leafAt(connection, 'sharedKey')
  if (written) draft.changed(written, `no key is copied: ${note}`)
  draft.carried(leafAt(connection, 'authenticationType'))
  draft.remark(`the key: ${note}`)
  return key
}

/** What a gateway of Azure offers where a connection has no policy of its own, as its documentation lists it, strongest first. */
const OFFERED = {
  mainMode: [{ encryption: 'aes256', integrity: 'sha256', dh: 'dh2', lifetime: '8h' }],
  quickMode: [{ esp: { aead: 'aes256gcm' }, lifetime: { time: '7h30m', data: '102400000KB' } }],
} as const

function mainModeProposals(policies: readonly Branch[], draft: Draft): readonly JsonObject[] {
  if (policies.length === 0) {
    draft.remark('the connection has no policy of its own: the proposals are those that a gateway of Azure offers')
    return OFFERED.mainMode
  }
  return policies.map((policy) => {
    const at = (name: string) => leafAt(policy, name)
    const leaves = [at('ikeEncryption'), at('ikeIntegrity'), at('dhGroup')] as const
    const [encryption, integrity, dh] = leaves.map((leaf) => textOf(leaf) ?? 'none') as [string, string, string]
    const made = algorithms({
      encryption: ['mainModeEncryption', encryption],
      integrity: ['mainModeIntegrity', integrity],
      dh: ['dh', dh],
    })
    if ('why' in made) throw new LeftOut(`its main mode: ${made.why}`, policy)
    for (const leaf of leaves) draft.carried(leaf)
    return { ...made.value, lifetime: '8h' }
  })
}

function quickModeOf(policies: readonly Branch[], draft: Draft): JsonObject {
  if (policies.length === 0) return { proposals: OFFERED.quickMode as readonly JsonObject[] }
  const group = pfsOf(policies[0] as Branch, draft)
  for (const policy of policies.slice(1))
    draft.dropped(leafAt(policy, 'pfsGroup'), 'a tunnel has one group: that of the first policy')
  return { pfs: group, proposals: policies.map((policy) => quickModeProposal(policy, draft)) }
}

function pfsOf(policy: Branch, draft: Draft): string {
  const leaf = leafAt(policy, 'pfsGroup')
  const made = algorithms({ pfs: ['pfs', textOf(leaf) ?? 'none'] })
  if ('why' in made) throw new LeftOut(`its group of perfect forward secrecy: ${made.why}`, leaf)
  draft.carried(leaf)
  return made.value.pfs
}

function quickModeProposal(policy: Branch, draft: Draft): JsonObject {
  const at = (name: string) => leafAt(policy, name)
  const made = espOf(textOf(at('ipsecEncryption')) ?? 'none', textOf(at('ipsecIntegrity')) ?? 'none')
  if ('why' in made) throw new LeftOut(`its quick mode: ${made.why}`, policy)
  const time = at('saLifeTimeSeconds') ?? at('saLifetimeSeconds')
  const data = at('saDataSizeKilobytes')
  for (const leaf of [at('ipsecEncryption'), at('ipsecIntegrity'), time, data]) draft.carried(leaf)
  const [seconds, size] = [time, data].map((leaf) => Number(textOf(leaf) ?? 0)) as [number, number]
  return {
    esp: made.value,
    lifetime: { ...(seconds > 0 && { time: formatDuration(seconds) }), ...(size > 0 && { data: formatSize(size) }) },
  }
}
