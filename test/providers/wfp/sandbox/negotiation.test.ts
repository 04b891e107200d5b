import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../../../../src/providers/wfp/binding/call/callback.ts'
import * as C from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import * as S from '../../../../src/providers/wfp/binding/tables/structs/index.ts'
import * as admin from '../../../../src/providers/wfp/sandbox/admin.ts'
import { negotiate } from '../../../../src/providers/wfp/sandbox/negotiation.ts'
import { Machine, refused } from '../../../conformance/machine.ts'
import * as sample from '../../../conformance/samples.ts'
import { openAt } from './sandboxes.ts'

const ALLOWED = C.IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY | C.IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_NOTIFY_KEY

describe('a negotiation', () => {
  let opened: ReturnType<typeof openAt>
  let machine: Machine
  let engineHandle: number
  const callbacks: { release(): void }[] = []
  /** Bytes of the cipher keys each manager was told. */
  const told: Buffer[] = []

  const cipherKeyOf = (details: { saBundle: { saList: readonly unknown[] } }): Buffer => {
    const [sa] = details.saBundle.saList as {
      espAuthAndCipherInformation: { saCipherInformation: { cipherKey: Uint8Array } }
    }[]
    return Buffer.from(sa!.espAuthAndCipherInformation.saCipherInformation.cipherKey)
  }

  const notify = () => {
    const callback = registered(S.IPSEC_KEY_MANAGER_NOTIFY_KEY0, ({ inboundSa }) => {
      told.push(cipherKeyOf(inboundSa))
      return {}
    })
    callbacks.push(callback)
    return callback
  }

  async function register(dictating: { fill: number; generate?: boolean; willing?: boolean } | null): Promise<string> {
    const keyManagerKey = randomUUID()
    const check = registered(S.IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0, () => ({
      willDictateKey: dictating?.willing === false ? 0 : 1,
      weight: 5,
    }))
    const dictate = registered(S.IPSEC_KEY_MANAGER_DICTATE_KEY0, (given) => {
      expect(given.inboundSaDetails.traffic.trafficType).toBe(C.IPSEC_TRAFFIC_TYPE_TUNNEL)
      for (const details of [given.inboundSaDetails, given.outboundSaDetails]) {
        const [sa] = details.saBundle.saList
        if (sa && 'espAuthAndCipherInformation' in sa)
          sa.espAuthAndCipherInformation.saCipherInformation.cipherKey.fill(dictating?.fill ?? 0)
      }
      return { ...given, keyingModuleGenKey: dictating?.generate ? 1 : 0 }
    })
    callbacks.push(check, dictate)
    await machine.fwp.IPsecKeyManagerAddAndRegister0!({
      engineHandle,
      keyManager: {
        keyManagerKey,
        displayData: { name: 'a key manager', description: null },
        flags: dictating === null ? 0 : C.IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY,
        keyDictationTimeoutHint: 0,
      },
      keyManagerCallbacks: {
        reserved: C.GUID_NULL,
        flags: 0,
        keyDictationCheck: dictating === null ? null : check,
        keyDictation: dictating === null ? null : dictate,
        keyNotify: notify(),
      },
    })
    return keyManagerKey
  }

  const addTunnel = (flags: number) =>
    machine.addTunnel(engineHandle, {
      tunnelPolicy: sample.ike('quick', 'authip', { flags }),
      mainModePolicy: null,
      keyModKey: C.FWPM_KEYING_MODULE_AUTHIP,
    })

  beforeEach(async () => {
    opened = openAt('memory')
    machine = new Machine(opened.fwp)
    engineHandle = await machine.open()
    told.length = 0
  })

  afterEach(async () => {
    await machine.closeAll()
    await opened.close()
    for (const callback of callbacks.splice(0)) callback.release()
  })

  it('lets one dictate and tells all', async () => {
    const dictator = await register({ fill: 7 })
    const listener = await register(null)

    const result = negotiate(opened.raw, await addTunnel(ALLOWED))

    expect(result).toMatchObject({ dictatedBy: dictator, generated: false, notified: [dictator, listener] })
    expect(told.map((key) => [...new Set(key)])).toEqual([[7], [7]])
  })

  it('makes random keys when the dictator asks for them', async () => {
    const dictator = await register({ fill: 7, generate: true })

    expect(negotiate(opened.raw, await addTunnel(ALLOWED))).toMatchObject({ dictatedBy: dictator, generated: true })
    expect([...new Set(told[0])].length).toBeGreaterThan(1)
  })

  it('goes on without a dictator that declines', async () => {
    await register({ fill: 7, willing: false })

    expect(negotiate(opened.raw, await addTunnel(ALLOWED))).toMatchObject({
      dictatedBy: null,
      notified: [expect.any(String)],
    })
  })

  it('asks and tells nobody unless the policy allows it', async () => {
    await register({ fill: 7 })

    expect(negotiate(opened.raw, await addTunnel(0))).toMatchObject({ dictatedBy: null, notified: [] })
    expect(told).toEqual([])
  })

  it('is refused a registration when the integrity check fails', async () => {
    await admin.setSwitch(opened.raw, 'integrity', 'fail')

    await refused(register(null), 'SEC_E_CANNOT_INSTALL')
  })
})
