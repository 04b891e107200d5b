import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, type EngineMethods, implement } from '../../../../../src/providers/wfp/binding/call/bind.ts'
import { type Registered, registered } from '../../../../../src/providers/wfp/binding/call/callback.ts'
import type { Value } from '../../../../../src/providers/wfp/binding/ctype/index.ts'
import * as C from '../../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { FWPM_FILTER_CHANGE_CALLBACK0 } from '../../../../../src/providers/wfp/binding/tables/functions.ts'
import * as S from '../../../../../src/providers/wfp/binding/tables/structs/index.ts'

type Callbacks = Value<typeof S.IPSEC_KEY_MANAGER_CALLBACKS0>
type Details = Value<typeof S.IPSEC_SA_DETAILS1>

const held: Registered<never>[] = []
afterEach(() => {
  for (const callback of held.splice(0)) callback.release()
})
const hold = <R extends { release(): void }>(callback: R): R => {
  held.push(callback as unknown as Registered<never>)
  return callback
}

const manager = {
  keyManagerKey: '5d6a53a7-6f0a-4b7e-9c55-5b3a0f5c9a11',
  displayData: { name: 'sa-audit', description: null },
  flags: C.IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY,
  keyDictationTimeoutHint: 5,
}

const traffic = { ipVersion: C.FWP_IP_VERSION_V4, localV4Address: 0x0a010001, remoteV4Address: 0x0a020001 } as const

function details(direction: number, key: Uint8Array): Details {
  return {
    ipVersion: C.FWP_IP_VERSION_V4,
    udpEncapsulation: null,
    saDirection: direction,
    traffic: {
      ...traffic,
      trafficType: C.IPSEC_TRAFFIC_TYPE_TUNNEL,
      tunnelPolicyId: 77n,
      remotePort: 0,
      localPort: 0,
      ipProtocol: 0,
      localIfLuid: 0n,
      realIfProfileId: 0,
    },
    saBundle: {
      flags: 0,
      lifetime: { lifetimeSeconds: 3600, lifetimeKilobytes: 100_000, lifetimePackets: 0x7fff_ffff },
      idleTimeoutSeconds: 300,
      ndAllowClearTimeoutSeconds: 0,
      ipsecId: null,
      napContext: 0,
      qmSaId: 1,
      saList: [
        {
          spi: 4711,
          saTransformType: C.IPSEC_TRANSFORM_ESP_AUTH,
          espAuthInformation: {
            authTransform: { authTransformId: { authType: 2, authConfig: 2 }, cryptoModuleId: null },
            authKey: key,
          },
        },
      ],
      keyModuleState: null,
      ipVersion: C.FWP_IP_VERSION_V4,
      peerV4PrivateAddress: 0,
      mmSaId: 9n,
      pfsGroup: 0,
      saLookupContext: C.GUID_NULL,
      qmFilterId: 3n,
    },
    transportFilter: null,
    virtualIfTunnelInfo: { virtualIfTunnelId: 0n, trafficSelectorId: 0n },
  }
}

/** The same SA with another key. */
function withKey(sa: Details, authKey: Uint8Array): Details {
  const [first] = sa.saBundle.saList
  if (first?.saTransformType !== C.IPSEC_TRANSFORM_ESP_AUTH) throw new Error('not an ESP_AUTH SA')
  const changed = { ...first, espAuthInformation: { ...first.espAuthInformation, authKey } }
  return { ...sa, saBundle: { ...sa.saBundle, saList: [changed] } }
}

