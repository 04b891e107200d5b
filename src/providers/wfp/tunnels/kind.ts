/** IPsec tunnels in the Windows Filtering Platform: a quick-mode context, a main-mode one beside it, and the filters that name them. */

import type { JsonObject } from '../../../base/json.ts'
import { ipsecTunnel } from '../../../kinds/ipsec-tunnel/kind.ts'
import type { TunnelSpec } from '../../../kinds/ipsec-tunnel/spec.ts'
import {
  FWPM_IPSEC_AUTHIP_MM_CONTEXT,
  FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKE_MM_CONTEXT,
  FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKEV2_MM_CONTEXT,
  FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
} from '../binding/tables/constants/index.ts'
import { descriptorOf } from '../engine/contexts.ts'
import { mainModeKeyOf } from '../engine/keys.ts'
import { refusing } from '../engine/refusals.ts'
import type { ObjectKind } from '../resources/kind.ts'
import { addTunnel, removeTunnel } from './calls.ts'
import { decodeTunnel, encodeTunnel, unsupportedFields } from './codec/index.ts'
import { shadowsOfForm } from './older-forms.ts'

export const tunnels: ObjectKind = {
  kind: ipsecTunnel,
  purposes: {
    root: [FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT, FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT, FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT],
    mainMode: [FWPM_IPSEC_IKE_MM_CONTEXT, FWPM_IPSEC_AUTHIP_MM_CONTEXT, FWPM_IPSEC_IKEV2_MM_CONTEXT],
  },
  companionsOf: (key) => [mainModeKeyOf(key)],
  unsupportedFields: (spec, version) =>
    unsupportedFields(specOf(spec), version).map(({ pointer, needs }) => ({
      pointer,
      needs: `FwpmIPsecTunnelAdd${needs}`,
    })),
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
  shadowsOfForm,
  recorded: ({ protect }) => ({ protect: protect ? 'delete' : 'none' }),
}

/** The normal form that the kind's own `normalise` made. */
function specOf(spec: JsonObject): TunnelSpec {
  return spec as unknown as TunnelSpec
}
