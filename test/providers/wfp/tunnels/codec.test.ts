import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, parsePointer } from '../../../../src/base/json.ts'
import { normaliseTunnel } from '../../../../src/kinds/ipsec-tunnel/normalise.ts'
import type { TunnelSpec } from '../../../../src/kinds/ipsec-tunnel/spec.ts'
import { image, pack, unpack } from '../../../../src/providers/wfp/binding/ctype/index.ts'
import * as sdk from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import * as structs from '../../../../src/providers/wfp/binding/tables/structs/index.ts'
import type { AnyContext, CallVersion, ContextOf } from '../../../../src/providers/wfp/engine/contexts.ts'
import type { Filter } from '../../../../src/providers/wfp/engine/filters.ts'
import {
  decodeTunnel,
  type EncodedTunnel,
  encodeTunnel,
  HIDDEN,
  unsupportedFields,
} from '../../../../src/providers/wfp/tunnels/codec/index.ts'
import { tunnelSpecs as manifestSpecs } from '../../../arbitraries/manifests.ts'
import { tunnelSpecs } from '../../../arbitraries/tunnel-specs.ts'
import { filterWith } from '../../../fixtures/filters.ts'
import { manifestOf } from '../../../support/manifest.ts'

const identity = {
  name: 'hq-dallas',
  key: '11111111-1111-4111-8111-111111111111',
  providerKey: '22222222-2222-4222-8222-222222222222',
}
const secretOf = (pointer: string): Uint8Array => Buffer.from(`secret of ${pointer}`)

/** Through memory and back, in the structure of the call. */
function throughMemory<V extends CallVersion>(version: V, context: ContextOf[V]): AnyContext {
  const types = {
    1: structs.FWPM_PROVIDER_CONTEXT1,
    2: structs.FWPM_PROVIDER_CONTEXT2,
    3: structs.FWPM_PROVIDER_CONTEXT3,
  }
  const type = types[version] as typeof structs.FWPM_PROVIDER_CONTEXT3
  return unpack(type, image(pack(type, context as ContextOf[3])), 0)
}

/** What an engine that hides nothing shows after the call: the contexts, and filters with the conditions. */
function liveOf<V extends CallVersion>(version: V, tunnel: EncodedTunnel<V>) {
  const { mainModePolicy, tunnelPolicy, filterConditions, flags } = tunnel
  const forward = (flags & sdk.FWPM_TUNNEL_FLAG_POINT_TO_POINT) === 0
  const filters: Filter[] = [
    filterWith(sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, [...filterConditions].reverse()),
    ...(forward ? [filterWith(sdk.FWPM_LAYER_IPFORWARD_V4, filterConditions)] : []),
    filterWith(sdk.FWPM_LAYER_IPSEC_V4, filterConditions),
  ]
  const context = (it: unknown): AnyContext => throughMemory(version, it as ContextOf[V])
  return { tunnelPolicy: context(tunnelPolicy), mainModePolicy: mainModePolicy && context(mainModePolicy), filters }
}

/** The spec as an engine that hides nothing shows it. */
function visible(spec: TunnelSpec): Json {
  const without = JSON.parse(JSON.stringify(spec), (key, value) =>
    key === 'presharedKey' ? { flags: value.flags } : value,
  )
  for (const pointer of HIDDEN) delete without[parsePointer(pointer)[0]!]
  return without
}

describe.each([1, 2, 3] as const)('the codec of FwpmIPsecTunnelAdd%i', (version) => {
  it('gives the spec back, but for the hidden leaves', () => {
    fc.assert(
      fc.property(tunnelSpecs(version), (spec) => {
        expect(unsupportedFields({ spec }, version)).toEqual([])

        const { spec: decoded, hidden } = decodeTunnel(liveOf(version, encodeTunnel(spec, identity, secretOf, version)))

        expect(decoded).toEqual(visible(spec))
        expect(hidden).toEqual(HIDDEN)
      }),
    )
  })
})

describe('the codec', () => {
  it('gives back what manifests are normalised to', () => {
    fc.assert(
      fc.property(manifestSpecs(), (manifest) => {
        const normal = normaliseTunnel(manifestOf('IPsecTunnel', manifest))
        if (!normal.ok) throw new Error(JSON.stringify(normal.diagnostics))

        const { spec } = decodeTunnel(liveOf(3, encodeTunnel(normal.value, identity, secretOf, 3)))

        expect(spec).toEqual(visible(normal.value))
      }),
    )
  })
})
