/** The tunnel that the probe adds: between documentation addresses (RFC 5737), with a random secret. It never lives to see a commit. */

import { randomBytes } from 'node:crypto'
import type { Guid } from '../../../base/index.ts'
import { DEFAULTS } from '../../../kinds/ipsec-tunnel/context.ts'
import type { TunnelSpec } from '../../../kinds/ipsec-tunnel/spec.ts'
import { FWPM_PROVIDER_FLAG_PERSISTENT } from '../binding/tables/constants/index.ts'
import { addGeneralContext, type CallVersion, type Session } from '../engine/index.ts'
import { type EncodedTunnel, encodeTunnel } from '../tunnels/codec/index.ts'
import { addTunnel } from '../tunnels/kind.ts'

const NAME = 'wfpctl probe'
export const PSK_POINTER = '/mainMode/authentication/0/presharedKey'
/** Random, so that finding these bytes again proves that they were shown. */
export const psk: Uint8Array = randomBytes(24)

export const spec: TunnelSpec = {
  description: 'added and rolled back by wfpctl doctor --probe',
  mode: 'gateway',
  keyModule: 'ikev2',
  virtualInterface: false,
  persistence: 'persistent',
  protect: 'none',
  endpoints: { local: '192.0.2.1', remote: '198.51.100.1' },
  traffic: { local: ['203.0.113.0/28', '203.0.113.32/28'], remote: ['203.0.113.64/28'] },
  mainMode: {
    authentication: [{ presharedKey: { env: 'NONE', encoding: 'utf8', flags: [] } }],
    proposals: [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20', lifetime: '8h', quickModeLimit: 0 }],
    maxDynamicFilters: 0,
    retransmitFor: DEFAULTS.mainMode.retransmitFor,
    flags: [],
  },
  quickMode: {
    pfs: 'dh20',
    proposals: [{ esp: { aead: 'aes256gcm' }, lifetime: { time: '1h', data: '100MB', packets: 2_147_483_647 } }],
    idleTimeout: { normal: '5m', failover: '1m' },
    flags: [],
    keyManagers: { notify: false, dictate: false },
  },
}

/** Turns the arguments of an add into those of an experiment. */
export type ProbeChange = <V extends CallVersion>(
  encoded: EncodedTunnel<V>,
  encode: (other: TunnelSpec) => EncodedTunnel<V>,
) => EncodedTunnel<V>

export interface Identity {
  readonly key: Guid
  readonly providerKey: Guid
}

export async function addProbeTunnel(
  session: Session,
  { key, providerKey }: Identity,
  wanted: TunnelSpec = spec,
  change: ProbeChange = (encoded) => encoded,
): Promise<void> {
  const encode =
    <V extends CallVersion>(version: V) =>
    (other: TunnelSpec): EncodedTunnel<V> =>
      encodeTunnel(other, { name: NAME, key, providerKey }, () => psk, version)
  await addTunnel(session, (version) => change(encode(version)(wanted), encode(version)), null)
}

export async function addProbeProvider({ engineHandle, fwp }: Session, providerKey: Guid): Promise<void> {
  await fwp.FwpmProviderAdd0({
    engineHandle,
    provider: {
      providerKey,
      displayData: { name: NAME, description: null },
      flags: FWPM_PROVIDER_FLAG_PERSISTENT,
      providerData: new Uint8Array(),
      serviceName: null,
    },
    sd: null,
  })
}

/** What a record is. */
export function addProbeContext(session: Session, { key, providerKey }: Identity): Promise<void> {
  return addGeneralContext(session, { key, name: NAME, providerKey, data: new Uint8Array([1, 2, 3]), persistent: true })
}
