/** Records that somebody else wrote: stray, garbled, forged. None makes an object ours, or keeps others from being looked at. */

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../../../src/base/json.ts'
import { digestKeyKeyOf, providerKeyOf, recordKeyOf } from '../../../../src/providers/wfp/engine/claims.ts'
import {
  addGeneralContext,
  contextByKey,
  dataOf,
  deleteContext,
} from '../../../../src/providers/wfp/engine/contexts.ts'
import { decodeRecord } from '../../../../src/providers/wfp/resources/owner.ts'
import { tamper } from '../../../../src/providers/wfp/sandbox/admin.ts'
import { asAdministrator } from '../../../laws/administrator.ts'
import { desiredOf, openLab, setDocument } from '../../../laws/lab.ts'

const tunnel = (name: string, net: number, set = 'default'): JsonObject => ({
  apiVersion: 'wfpctl/v1alpha1',
  kind: 'IPsecTunnel',
  metadata: { name, set },
  spec: {
    mode: 'gateway',
    keyModule: 'ikev2',
    endpoints: { local: '203.0.113.10', remote: `198.51.100.${net}` },
    traffic: { local: [`10.1.${net}.0/24`], remote: [`10.2.${net}.0/24`] },
    quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }] },
  },
})
const BOTH = desiredOf([
  setDocument('default'),
  tunnel('a', 1),
  tunnel('b', 2),
  setDocument('lab'),
  tunnel('c', 3, 'lab'),
])
const STRAY = '5a5a5a5a-0000-4000-8000-000000000001'

/** Two sets stand; what a record says, and who may put another in its place. */
async function lab() {
  const opened = await openLab()
  onTestFinished(() => opened.close())
  await opened.apply(BOTH)
  const keyOf = async (name: string) =>
    (await opened.provider.list({ all: true })).find((one) => one.name === name)!.key
  const put = (key: string, data: Uint8Array) =>
    asAdministrator(opened.raw, async ({ session, write }) => {
      await write(async () => {
        await deleteContext(session, key)
        const object = { key, name: 'forged', providerKey: providerKeyOf('default'), data, persistent: true }
        await addGeneralContext(session, object)
      })
    })
  const recordOf = (key: string) =>
    asAdministrator(opened.raw, async ({ session }) => {
      const bytes = dataOf(await contextByKey(session, recordKeyOf(key)))
      return JSON.parse(Buffer.from(bytes!).toString()) as Record<string, unknown>
    })
  return { ...opened, keyOf, put, recordOf }
}

