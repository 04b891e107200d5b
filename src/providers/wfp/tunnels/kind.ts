/** Tunnels in the engine: the calls that add and remove them, in the newest version there is, and how they are read back. */

import type { Guid, JsonObject, Pointer } from '../../../base/index.ts'
import { ipsecTunnel } from '../../../kinds/ipsec-tunnel/kind.ts'
import type { TunnelSpec } from '../../../kinds/ipsec-tunnel/spec.ts'
import {
  FWP_BYTE_ARRAY16_TYPE,
  FWP_UINT32,
  FWPM_CONDITION_IP_LOCAL_ADDRESS,
  FWPM_CONDITION_IP_REMOTE_ADDRESS,
  FWPM_IPSEC_AUTHIP_MM_CONTEXT,
  FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKE_MM_CONTEXT,
  FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKEV2_MM_CONTEXT,
  FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
} from '../binding/tables/constants/index.ts'
import {
  type AnyContext,
  type CallVersion,
  callVersionOf,
  deleteContext,
  descriptorOf,
  type Filter,
  filtersByHome,
  mainModeKeyOf,
  plain,
  refusing,
  type Session,
  unlessGone,
} from '../engine/index.ts'
import type { ForeignContexts, ObjectKind, UnsettledPoint } from '../resources/kind.ts'
import {
  decodeTunnel,
  type EncodedTunnel,
  encodeTunnel,
  mainModePolicyOf,
  tunnelPolicyOf,
  unsupportedFields,
} from './codec/index.ts'
import { shadowsOfForm } from './older-forms.ts'

/** Makes the arguments of one version of the call. */
export type EncodeFor = <V extends CallVersion>(version: V) => EncodedTunnel<V>

const ADD: {
  readonly [version in CallVersion]: (session: Session, encode: EncodeFor, sd: Uint8Array | null) => Promise<unknown>
} = {
  1: ({ engineHandle, fwp }, encode, sd) => fwp.FwpmIPsecTunnelAdd1({ engineHandle, ...encode(1), sd }),
  2: ({ engineHandle, fwp }, encode, sd) => fwp.FwpmIPsecTunnelAdd2!({ engineHandle, ...encode(2), sd }),
  3: ({ engineHandle, fwp }, encode, sd) => fwp.FwpmIPsecTunnelAdd3!({ engineHandle, ...encode(3), sd }),
}

/**
 * @param sd self-relative; null: the engine's default
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd2
 */
export async function addTunnel(session: Session, encode: EncodeFor, sd: Uint8Array | null): Promise<void> {
  await ADD[callVersionOf(session.fwp)](session, encode, sd)
}

/** Whether the call takes the main-mode context along is not documented, nor what it does where the filters are gone already. */
async function removeTunnel(session: Session, key: Guid): Promise<void> {
  const { engineHandle, fwp } = session
  await unlessGone(fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key }))
  for (const context of [key, mainModeKeyOf(key)]) await deleteContext(session, context)
}

/** The filters that refer to a tunnel's quick-mode or main-mode context, by an enumeration of all. */
export async function filtersOfTunnel(session: Session, key: Guid): Promise<readonly Filter[]> {
  const contexts: readonly (Guid | undefined)[] = [key, mainModeKeyOf(key)]
  const found = await filtersByHome(session, ({ link }) => (contexts.includes(link) ? key : undefined))
  return found.get(key) ?? []
}

const UNSETTLED: readonly (readonly [id: string, question: string, at: (spec: TunnelSpec) => Pointer | undefined])[] = [
  [
    'several-values',
    'whether several values of one field are any of them, or all at once',
    ({ traffic }) =>
      (['local', 'remote'] as const)
        .map((end) => (traffic[end].length > 1 ? `/traffic/${end}` : undefined))
        .find(Boolean),
  ],
  [
    'ikev2-preshared-key',
    'whether ikev2 takes a preshared key without a virtual interface',
    ({ keyModule, virtualInterface, mainMode }) =>
      keyModule === 'ikev2' && !virtualInterface && mainMode?.authentication.some((method) => 'presharedKey' in method)
        ? '/mainMode/authentication'
        : undefined,
  ],
  [
    'ikev2-exemptions',
    'whether the engine lets UDP 500 and 4500 through for ikev2; an inbound rule of the firewall may be needed',
    ({ keyModule }) => (keyModule === 'ikev2' ? '/keyModule' : undefined),
  ],
]

