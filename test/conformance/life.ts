/** The life of a tunnel on any engine, however it behaves: what is renamed, moved, turned off, adopted, forgotten. */

import { expect } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import { FOREIGN_SHAPES, type ForeignShape } from '../../src/providers/wfp/sandbox/foreign.ts'
import { adopt, forget } from '../../src/reconcile/adoption.ts'
import { findDrift } from '../../src/reconcile/plan/index.ts'
import { Secrets } from '../../src/reconcile/secrets.ts'
import { asAdministrator } from '../laws/administrator.ts'
import { desiredOf, type Lab, setDocument } from '../laws/lab.ts'
import { addForeign } from './foreign.ts'
import { Machine } from './machine.ts'
import { applied, everything, keyOf, NOTHING, SET, synced, tunnel } from './scene.ts'
import type { Test } from './settings.ts'

const OTHER = 'other'
const SETS = [setDocument(SET), setDocument(OTHER)]
const WITH_MAIN_MODE = { mainMode: { authentication: [{ certificate: { trust: { store: 'trustedRoot' } } }] } }
const TOUCHING = /^FwpmIPsecTunnel(Add|Delete)/
const POLICY = { host: 'gw01', allowEmpty: true }

function life(metadata: JsonObject, spec: JsonObject = {}): JsonObject {
  const document = tunnel('b', { ...WITH_MAIN_MODE, ...spec })
  return { ...document, metadata: { ...(document.metadata as JsonObject), ...metadata } }
}

const BORN = desiredOf([...SETS, life({})])
const RENAMED = desiredOf([...SETS, life({ name: 'b2', formerly: 'b' })])
const MOVED = desiredOf([...SETS, life({ name: 'b2', set: OTHER, formerly: 'b' })])
const OFF = desiredOf([...SETS, life({ name: 'b2', set: OTHER, formerly: 'b' }, { enabled: false })])
const EMPTY = desiredOf(SETS)

async function drifts({ provider }: Lab): Promise<number> {
  const states = await provider.observe([])
  return states.flatMap((state) => findDrift(state, [])).length
}

export function living(lab: () => Lab, test: Test): void {
  test('renames a tunnel and moves it to another set by calls that do not touch it, and leaves nothing of it', async () => {
    const before = await everything(lab().raw)
    await applied(lab(), BORN)
    const made = lab().calls.length

    for (const desired of [RENAMED, MOVED]) {
      await applied(lab(), desired)
      await synced(lab(), desired)
      expect(await drifts(lab())).toBe(0)
    }
    expect(
      lab()
        .calls.slice(made)
        .filter((call) => TOUCHING.test(call)),
    ).toEqual([])
    expect(await lab().provider.list({ all: false })).toMatchObject([{ name: 'b2', set: OTHER, key: keyOf('b') }])

    await applied(lab(), EMPTY)
    expect(await everything(lab().raw)).toBe(before)
  })

  test('makes a tunnel again that moved to another set and was deleted by somebody', async () => {
    const before = await everything(lab().raw)
    await applied(lab(), BORN)
    await applied(lab(), MOVED)
    await asAdministrator(lab().raw, ({ write }) =>
      write(
        async (engineHandle, fwp) => void (await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: keyOf('b') })),
      ),
    )

    const plans = await lab().plan(MOVED, POLICY)
    expect(plans.flatMap(({ changes }) => changes)).toMatchObject([{ action: 'create', cause: 'drift' }])
    // and what its former set left: an owner of nothing
    expect((await lab().apply(MOVED, POLICY)).map(({ result }) => result)).toEqual(['applied', 'applied'])
    await synced(lab(), MOVED)
    expect(await lab().provider.ownedSets()).toEqual([OTHER])
    await applied(lab(), EMPTY)
    expect(await everything(lab().raw)).toBe(before)
  })

  test('turns a tunnel off and on', async () => {
    await applied(lab(), BORN)
    await applied(lab(), OFF)
    await synced(lab(), OFF)
    expect(await drifts(lab())).toBe(0)
    expect(await lab().provider.list({ all: true })).toMatchObject([
      { name: 'b2', set: OTHER, spec: { enabled: false } },
    ])

    const on = desiredOf([...SETS, life({ name: 'b2', set: OTHER })])
    await applied(lab(), on)
    await synced(lab(), on)
  })

  for (const shape of Object.keys(FOREIGN_SHAPES) as ForeignShape[]) {
    test(`adopts a foreign tunnel (${shape}) and forgets it, byte for byte, and takes it away whole`, async () => {
      const { raw, provider } = lab()
      const key = await asAdministrator(
        raw,
        async ({ fwp, session }) => (await addForeign(new Machine(fwp), session.engineHandle, shape)).key,
      )
      const before = await everything(raw)
      const adoption = { kind: ipsecTunnel, name: 'theirs', set: SET, key, policy: POLICY, secrets: new Secrets() }
      const adopted = async () => {
        const looked = await adopt(provider, adoption)
        expect(looked.status).toBe('possible')
        return adopt(provider, adoption, 'digest' in looked ? looked.digest : '')
      }

      expect((await adopted()).status).toBe('adopted')
      expect(await drifts(lab())).toBe(0)
      expect(await adopt(provider, adoption)).toEqual({ status: 'ours', owner: 'IPsecTunnel/theirs', set: SET })
      expect(await forget(provider, { set: SET, key })).toBe('forgotten')
      expect(await forget(provider, { set: SET, key })).toBe('gone')
      expect(await everything(raw)).toBe(before)

      expect((await adopted()).status).toBe('adopted')
      const [state] = await provider.observe([{ set: SET, wanted: [] }])
      const [observed] = [...(state?.resources.values() ?? [])]
      await provider.transaction(SET, async (tx) => {
        await tx.remove(observed!)
        await tx.removeOwner(SET)
        expect(await tx.unsettled()).toEqual([])
        return { commit: true, value: undefined }
      })
      expect(await provider.list({ all: true })).toEqual([])
      await lab().apply(NOTHING, POLICY)
    })
  }
}