/** What a record is changed to, so that it cannot be ours. */
const GARBLED: { readonly [what: string]: (record: Record<string, unknown>) => unknown } = {
  'no JSON': () => undefined,
  'a list': () => [],
  'labels that are no texts': (record) => ({ ...record, labels: { a: { b: 1 } } }),
  'a name that is none': (record) => ({ ...record, name: 'x\r\nIPsecTunnel/hq   s' }),
  'another set': (record) => ({ ...record, set: '../x' }),
  'a digest that is a number': (record) => ({ ...record, digest: 7 }),
  'secrets without digest': (record) => ({ ...record, secrets: { '/mainMode': { ref: {} } } }),
  'secrets that are null': (record) => ({ ...record, secrets: { '/mainMode': null } }),
  'a shadow over nothing': (record) => ({ ...record, shadows: { '': { applied: {} } } }),
  'a shadow over the prototype': (record) => ({ ...record, shadows: { '/__proto__/x': { applied: 1 } } }),
  'a shadow that says nothing': (record) => ({ ...record, shadows: { '/mode': {} } }),
  'a shadow without end': (record) => ({ ...record, shadows: { '/mode': { applied: nested(2_000) } } }),
  'no source': (record) => ({ ...record, source: null }),
  'half a version of the form': (record) => ({ ...record, form: 1.5 }),
  'parts without a spec': (record) => ({ ...record, seen: { digest: 'x', unverified: [] } }),
  'leaves that are none': (record) => ({ ...record, seen: { digest: 'x', spec: '{}', unverified: ['/__proto__'] } }),
  'a key that is none': (record) => ({ ...record, key: 'x' }),
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

describe('a record that somebody else wrote', () => {
  it.each(Object.entries(GARBLED))('with %s makes one object unreadable, and nothing else', async (_, change) => {
    const { plan, apply, provider, keyOf, put, recordOf } = await lab()
    const key = await keyOf('a')
    const text = JSON.stringify(change(await recordOf(key)))
    await put(recordKeyOf(key), Buffer.from(text ?? 'garbled {'))

    const plans = await plan(BOTH)
    const listed = await provider.list({ all: true })
    const reports = await apply(desiredOf([setDocument('lab'), tunnel('c', 9, 'lab')]))

    expect(plans.map(({ changes }) => changes)).toEqual([[], []])
    expect(plans[0]?.blocked).toMatchObject([{ reason: 'foreign', address: 'IPsecTunnel/a' }])
    expect(plans[0]?.blocked[0]?.message).toContain('cannot be read')
    expect(listed.map(({ name, managed }) => `${name} ${managed}`)).toEqual(['a false', 'b true', 'c true'])
    expect(reports.map(({ result }) => result)).toEqual(['applied'])
    // what cannot be read is nobody's to prune
    const empty = await plan(desiredOf([setDocument('default'), tunnel('b', 2)]))
    expect(empty[0]?.changes).toEqual([])
  })

  it('that says other parts, or another spec of the same parts, is not believed: the engine is read', async () => {
    const { plan, keyOf, put, recordOf, raw } = await lab()
    const [a, b] = [await keyOf('a'), await keyOf('b')]
    const [record, other] = [await recordOf(a), await recordOf(b)]
    const seen = record.seen as { digest: string; spec: string }
    const forged = [
      { ...seen, spec: seen.spec.replace('"keyModule":"ikev2"', '"keyModule":"ikev1"') },
      { ...seen, unverified: [] },
      { ...seen, digest: '' },
      other.seen,
    ]
    for (const one of forged) {
      await put(recordKeyOf(a), Buffer.from(JSON.stringify({ ...record, seen: one })))
      expect((await plan(BOTH))[0]).toMatchObject({ changes: [], blocked: [], unchanged: 2 })
    }
    await tamper(raw, a)
    for (const one of forged) {
      await put(recordKeyOf(a), Buffer.from(JSON.stringify({ ...record, seen: one })))
      expect((await plan(BOTH))[0]?.changes).toMatchObject([{ address: 'IPsecTunnel/a', cause: 'drift' }])
    }
  })

  it('that stands in another place than beside its tunnel owns nothing', async () => {
    const { plan, keyOf, put, recordOf } = await lab()
    const record = await recordOf(await keyOf('a'))
    await put(STRAY, Buffer.from(JSON.stringify(record)))
    await put(recordKeyOf(STRAY), Buffer.from(JSON.stringify({ ...record, name: 'z' })))

    expect((await plan(BOTH)).map(({ changes }) => changes)).toEqual([[], []])
  })

  it('that claims the address of another leaves the true one standing', async () => {
    const { plan, apply, keyOf, put, recordOf } = await lab()
    const record = await recordOf(await keyOf('a'))
    for (const first of ['0', 'f']) {
      const forged = `${first}0000000-0000-4000-8000-000000000001`
      await put(recordKeyOf(forged), Buffer.from(JSON.stringify({ ...record, key: forged })))
    }

    expect((await plan(BOTH)).map(({ changes }) => changes)).toEqual([[], []])
    expect((await apply(BOTH)).map(({ result }) => result)).toEqual(['unchanged', 'unchanged'])
  })

  it('of any bytes stops neither planning nor applying', async () => {
    const { plan, keyOf, put, recordOf } = await lab()
    const key = await keyOf('a')
    const record = await recordOf(key)
    const field = fc.constantFrom(...Object.keys(record), '__proto__', 'constructor')
    const changed = fc.tuple(field, fc.jsonValue()).map(([name, value]) => {
      return Buffer.from(JSON.stringify({ ...record, [name]: value }))
    })
    const bytes = fc.oneof({ weight: 4, arbitrary: changed }, fc.uint8Array({ minLength: 1, maxLength: 60 }))

    await fc.assert(
      fc.asyncProperty(bytes, async (data) => {
        await put(recordKeyOf(key), data)
        expect(await plan(BOTH)).toHaveLength(2)
      }),
      { numRuns: 60 },
    )
  })

  it('never leads to a value of another shape', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(decodeRecord(Buffer.from(text))).toBeUndefined()
      }),
    )
  })
})

describe('a digest key that is none', () => {
  it('counts as absent, and is made anew', async () => {
    const { apply, put } = await lab()
    await put(digestKeyKeyOf('default'), Buffer.from('short'))

    const reports = await apply(desiredOf([setDocument('default'), tunnel('a', 9), tunnel('b', 2)]))

    expect(reports.map(({ result }) => result)).toEqual(['applied'])
  })
})

describe('a tunnel with a key of its own', () => {
  it('that gets another name is replaced in one change, and never made and unmade by two', async () => {
    const { plan, apply } = await openLabFor()
    const named = (name: string) => {
      const one = tunnel(name, 1)
      return desiredOf([setDocument('default'), { ...one, spec: { ...(one.spec as JsonObject), key: STRAY } }])
    }
    await apply(named('old'))

    const [renamed] = await plan(named('new'))
    const reports = await apply(named('new'))

    expect(renamed?.changes).toMatchObject([
      { action: 'replace', address: 'IPsecTunnel/new', differences: [{ path: '/metadata/name', before: 'old' }] },
    ])
    expect(reports.map(({ result }) => result)).toEqual(['applied'])
    expect((await plan(named('new'))).map(({ changes }) => changes)).toEqual([[]])
  })
})

describe('a record with a list', () => {
  it.each([1, 500_000])('of %i items is as deep as another, and as quickly told', async (items) => {
    const { recordOf, keyOf } = await lab()
    const key = await keyOf('a')
    const shadows = { '/traffic': { applied: Array.from({ length: items }, () => 0) } }

    const bytes = Buffer.from(JSON.stringify({ ...(await recordOf(key)), shadows }))

    expect(decodeRecord(bytes)?.record.name).toBe('a')
  })
})

async function openLabFor() {
  const opened = await openLab()
  onTestFinished(() => opened.close())
  return opened
}