describe('key-manager callbacks', () => {
  let engineSide: Callbacks
  let fwp: ReturnType<typeof bind>
  beforeEach(() => {
    const engine: Partial<EngineMethods> = {
      IPsecKeyManagerAddAndRegister0: ({ keyManagerCallbacks }) => {
        engineSide = keyManagerCallbacks
        return { keyMgmtHandle: 1 }
      },
    }
    fwp = bind(implement(engine))
  })
  const register = (given: Partial<Callbacks>): Promise<unknown> =>
    fwp.IPsecKeyManagerAddAndRegister0!({
      engineHandle: 1,
      keyManager: manager,
      keyManagerCallbacks: {
        reserved: C.GUID_NULL,
        flags: 0,
        keyDictationCheck: null,
        keyDictation: null,
        keyNotify: null,
        ...given,
      },
    })

  it('arrive as functions that the engine can call; absent ones as null', async () => {
    const told: unknown[] = []
    await register({
      keyNotify: hold(
        registered(S.IPSEC_KEY_MANAGER_NOTIFY_KEY0, (args) => {
          told.push(args)
          return {}
        }),
      ),
    })
    const sas = { inboundSa: details(1, new Uint8Array([1, 2])), outboundSa: details(0, new Uint8Array([3, 4])) }

    expect(engineSide.keyNotify!(sas)).toEqual({})

    expect(told).toEqual([sas])
    expect(engineSide.keyDictation).toBeNull()
  })

  it('answer through out parameters', async () => {
    const check = registered(S.IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0, ({ ikeTraffic }) => ({
      willDictateKey: ikeTraffic.authIpFilterId === 42n ? 1 : 0,
      weight: 10,
    }))
    await register({ keyDictationCheck: hold(check) })

    expect(engineSide.keyDictationCheck!({ ikeTraffic: { ...traffic, authIpFilterId: 42n } })).toEqual({
      willDictateKey: 1,
      weight: 10,
    })
    expect(engineSide.keyDictationCheck!({ ikeTraffic: { ...traffic, authIpFilterId: 1n } })).toEqual({
      willDictateKey: 0,
      weight: 10,
    })
  })

  it('fill keys into the buffers the engine gave', async () => {
    const dictate = registered(S.IPSEC_KEY_MANAGER_DICTATE_KEY0, ({ inboundSaDetails, outboundSaDetails }) => ({
      inboundSaDetails: withKey(inboundSaDetails, new Uint8Array([0xaa, 0xbb])),
      outboundSaDetails: withKey(outboundSaDetails, new Uint8Array([0xcc, 0xdd])),
      keyingModuleGenKey: 0,
    }))
    await register({ keyDictation: hold(dictate) })
    const inbound = details(1, new Uint8Array(2))
    const outbound = details(0, new Uint8Array(2))

    expect(engineSide.keyDictation!({ inboundSaDetails: inbound, outboundSaDetails: outbound })).toEqual({
      inboundSaDetails: withKey(inbound, new Uint8Array([0xaa, 0xbb])),
      outboundSaDetails: withKey(outbound, new Uint8Array([0xcc, 0xdd])),
      keyingModuleGenKey: 0,
    })
  })

  it('that refuse give their status', async () => {
    const dictate = registered(S.IPSEC_KEY_MANAGER_DICTATE_KEY0, () => {
      throw Object.assign(new Error('no'), { status: 5 })
    })
    await register({ keyDictation: hold(dictate) })
    const sa = details(1, new Uint8Array(2))

    expect(() => engineSide.keyDictation!({ inboundSaDetails: sa, outboundSaDetails: sa })).toThrow(
      'IPSEC_KEY_MANAGER_DICTATE_KEY0 returned ERROR_ACCESS_DENIED',
    )
  })

  it('must be registered: a bare function has no address', async () => {
    const bare = (() => ({})) as unknown as Callbacks['keyNotify']

    await expect(register({ keyNotify: bare })).rejects.toThrow('give a function made by registered()')
  })
})

it('a subscription hands its context and changes to the callback', async () => {
  const changes: unknown[] = []
  const callback = hold(
    registered(FWPM_FILTER_CHANGE_CALLBACK0, (args) => {
      changes.push(args)
      return {}
    }),
  )
  const change = { changeType: C.FWPM_CHANGE_ADD, filterKey: manager.keyManagerKey, filterId: 12n }
  const fwp = bind(
    implement({
      FwpmFilterSubscribeChanges0: (args) => {
        args.callback?.({ context: args.context, change })
        return { changeHandle: 3 }
      },
    }),
  )
  const subscription = { enumTemplate: null, flags: C.FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD, sessionKey: C.GUID_NULL }

  const outs = await fwp.FwpmFilterSubscribeChanges0({ engineHandle: 1, subscription, callback, context: 99 })

  expect(outs).toEqual({ changeHandle: 3 })
  expect(changes).toEqual([{ context: 99, change }])
})
