/**
 * What FwpmIPsecTunnelAdd3 has to be given for a manifest, read from the manifest alone: the expectation that the witness's statement
 * is held against. Imports nothing from src; its shapes are the SDK's, its numbers are typed by hand.
 */
import { createHash } from 'node:crypto'
import type { Json } from '../statement.ts'
import { methods, type Secrets } from './authentication.ts'
import type { Reading } from './reading.ts'
import * as read from './scalars.ts'
import * as sdk from './sdk.ts'

export interface Identity {
  readonly name: string
  readonly set: string
}

/** Every argument but the engine's handle and the security descriptor. */
export function expectedCall(spec: Reading, identity: Identity, secrets: Secrets): { [field: string]: Json } {
  const { key, tunnel, mainMode } = sdk.KEY_MODULES[spec.at('keyModule').text]!
  const tunnelKey = spec.at('key').or(uuid(NAMESPACE, `${identity.set}/IPsecTunnel/${identity.name}`), plainGuid)
  return {
    flags: (spec.at('mode').text === 'pointToPoint' ? 1 : 0) + (spec.at('virtualInterface').value === true ? 2 : 0),
    mainModePolicy: spec.at('mainMode').written
      ? {
          ...head(spec, identity, uuid(tunnelKey, 'mainMode'), ''),
          type: mainMode[0],
          [mainMode[1]]: mainModePolicy(spec.at('mainMode'), spec.at('keyModule').text === 'ikev2', secrets),
        }
      : null,
    tunnelPolicy: {
      ...head(spec, identity, tunnelKey, '5746504301000000'),
      type: tunnel[0],
      [tunnel[1]]: tunnelPolicy(spec, secrets),
    },
    filterConditions: sorted(conditions(spec.at('traffic'))),
    keyModKey: key,
  }
}

/** Conditions have no order. */
export function sorted(conditions: Json[]): Json[] {
  return [...conditions].sort((a, b) => (JSON.stringify(inOrder(a)) < JSON.stringify(inOrder(b)) ? -1 : 1))
}

function inOrder(value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(inOrder)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, inOrder(inner)]),
  )
}

const NAMESPACE = '3eb98735-0a89-49bc-b218-3bc324f627c1'

