import { beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../../src/kinds/index.ts'
import type { TunnelSpec } from '../../../src/kinds/ipsec-tunnel/spec.ts'
import { tunnelKeyOf } from '../../../src/kinds/keys.ts'
import { readManifestFiles } from '../../../src/manifest/files.ts'
import { loadDesired } from '../../../src/manifest/load.ts'
import { type EngineMethods, implement } from '../../../src/providers/wfp/binding/call/bind.ts'
import { pack } from '../../../src/providers/wfp/binding/ctype/index.ts'
import { allocate } from '../../../src/providers/wfp/binding/memory.ts'
import {
  FWPM_FILTER_CONDITION0,
  FWPM_PROVIDER_CONTEXT3,
} from '../../../src/providers/wfp/binding/tables/structs/index.ts'
import { providerKeyOf } from '../../../src/providers/wfp/engine/claims.ts'
import { type EncodedTunnel, encodeTunnel } from '../../../src/providers/wfp/tunnels/codec/index.ts'
import { treeOf } from '../../fixtures/independent/packer.ts'
import { EXAMPLES, PRESHARED_KEY, packTunnel, wordsOf } from '../../fixtures/independent/tunnels.ts'

const BASE = 0x1_0000_1000
const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))
const secretOf = (): Uint8Array => new Uint8Array(Buffer.from(PRESHARED_KEY, 'hex'))
const encoded = new Map<string, EncodedTunnel<3>>()

beforeAll(async () => {
  const { files } = await readManifestFiles(['examples'])
  const { resources } = loadDesired(files, KINDS).desired
  for (const { kind, name, set, spec } of resources) {
    if (kind.name !== 'IPsecTunnel') continue
    const identity = { name, key: tunnelKeyOf(set, name), providerKey: providerKeyOf(set) }
    encoded.set(name, encodeTunnel(spec as unknown as TunnelSpec, identity, secretOf, 3))
  }
})

/** What our tables make of a provider context, as a tree of the independent layout. */
function treeOfContext(context: EncodedTunnel<3>['tunnelPolicy'] | NonNullable<EncodedTunnel<3>['mainModePolicy']>) {
  return treeOf({ bytes: pack(FWPM_PROVIDER_CONTEXT3, context, BASE), base: BASE }, 'FWPM_PROVIDER_CONTEXT3', BASE)
}

it('describes every tunnel of the examples', () => {
  expect([...encoded.keys()].sort()).toEqual(Object.keys(EXAMPLES).sort())
})

describe.each(Object.entries(EXAMPLES))('%s, packed by hand', (name, described) => {
  const call = packTunnel(described, BASE)

  it('is byte for byte the tunnel policy that we pack', () => {
    const { tunnelPolicy } = encoded.get(name)!

    expect(treeOfContext(tunnelPolicy)).toEqual(treeOf(call.image, 'FWPM_PROVIDER_CONTEXT3', call.tunnelPolicy))
  })

  it('is byte for byte the main-mode policy that we pack', () => {
    const { mainModePolicy } = encoded.get(name)!

    expect(treeOfContext(mainModePolicy!)).toEqual(treeOf(call.image, 'FWPM_PROVIDER_CONTEXT3', call.mainModePolicy))
  })

  it('is byte for byte the conditions that we pack', () => {
    const trees = encoded.get(name)!.filterConditions.map((condition) => {
      const bytes = pack(FWPM_FILTER_CONDITION0, condition, BASE)
      return treeOf({ bytes, base: BASE }, 'FWPM_FILTER_CONDITION0', BASE)
    })
    const expected = described.filterConditions.map((_, i) =>
      treeOf(call.image, 'FWPM_FILTER_CONDITION0', call.filterConditions + 40 * i),
    )

    expect(trees).toEqual(expected)
  })

  it('has our flags and keying module', () => {
    const { flags, keyModKey } = encoded.get(name)!

    expect({ flags, keyModKey }).toEqual({ flags: described.flags, keyModKey: described.keyModKey })
  })

  it('reaches an engine behind the raw call as the arguments that we meant', async () => {
    const received: unknown[] = []
    const engine: Partial<EngineMethods> = {
      FwpmIPsecTunnelAdd3: async (args) => {
        received.push(args)
        return {}
      },
    }
    const memory = allocate(call.image.bytes.length)
    const placed = packTunnel(described, memory.address)
    placed.image.bytes.copy(memory.bytes)

    const status = await implement(engine).calls.FwpmIPsecTunnelAdd3!(...wordsOf(described, placed, 77))
    memory.free()

    expect(status).toBe(0)
    expect(received).toEqual([{ engineHandle: 77, ...encoded.get(name)! }])
  })
})
