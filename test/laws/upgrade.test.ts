/** A release that fills in what an older one left to the engine finds the older one's tunnels as it would have them. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JsonObject, withValueAt } from '../../src/base/json.ts'
import { tunnelKeyOf } from '../../src/kinds/keys.ts'
import { providerKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { wfpKinds } from '../../src/providers/wfp/kinds.ts'
import { kindsOf } from '../../src/providers/wfp/resources/kind.ts'
import { Mirror } from '../../src/providers/wfp/resources/mirror.ts'
import { observeSets } from '../../src/providers/wfp/resources/observe.ts'
import { ObjectTransaction } from '../../src/providers/wfp/resources/write.ts'
import type { Change, Observed } from '../../src/reconcile/plan/model.ts'
import { asAdministrator } from './administrator.ts'
import { desiredOf, type Lab, openLab, setDocument } from './lab.ts'

const SPEC: JsonObject = {
  mode: 'gateway',
  keyModule: 'ikev2',
  endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
  traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
  mainMode: { authentication: [{ certificate: { trust: { store: 'trustedRoot' } } }] },
  quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }] },
}
const KINDS = kindsOf(wfpKinds)
const KEY = tunnelKeyOf('default', 'hq')
const IDENTITY = { name: 'hq', key: KEY, providerKey: providerKeyOf('default') }

function tunnel(spec: JsonObject = SPEC, labels: JsonObject = {}): JsonObject {
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name: 'hq', labels }, spec }
}

let lab: Lab
beforeEach(async () => {
  lab = await openLab()
})
afterEach(() => lab.close())

const desired = (document = tunnel()) => desiredOf([setDocument('default'), document])

async function changes(document?: JsonObject): Promise<readonly Change[]> {
  return (await lab.plan(desired(document))).flatMap((plan) => plan.changes)
}

/** What a release with form 1 left behind: the engine's own time of retransmission, and a record that says so. */
async function applyAsBefore(): Promise<void> {
  await lab.apply(desired())
  const [resource] = desired().resources
  const before = withValueAt(resource!.spec, '/mainMode/retransmitFor', undefined) as JsonObject
  await asAdministrator(lab.raw, async ({ session, replaceTunnel }) => {
    await replaceTunnel(KEY, before, IDENTITY)
    const mirror = new Mirror(KINDS.objects)
    const { record } = await observedBy(mirror, session)
    const old = { ...record, form: 1, digest: 'of form 1' }
    const fingerprint = () => lab.provider.fingerprint()
    await session.transaction('write', async () => {
      await new ObjectTransaction({ session, mirror, kinds: KINDS, fingerprint }, 'default').record(resource!, KEY, old)
      return { commit: true, value: undefined }
    })
  })
  lab.provider.forget()
}

async function observedBy(mirror: Mirror, session: Parameters<typeof observeSets>[0]): Promise<Observed> {
  const [state] = await observeSets(session, [{ set: 'default', wanted: [] }], mirror, KINDS)
  return state!.resources.get('IPsecTunnel/hq')!
}

describe('a tunnel of the release that left the time of retransmission to the engine', () => {
  beforeEach(applyAsBefore)

  it('is not replaced', async () => {
    expect(await changes()).toEqual([])
  })

  it('is not replaced either when its record is rewritten', async () => {
    const labelled = tunnel(SPEC, { site: 'dallas' })
    const before = await changes(labelled)
    const reports = await lab.apply(desired(labelled))

    expect(before.map(({ impact }) => impact)).toEqual(['none'])
    expect(reports.map(({ result }) => result)).toEqual(['applied'])
    expect(await changes(labelled)).toEqual([])
  })

  it('is replaced when another time is declared, or anything else', async () => {
    const later = withValueAt(SPEC, '/mainMode/retransmitFor', '3m') as JsonObject
    const other = withValueAt(SPEC, '/quickMode/pfs', 'dh20') as JsonObject
    const paths = [await changes(tunnel(later)), await changes(tunnel(other))].map((found) =>
      found.flatMap(({ differences }) => differences.map(({ path }) => path)),
    )

    expect(paths).toEqual([['/mainMode/retransmitFor'], ['/quickMode/pfs']])
  })
})

it('of this release, the engine holds two minutes, and anything else there is drift', async () => {
  await lab.apply(desired())
  const { spec } = desired().resources[0]!
  const before = withValueAt(spec, '/mainMode/retransmitFor', undefined) as JsonObject
  const unchanged = await changes()
  await asAdministrator(lab.raw, ({ replaceTunnel }) => replaceTunnel(KEY, before, IDENTITY))
  lab.provider.forget()

  expect(unchanged).toEqual([])
  expect((await changes()).map(({ cause, differences }) => [cause, differences[0]?.after])).toEqual([['drift', '2m']])
})