/** RFC 9562, version 5 */
function uuid(namespace: string, name: string): string {
  const bytes = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)])
  const hash = createHash('sha1').update(bytes).digest('hex')
  const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-${variant}${hash.slice(18, 20)}-${hash.slice(20, 32)}`
}

function plainGuid(text: string): string {
  return text.replace(/[{}]/g, '').toLowerCase()
}

function head(spec: Reading, { name, set }: Identity, key: string, providerData: string) {
  return {
    providerContextKey: key,
    displayData: { name, description: spec.at('description').or(null, (text) => text || null) },
    flags: spec.at('persistence').or('persistent', String) === 'persistent' ? 1 : 0,
    providerKey: uuid(NAMESPACE, `${set}/TunnelSet`),
    providerData,
    providerContextId: '0',
  }
}

// ---- main mode ---------------------------------------------------------------------------------------------------------

function mainModePolicy(mainMode: Reading, isIkev2: boolean, secrets: Secrets): Json {
  const proposals = mainMode.at('proposals')
  return {
    softExpirationTime: 0,
    authenticationMethods: methods(mainMode.at('authentication'), secrets),
    initiatorImpersonationType: sdk.number(sdk.IMPERSONATION, mainMode.at('impersonation').or('none', String)),
    ikeProposals: (proposals.written ? proposals.items : [mainMode.at('proposals', '0')]).map(ikeProposal),
    flags: sdk.bits(sdk.MAIN_MODE_FLAG, mainMode.at('flags').texts),
    maxDynamicFilters: mainMode.at('maxDynamicFilters').or(0, Number),
    retransmitDurationSecs: mainMode.at('retransmitFor').or(isIkev2 ? 120 : 0, read.seconds),
  }
}

function ikeProposal(proposal: Reading): Json {
  return {
    cipherAlgorithm: {
      algoIdentifier: sdk.number(sdk.IKE_CIPHER, proposal.at('encryption').or('aes256', String)),
      keyLen: 0,
      rounds: 0,
    },
    integrityAlgorithm: {
      algoIdentifier: sdk.number(sdk.IKE_INTEGRITY, proposal.at('integrity').or('sha384', String)),
    },
    maxLifetimeSeconds: proposal.at('lifetime').or(28_800, read.seconds),
    dhGroup: sdk.number(sdk.IKE_DH, proposal.at('dh').or('dh20', String)),
    quickModeLimit: proposal.at('quickModeLimit').or(0, Number),
  }
}

// ---- quick mode --------------------------------------------------------------------------------------------------------

function tunnelPolicy(spec: Reading, secrets: Secrets): Json {
  const [quickMode, extendedMode, endpoints] = [spec.at('quickMode'), spec.at('extendedMode'), spec.at('endpoints')]
  return {
    flags:
      sdk.bits(sdk.POLICY_FLAG, quickMode.at('flags').texts) +
      (quickMode.at('keyManagers', 'notify').value === true ? sdk.ALLOW_NOTIFY : 0) +
      (quickMode.at('keyManagers', 'dictate').value === true ? sdk.ALLOW_DICTATE : 0),
    ipsecProposals: quickMode.at('proposals').items.map((proposal) => ({
      ...ipsecProposal(proposal),
      pfsGroup: sdk.number(sdk.PFS, quickMode.at('pfs').or('none', String)),
    })),
    tunnelEndpoints: tunnelEndpoints(endpoints),
    saIdleTimeout: {
      idleTimeoutSeconds: quickMode.at('idleTimeout', 'normal').or(300, read.seconds),
      idleTimeoutSecondsFailOver: quickMode.at('idleTimeout', 'failover').or(60, read.seconds),
    },
    emPolicy: extendedMode.written
      ? {
          authenticationMethods: methods(extendedMode.at('authentication'), secrets),
          initiatorImpersonationType: sdk.number(
            sdk.IMPERSONATION,
            extendedMode.at('impersonation').or('none', String),
          ),
        }
      : null,
    fwdPathSaLifetime: quickMode.at('forwardPathLifetime').or(0, read.seconds),
    compartmentId: endpoints.at('compartment').or(0, Number),
    trafficSelectorPolicies: quickMode.at('trafficSelectors').items.map((policy) => ({
      flags: policy.at('flags').or(0, Number),
      localTrafficSelectors: policy.at('local').items.map(selector),
      remoteTrafficSelectors: policy.at('remote').items.map(selector),
    })),
  }
}

function ipsecProposal(proposal: Reading): { [field: string]: Json } {
  const [ah, esp, lifetime] = [proposal.at('ah'), proposal.at('esp'), proposal.at('lifetime')]
  return {
    lifetime: {
      lifetimeSeconds: lifetime.at('time').or(3600, read.seconds),
      lifetimeKilobytes: lifetime.at('data').or(100_000, read.kilobytes),
      lifetimePackets: lifetime.at('packets').or(2_147_483_647, Number),
    },
    saTransforms: [
      ...(ah.written ? [{ ipsecTransformType: 1, ahTransform: auth(ah.at('integrity').text) }] : []),
      ...(esp.written ? [espTransform(esp)] : []),
    ],
  }
}

/** AES-GCM is authentication and cipher of one key size; else each of them is there when it is written. */
function espTransform(esp: Reading): Json {
  const aead = esp.at('aead').or(undefined, String)
  const encryption = aead ?? esp.at('encryption').or(undefined, String)
  const integrity = aead?.replace('gcm', 'gmac') ?? esp.at('integrity').or(undefined, String)
  if (encryption === undefined) return { ipsecTransformType: 2, espAuthTransform: auth(integrity!) }
  if (integrity === undefined) return { ipsecTransformType: 3, espCipherTransform: cipher(encryption) }
  return {
    ipsecTransformType: 4,
    espAuthAndCipherTransform: { authTransform: auth(integrity), cipherTransform: cipher(encryption) },
  }
}

function auth(word: string): Json {
  const [authType, authConfig] = sdk.AUTH[word]!
  return { authTransformId: { authType, authConfig }, cryptoModuleId: null }
}

function cipher(word: string): Json {
  const [cipherType, cipherConfig] = sdk.CIPHER[word]!
  return { cipherTransformId: { cipherType, cipherConfig }, cryptoModuleId: null }
}

// ---- addresses ---------------------------------------------------------------------------------------------------------

function tunnelEndpoints(endpoints: Reading): Json {
  const local = read.address(endpoints.at('local').text)
  const written = endpoints.at('remote')
  const remotes = (written.isList ? written.texts : written.written ? [written.text] : []).map(read.address)
  const v = local.width === 32 ? 'V4' : 'V6'
  const nowhere = local.width === 32 ? 0 : '0'.repeat(32)
  return {
    ipVersion: local.width === 32 ? 0 : 1,
    [`local${v}Address`]: read.addressInC(local),
    [`remote${v}Address`]: remotes[0] ? read.addressInC(remotes[0]) : nowhere,
    localIfLuid: endpoints.at('localInterface').or('0', (luid) => String(BigInt(luid))),
    remoteFqdn: endpoints.at('remoteFqdn').or(null, (name) => name.toLowerCase().replace(/\.$/, '')),
    remoteAddresses: written.isList && remotes.length > 1 ? remotes.map(endpoint) : [],
  }
}

function endpoint(address: read.Address): Json {
  const arm = address.width === 32 ? 'v4Address' : 'v6Address'
  return { ipVersion: address.width === 32 ? 0 : 1, [arm]: read.addressInC(address) }
}

function selector(written: Reading): Json {
  const [first, last] = read.span(written.at('address').text)
  const [portStart, portEnd] = written.at('port').or([0, 65_535] as const, read.ports)
  const v = first.width === 32 ? 'V4' : 'V6'
  return {
    protocolId: written.at('protocol').or(0, read.protocol),
    portStart,
    portEnd,
    ipVersion: first.width === 32 ? 0 : 1,
    [`start${v}Address`]: read.addressInC(first),
    [`end${v}Address`]: read.addressInC(last),
  }
}

function conditions(traffic: Reading): Json[] {
  const some = (name: string, field: string, value: (text: string) => { [key: string]: Json }) =>
    traffic.at(name).written ? [condition(field, value(traffic.at(name).text))] : []
  return [
    ...traffic.at('local').texts.map((text) => condition(sdk.CONDITION.localAddress, addressSet(text))),
    ...traffic.at('remote').texts.map((text) => condition(sdk.CONDITION.remoteAddress, addressSet(text))),
    ...some('protocol', sdk.CONDITION.protocol, (text) => ({ type: 1, uint8: read.protocol(text) })),
    ...some('localPort', sdk.CONDITION.localPort, portSet),
    ...some('remotePort', sdk.CONDITION.remotePort, portSet),
    ...some('interface', sdk.CONDITION.localInterface, (text) => ({ type: 4, uint64: String(BigInt(text)) })),
    ...some('profile', sdk.CONDITION.profile, (text) => ({ type: 3, uint32: Number(text) })),
  ]
}

/** FWP_MATCH_RANGE for a range, FWP_MATCH_EQUAL for the rest. */
function condition(fieldKey: string, conditionValue: { [key: string]: Json }): Json {
  return { fieldKey, matchType: conditionValue.type === 258 ? 5 : 0, conditionValue }
}

function range(valueLow: Json, valueHigh: Json) {
  return { type: 258, rangeValue: { valueLow, valueHigh } }
}

function portSet(text: string): { [key: string]: Json } {
  const [first, last] = read.ports(text)
  return first === last ? { type: 2, uint16: first } : range({ type: 2, uint16: first }, { type: 2, uint16: last })
}

/** One address, a block of a power of two at a multiple of it, or a range. */
function addressSet(text: string): { [key: string]: Json } {
  const [first, last] = read.span(text)
  const size = last.bits - first.bits + 1n
  if (size === 1n) return plain(first)
  const isBlock = (size & (size - 1n)) === 0n && first.bits % size === 0n
  if (!isBlock) return range(plain(first), plain(last))
  const prefixLength = first.width - (size.toString(2).length - 1)
  return first.width === 32
    ? { type: 256, v4AddrMask: { addr: Number(first.bits), mask: Number(2n ** 32n - size) } }
    : { type: 257, v6AddrMask: { addr: read.addressInC(first), prefixLength } }
}

function plain(address: read.Address): { [key: string]: Json } {
  return address.width === 32
    ? { type: 3, uint32: Number(address.bits) }
    : { type: 11, byteArray16: read.addressInC(address) }
}
