/** What may be left of a set when somebody, or an engine, took away less than all of it: it is seen, planned, and removed. */

import { describe, expect, it, onTestFinished } from 'vitest'
import type { Guid, JsonObject } from '../../../../src/base/json.ts'
import { mainModeKeyOf, providerKeyOf, recordKeyOf } from '../../../../src/providers/wfp/engine/claims.ts'
import { addGeneralContext, deleteContext } from '../../../../src/providers/wfp/engine/contexts.ts'
import { setSwitch } from '../../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'
import {
  applied,
  everything,
  keyOf,
  NOTHING,
  SET,
  synced,
  TWO,
  TWO_DOCUMENTS,
  tunnel,
} from '../../../conformance/scene.ts'
import { asAdministrator } from '../../../laws/administrator.ts'
import { desiredOf, openLab, setDocument } from '../../../laws/lab.ts'

const OWN_KEY = '5a5a5a5a-0000-4000-8000-000000000001'
const MAIN_MODE = { mainMode: { authentication: [{ certificate: { trust: { store: 'trustedRoot' } } }] } }
const KEYED = tunnel('keyed', { ...MAIN_MODE, key: OWN_KEY })

async function scene() {
  const lab = await openLab(openSandbox('memory'))
  onTestFinished(() => lab.close())
  const empty = await everything(lab.raw)
  const takeAway = (...keys: readonly Guid[]) =>
    asAdministrator(lab.raw, ({ session, write }) =>
      write(async (engineHandle, fwp) => {
        for (const key of keys) {
          await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key })
          await deleteContext(session, recordKeyOf(key))
        }
      }),
    )
  const put = (key: Guid) =>
    asAdministrator(lab.raw, ({ session, write }) =>
      write(() =>
        addGeneralContext(session, {
          key,
          name: 'stray',
          providerKey: providerKeyOf(SET),
          data: Buffer.from('stray'),
          persistent: true,
        }),
      ),
    )
  return { ...lab, empty, takeAway, put, rest: async () => expect(await everything(lab.raw)).toBe(empty) }
}

const emptied = (lab: Awaited<ReturnType<typeof scene>>) => lab.apply(NOTHING, { host: 'gw01', allowEmpty: true })

describe('an owner of which nothing else stands', () => {
  it('is planned, and removed with the key of its digests', async () => {
    const lab = await scene()
    await applied(lab)
    await lab.takeAway(keyOf('a'), keyOf('b'))

    const [plan] = await lab.plan(NOTHING)
    const reports = await emptied(lab)

    expect(plan).toMatchObject({ changes: [], removesOwner: true })
    expect(reports.map(({ result }) => result)).toEqual(['applied'])
    await lab.rest()
    expect((await lab.plan(NOTHING))[0]?.removesOwner).toBe(false)
    expect((await emptied(lab)).map(({ result }) => result)).toEqual(['unchanged'])
  })

  it('goes with whatever was put below it, and alone where its key is gone already', async () => {
    const lab = await scene()
    await applied(lab)
    await lab.takeAway(keyOf('a'), keyOf('b'))
    await lab.put(recordKeyOf(OWN_KEY))
    await emptied(lab)
    await lab.rest()

    await asAdministrator(lab.raw, ({ write }) =>
      write(async (engineHandle, fwp) => {
        const provider = {
          providerKey: providerKeyOf(SET),
          displayData: { name: 'wfpctl set default', description: null },
          flags: 1,
          providerData: Buffer.from(JSON.stringify({ wfpctl: 1, set: SET })),
          serviceName: null,
        }
        await fwp.FwpmProviderAdd0({ engineHandle, provider, sd: null })
      }),
    )
    await emptied(lab)
    await lab.rest()
  })

  it('stays where a tunnel without a readable record stands under it, or the set is not to be pruned', async () => {
    const lab = await scene()
    await applied(lab)
    await asAdministrator(lab.raw, ({ session, write }) =>
      write(async () => {
        for (const key of [keyOf('a'), keyOf('b')]) await deleteContext(session, recordKeyOf(key))
      }),
    )
    const before = await everything(lab.raw)

    expect((await emptied(lab)).map(({ result }) => result)).toEqual(['unchanged'])
    expect(await everything(lab.raw)).toBe(before)
    expect((await lab.plan(desiredOf([setDocument(SET, { prune: false })])))[0]?.removesOwner).toBe(false)
  })

  it('is noticed by who is told of changes, too', async () => {
    const lab = await scene()
    await applied(lab)
    const subscription = await lab.provider.onChange(() => {})
    await synced(lab)
    await lab.takeAway(keyOf('a'), keyOf('b'))
    lab.provider.forget()

    await emptied(lab)
    expect((await lab.plan(NOTHING))[0]?.removesOwner).toBe(false)
    await subscription.close()
    await lab.rest()
  })
})

describe('a main mode that the engine kept', () => {
  it.each([
    ['where its tunnel had a key of its own, and neither record nor manifest is left', KEYED, OWN_KEY],
    ['where its tunnel had none', tunnel('derived', MAIN_MODE), keyOf('derived')],
  ])('goes with the next apply, %s', async (_, document: JsonObject, key: Guid) => {
    const lab = await scene()
    await setSwitch(lab.raw, 'main-mode', 'kept')
    await applied(lab)
    const before = await everything(lab.raw)
    const more = desiredOf([setDocument(SET), ...TWO_DOCUMENTS.slice(1), document])
    await applied(lab, more)
    await lab.takeAway(key)

    const [plan] = await lab.plan(TWO)
    expect(plan?.changes).toMatchObject([{ action: 'delete', impact: 'none', before: { leftover: true } }])
    await applied(lab)

    expect(await everything(lab.raw)).toBe(before)
    await synced(lab)
  })

  it('goes with destroy', async () => {
    const lab = await scene()
    await setSwitch(lab.raw, 'main-mode', 'kept')
    await applied(lab, desiredOf([setDocument(SET), KEYED]))
    await lab.takeAway(OWN_KEY)

    await applied(lab, NOTHING)
    await lab.rest()
  })

  it('goes although a tunnel is declared that is called as its own was', async () => {
    const lab = await scene()
    await setSwitch(lab.raw, 'main-mode', 'kept')
    await applied(lab, desiredOf([setDocument(SET), KEYED]))
    await lab.takeAway(OWN_KEY)
    const again = desiredOf([setDocument(SET), tunnel('keyed', MAIN_MODE)])

    await applied(lab, again)

    expect(await everything(lab.raw)).not.toContain(mainModeKeyOf(OWN_KEY))
    await synced(lab, again)
  })

  it('is seen where the tunnel of that name stands already', async () => {
    const lab = await scene()
    await setSwitch(lab.raw, 'main-mode', 'kept')
    await applied(lab, desiredOf([setDocument(SET), KEYED]))
    await lab.takeAway(OWN_KEY)
    const other = desiredOf([setDocument(SET, { prune: false }), tunnel('other', MAIN_MODE)])
    await applied(lab, other)
    expect((await lab.plan(other))[0]?.orphans).toMatchObject([{ address: 'IPsecTunnel/keyed', missing: true }])
  })

  it("is nobody's to take where its tunnel stands, whoever wrote its record", async () => {
    const lab = await scene()
    await applied(lab, desiredOf([setDocument(SET), KEYED]))
    await asAdministrator(lab.raw, ({ session, write }) => write(() => deleteContext(session, recordKeyOf(OWN_KEY))))

    expect((await lab.plan(NOTHING)).flatMap(({ changes }) => changes)).toEqual([])
  })
})