function unsettledPoints(spec: JsonObject): UnsettledPoint[] {
  return UNSETTLED.flatMap(([id, question, at]) => {
    const pointer = at(specOf(spec))
    return pointer === undefined ? [] : [{ id, question, pointer }]
  })
}

/**
 * The main mode that belongs to a tunnel of another owner, as far as that can be told: of the same keying module, owner and name, and for
 * the same ends. Where several are, it is shown only if they all say the same.
 */
function mainModeBeside(root: AnyContext, { contexts, filtersOf }: ForeignContexts): AnyContext | undefined {
  const held = tunnelPolicyOf(root)
  const fitting = contexts.filter(
    (one) =>
      mainModePolicyOf(one)?.keyModule === held?.keyModule &&
      one.providerKey === root.providerKey &&
      one.displayData.name === root.displayData.name &&
      filtersOf(one.providerContextKey).every((filter) => isForEnds(filter, root)),
  )
  const [first] = fitting
  return new Set(fitting.map(policyText)).size === 1 ? first : undefined
}

function policyText(context: AnyContext): string {
  return JSON.stringify(plain(mainModePolicyOf(context)?.policy))
}

const ADDRESSES: ReadonlySet<Guid> = new Set([FWPM_CONDITION_IP_LOCAL_ADDRESS, FWPM_CONDITION_IP_REMOTE_ADDRESS])

/** Whether a filter that chooses a main mode names no other ends than those of the tunnel. */
function isForEnds({ filterCondition }: Filter, root: AnyContext): boolean {
  const ends = JSON.stringify(plain(tunnelPolicyOf(root)?.policy.tunnelEndpoints))
  const addresses = filterCondition.filter(({ fieldKey }) => ADDRESSES.has(fieldKey))
  return addresses.every(({ conditionValue: value }) => {
    if (value.type === FWP_UINT32) return new RegExp(`:${value.uint32}(?!\\d)`).test(ends)
    return value.type !== FWP_BYTE_ARRAY16_TYPE || ends.includes(Buffer.from(value.byteArray16).toString('hex'))
  })
}

export const tunnels: ObjectKind = {
  kind: ipsecTunnel,
  purposes: {
    root: [FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT, FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT, FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT],
    mainMode: [FWPM_IPSEC_IKE_MM_CONTEXT, FWPM_IPSEC_AUTHIP_MM_CONTEXT, FWPM_IPSEC_IKEV2_MM_CONTEXT],
  },
  companionsOf: (key) => [mainModeKeyOf(key)],
  unsupportedFields: (resource, version) =>
    unsupportedFields(resource as { readonly spec: TunnelSpec }, version).map(({ pointer, needs }) => ({
      pointer,
      needs: `FwpmIPsecTunnelAdd${needs}`,
    })),
  unsettled: unsettledPoints,
  isPersistent: ({ persistence }) => persistence === 'persistent',
  add: async (session, spec, identity, secretOf) => {
    const tunnel = specOf(spec)
    const sd = await refusing(() => descriptorOf(session, tunnel.securityDescriptor), '/securityDescriptor')
    await addTunnel(session, (version) => encodeTunnel(tunnel, identity, secretOf, version), sd)
  },
  remove: removeTunnel,
  decode: ({ key, contexts, filters }) => {
    const tunnelPolicy = contexts.get(key)
    const mainModePolicy = contexts.get(mainModeKeyOf(key)) ?? null
    return tunnelPolicy && decodeTunnel({ tunnelPolicy, mainModePolicy, filters })
  },
  foreignCompanions: (root, others) => {
    const found = mainModeBeside(root, others)
    return new Map(found ? [[mainModeKeyOf(root.providerContextKey), found]] : [])
  },
  shadowsOfForm,
  recorded: ({ protect, acceptReadback }) => ({ protect, ...(acceptReadback && { acceptReadback }) }),
}

/** The normal form that the kind's own `normalise` made. */
function specOf(spec: JsonObject): TunnelSpec {
  return spec as TunnelSpec
}
