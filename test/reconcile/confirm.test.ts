/** What a promise depends on: the time, the engine's start, secrets, and what others do in the meantime. */

import { describe, expect, it } from 'vitest'
import type { Desired } from '../../src/manifest/model.ts'
import { restart } from '../../src/providers/wfp/sandbox/admin.ts'
import { adopt, forget } from '../../src/reconcile/adoption.ts'
import { seal, unseal } from '../../src/reconcile/confirm/former.ts'
import { decodeHistory } from '../../src/reconcile/history.ts'
import { type Confirmation, secondsLeft, suspensionOf } from '../../src/reconcile/notes/index.ts'
import { Secrets } from '../../src/reconcile/secrets.ts'
import { keyOf, NOTHING, OTHERS, SET, TWO, tunnel } from '../conformance/scene.ts'
import { addTunnel, asAdministrator } from '../laws/administrator.ts'
import { desiredOf, inLab, type Lab, POLICY, setDocument } from '../laws/lab.ts'
import {
  ANA,
  applyOnCondition,
  confirmAt,
  standingOf,
  takeBackAt,
  WITHIN_SECONDS,
  waiting,
} from '../support/on-condition.ts'

const SWORDFISH = 'swordfish of the former state'

function withKey(name: string, variable: string) {
  const mainMode = {
    authentication: [{ presharedKey: { env: variable } }],
    proposals: [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20' }],
  }
  return desiredOf([setDocument(SET), tunnel(name, { mainMode })])
}

async function begun(lab: Lab) {
  await lab.apply(TWO)
  const before = await standingOf(lab.provider, [SET])
  await applyOnCondition(lab.provider, OTHERS)
  return { before, after: await standingOf(lab.provider, [SET]) }
}

async function codesOf(lab: Lab, desired: Desired) {
  const [report] = await applyOnCondition(lab.provider, desired)
  return { result: report?.result, findings: report?.diagnostics.map(({ code, message }) => `${code} ${message}`) }
}

describe('the time to confirm', () => {
  const kept: Confirmation = {
    id: 'a',
    by: 'ana',
    time: ANA.date().toISOString(),
    digest: 'sha256:0',
    withinSeconds: 120,
    deadline: 1_120,
    changes: [],
    total: 0,
    restarted: false,
  }

  it.each([
    ['has just begun', 1_000, 120],
    ['goes by', 1_090.5, 29.5],
    ['is over to the moment', 1_120, 0],
    ['is over', 9_000, 0],
    ['cannot be more than it was: the machine was started anew', 12, 0],
  ])('%s', (_what, uptime, left) => {
    expect(secondsLeft(kept, uptime)).toBe(left)
  })

  it('ends with the engine that it was given by', () => {
    expect(secondsLeft({ ...kept, restarted: true }, 1_001)).toBe(0)
  })

  it('is not taken back before, is taken back after, and may be confirmed as long as nobody has', () =>
    inLab(async (lab) => {
      const { before, after } = await begun(lab)

      expect(await takeBackAt(lab.provider, SET, WITHIN_SECONDS - 1)).toEqual({ status: 'waits' })
      expect(await standingOf(lab.provider, [SET])).toEqual(after)
      expect(await confirmAt(lab.provider, SET, WITHIN_SECONDS + 60)).toMatchObject({ status: 'confirmed' })
      expect(await takeBackAt(lab.provider, SET, WITHIN_SECONDS + 61)).toEqual({ status: 'none' })
      expect(await standingOf(lab.provider, [SET])).toEqual(after)

      await applyOnCondition(lab.provider, TWO)
      expect(await takeBackAt(lab.provider, SET, WITHIN_SECONDS)).toMatchObject({ status: 'taken-back' })
      expect(await confirmAt(lab.provider, SET)).toEqual({ status: 'none' })
      expect(await standingOf(lab.provider, [SET])).toEqual(after)
      expect(before).not.toEqual(after)
    }))

  it('ends with a restart of the machine, whatever the clock says', () =>
    inLab(async (lab) => {
      await lab.apply(TWO)
      await applyOnCondition(lab.provider, desiredOf([setDocument(SET), tunnel('b'), tunnel('c')]))
      await restart(lab.raw)

      expect(await waiting(lab.provider, SET)).toMatchObject({ restarted: true })
      expect(await takeBackAt(lab.provider, SET, 1)).toMatchObject({ status: 'taken-back' })
      expect((await lab.plan(TWO)).flatMap(({ changes }) => changes)).toEqual([])
      const [entry] = decodeHistory((await lab.provider.notes(SET)).get('history'))
      expect(entry).toMatchObject({ command: 'rollback', reason: 'not confirmed before the engine was started anew' })
    }))
})

describe('while it waits', () => {
  it('no other apply changes the set, and a plan says why', () =>
    inLab(async (lab) => {
      await begun(lab)

      const [plan] = await lab.plan(TWO)
      expect(plan?.blocked).toMatchObject([
        { scope: 'set', reason: 'unconfirmed', help: expect.stringContaining('confirm') },
      ])
      expect(plan?.blocked[0]?.message).toContain(
        `what CORP\\ana applied at 2026-11-27T18:00:00Z (3 changes, commit c0ffee)`,
      )
      expect(await lab.apply(TWO)).toMatchObject([{ result: 'refused' }])
      expect(await applyOnCondition(lab.provider, TWO)).toMatchObject([{ result: 'refused' }])
      expect(await lab.apply(OTHERS)).toMatchObject([{ result: 'unchanged' }])
      expect((await lab.plan(OTHERS))[0]).toMatchObject({ blocked: [], confirmation: { by: 'CORP\\ana' } })
    }))

  it('drift is no reason to keep what was applied', () =>
    inLab(async (lab) => {
      const { remove, tamper } = await import('../../src/providers/wfp/sandbox/admin.ts')
      const { before } = await begun(lab)
      await tamper(lab.raw, keyOf('c'))
      await remove(lab.raw, keyOf('b'))

      expect(await takeBackAt(lab.provider, SET)).toMatchObject({ status: 'taken-back' })
      expect(await standingOf(lab.provider, [SET])).toEqual(before)
    }))

  it('what somebody else put in its place is left alone, and stands in the way until it is gone', () =>
    inLab(async (lab) => {
      const { remove } = await import('../../src/providers/wfp/sandbox/admin.ts')
      const { before } = await begun(lab)
      const key = keyOf('a')
      const spec = TWO.resources.find(({ name }) => name === 'a')?.spec ?? {}
      await asAdministrator(lab.raw, ({ write }) =>
        write((handle, fwp) => addTunnel(fwp, handle, spec, { key, name: 'theirs', providerKey: null as never })),
      )
      const standing = await standingOf(lab.provider, [SET])

      expect(await takeBackAt(lab.provider, SET)).toMatchObject({
        status: 'impossible',
        obstacles: [{ address: 'IPsecTunnel/a', why: expect.stringContaining('held by an object that is not ours') }],
      })
      expect(await standingOf(lab.provider, [SET])).toEqual(standing)
      expect(await waiting(lab.provider, SET)).toBeDefined()

      await remove(lab.raw, key)
      expect(await takeBackAt(lab.provider, SET)).toMatchObject({ status: 'taken-back' })
      expect(await standingOf(lab.provider, [SET])).toEqual(before)
    }))

  it('what was forgotten is not taken back behind its new owner, and may be kept', () =>
    inLab(async (lab) => {
      await begun(lab)
      await forget(lab.provider, { set: SET, key: keyOf('b') })

      expect(await takeBackAt(lab.provider, SET)).toMatchObject({ status: 'impossible' })
      expect(await confirmAt(lab.provider, SET)).toMatchObject({ status: 'confirmed' })
    }))
})

describe('the end of it', () => {
  it('is remembered, and a watch leaves alone what was taken back', () =>
    inLab(async (lab) => {
      await begun(lab)
      await takeBackAt(lab.provider, SET, WITHIN_SECONDS)

      const notes = await lab.provider.notes(SET)
      expect([...notes.keys()].sort()).toEqual(['history', 'suspension'])
      expect(suspensionOf(notes)).toMatchObject({
        by: 'CORP\\ana',
        reason: expect.stringContaining('not confirmed within 2m'),
      })
      expect(decodeHistory(notes.get('history'))).toMatchObject([
        { command: 'rollback', reason: 'not confirmed within 2m', total: 3 },
        { command: 'apply', reason: 'to be confirmed within 2m', total: 3, commit: 'c0ffee' },
      ])
    }))

  it('of a set that goes as a whole: the owner stays until it is confirmed, and a set can come back', () =>
    inLab(async (lab) => {
      await lab.apply(TWO)
      const before = await standingOf(lab.provider, [SET])
      await applyOnCondition(lab.provider, NOTHING)
      expect(await lab.provider.ownedSets()).toEqual([SET])
      await takeBackAt(lab.provider, SET)
      expect(await standingOf(lab.provider, [SET])).toEqual(before)

      await applyOnCondition(lab.provider, NOTHING)
      expect(await confirmAt(lab.provider, SET)).toMatchObject({ status: 'confirmed' })
      expect(await lab.provider.ownedSets()).toEqual([])
    }))

  it('of a first apply is that nothing stands', () =>
    inLab(async (lab) => {
      await applyOnCondition(lab.provider, TWO)
      await takeBackAt(lab.provider, SET)

      expect(await lab.provider.list({ all: true })).toEqual([])
    }))
})

describe('a secret of the former state', () => {
  it('is rebuilt where it is the one that is declared, and stands nowhere in clear', () =>
    inLab(async (lab) => {
      process.env.FORMER_KEY = SWORDFISH
      await lab.apply(withKey('k', 'FORMER_KEY'))
      const before = await standingOf(lab.provider, [SET])
      expect(await codesOf(lab, withKey('other', 'FORMER_KEY'))).toEqual({ result: 'applied', findings: [] })
      process.env.FORMER_KEY = 'another one by now'

      const notes = await lab.provider.notes(SET)
      const kept = [...notes.values()].map((data) => Buffer.from(data).toString('latin1')).join('\n')
      expect(kept).not.toContain(SWORDFISH)
      expect(kept).not.toContain(Buffer.from(SWORDFISH).toString('base64'))
      expect(await takeBackAt(lab.provider, SET)).toMatchObject({ status: 'taken-back' })
      expect(await standingOf(lab.provider, [SET])).toEqual(before)
      process.env.FORMER_KEY = SWORDFISH
      expect((await lab.plan(withKey('k', 'FORMER_KEY'))).flatMap(({ changes }) => changes)).toEqual([])
    }))

  it('that is not to be had any more is a refusal that says which', () =>
    inLab(async (lab) => {
      process.env.FORMER_KEY = SWORDFISH
      await lab.apply(withKey('k', 'FORMER_KEY'))
      process.env.FORMER_KEY = 'a rotated one'

      expect(await codesOf(lab, withKey('k', 'FORMER_KEY'))).toEqual({
        result: 'refused',
        findings: [
          'E330 IPsecTunnel/k could not be brought back as it is: its secret at mainMode.authentication[0].presharedKey is not shown by the engine, and env FORMER_KEY holds another one now',
        ],
      })
      expect(await waiting(lab.provider, SET)).toBeUndefined()
    }))

  it('opens under its own key, beside its own promise, and otherwise not at all', () => {
    const [key, about] = [Buffer.alloc(32, 1), Buffer.from('{"id":"a"}')]
    const former = [{ key: 'k', kind: 'IPsecTunnel', name: 'a', secrets: { '/x': 'c2VjcmV0' } }]
    const sealed = seal(former, key, about)

    expect(unseal(sealed, key, about)).toEqual(former)
    expect(unseal(sealed, Buffer.alloc(32, 2), about)).toBeUndefined()
    expect(unseal(sealed, key, Buffer.from('{"id":"b"}'))).toBeUndefined()
    for (const at of [0, 20, 40, sealed.length - 1]) {
      const broken = Buffer.from(sealed)
      broken[at] = (broken[at] ?? 0) ^ 1
      expect(unseal(broken, key, about)).toBeUndefined()
    }
    expect(unseal(sealed.subarray(0, 10), key, about)).toBeUndefined()
  })
})

describe('no way back', () => {
  it('is found for what was adopted, or moves here, before anything is changed', () =>
    inLab(async (lab) => {
      const { addForeign } = await import('../../src/providers/wfp/sandbox/admin.ts')
      await lab.apply(TWO)
      const key = await addForeign(lab.raw)
      const kind = TWO.resources[0]?.kind ?? expect.fail('nothing is declared')
      const adoption = { kind, name: 'd', set: SET, key, policy: POLICY, secrets: new Secrets() }
      const declared = desiredOf([setDocument(SET), tunnel('d', { key })]).resources[0]
      const looked = await adopt(lab.provider, { ...adoption, ...(declared && { resource: declared }) })
      const digest = looked.status === 'possible' ? looked.digest : expect.fail(looked.status)
      await adopt(lab.provider, { ...adoption, ...(declared && { resource: declared }) }, digest)

      const { result, findings } = await codesOf(lab, NOTHING)
      expect(result).toBe('refused')
      expect(findings).toEqual([
        'E330 IPsecTunnel/d could not be brought back as it is: it was adopted, and stands as its maker made it',
      ])
      const moved = desiredOf([
        setDocument('lab'),
        setDocument(SET),
        { ...tunnel('a'), metadata: { name: 'a', set: 'lab' } },
      ])
      const reports = await applyOnCondition(lab.provider, moved)
      expect(reports.find(({ plan }) => plan.set.name === 'lab')?.diagnostics).toMatchObject([
        {
          code: 'E330',
          message: expect.stringContaining('moves here from set default'),
          span: { file: { path: 'generated.yaml' } },
        },
      ])
    }))

  it('is found where the engine does not take the former state any more', () =>
    inLab(async (lab) => {
      const adding = await inLab(async (other) => {
        await other.apply(TWO)
        other.calls.length = 0
        await applyOnCondition(other.provider, OTHERS)
        return other.calls.flatMap((name, i) => (name.startsWith('FwpmIPsecTunnelAdd') ? [i] : []))
      })
      await lab.apply(TWO)
      const before = await standingOf(lab.provider, [SET])
      lab.failAt(adding[2] ?? 0, 0x80320009) // two there, then the first one back

      const [report] = await applyOnCondition(lab.provider, OTHERS)

      lab.healthy()
      expect(report).toMatchObject({ result: 'refused', diagnostics: [{ code: 'E330' }] })
      expect(report?.diagnostics[0]?.message).toContain('FWP_E_ALREADY_EXISTS')
      expect(await standingOf(lab.provider, [SET])).toEqual(before)
      expect(await waiting(lab.provider, SET)).toBeUndefined()
    }))
})
