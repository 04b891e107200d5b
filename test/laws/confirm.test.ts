/** What is applied on condition and taken back leaves what stood before; and whatever call fails, either stands, and the promise with it. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desired } from '../../src/manifest/model.ts'
import { manifests } from '../arbitraries/manifests.ts'
import { OTHERS, OTHERS_DOCUMENTS, SET, TWO, tunnel } from '../conformance/scene.ts'
import { applyOnCondition, confirmAt, standingOf, takeBackAt, waiting } from '../support/on-condition.ts'
import { desiredOf, inLab, type Lab, setDocument } from './lab.ts'

const SETS = ['default', 'lab'] as const
const ALLOW = { host: 'gw01', allowEmpty: true }
const documents = manifests({ maxLength: 4, sets: SETS }).map((generated) => [
  setDocument('lab'),
  setDocument('default'),
  ...generated,
])

describe('what is applied on condition', () => {
  it('is what an apply without one leaves; taken back, what stood before; and refused, nothing has happened', async () => {
    const seen = { applied: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(documents, documents, (first, second) =>
        inLab(async (lab) => {
          await lab.apply(desiredOf(first), ALLOW)
          const before = await standingOf(lab.provider, SETS)

          const reports = await applyOnCondition(lab.provider, desiredOf(second))

          for (const { plan, result, diagnostics } of reports) {
            const set = plan.set.name
            if (result === 'refused') {
              expect(diagnostics.map(({ code }) => code)).toEqual(diagnostics.map(() => 'E330'))
              seen.refused += 1
            } else expect(['applied', 'unchanged']).toContain(result)
            expect((await waiting(lab.provider, set))?.total).toBe(
              result === 'applied' && plan.changes.length > 0 ? plan.changes.length : undefined,
            )
          }
          if (reports.every(({ result }) => result !== 'refused'))
            expect((await lab.plan(desiredOf(second), ALLOW)).flatMap(({ changes }) => changes)).toEqual([])
          for (const { plan, result } of reports)
            if (result === 'applied' && plan.changes.length > 0) {
              seen.applied += 1
              expect(await takeBackAt(lab.provider, plan.set.name)).toMatchObject({ status: 'taken-back' })
            }
          expect(await standingOf(lab.provider, SETS)).toEqual(before)
          expect((await lab.plan(desiredOf(first), ALLOW)).flatMap(({ changes }) => changes)).toEqual([])
        }),
      ),
      { numRuns: 25 },
    )
    expect(seen.applied).toBeGreaterThan(5)
  })

  it('comes back as it stood, also where somebody had tampered with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(TWO, OTHERS), fc.boolean(), (desired, isGone) =>
        inLab(async (lab) => {
          const { remove, tamper } = await import('../../src/providers/wfp/sandbox/admin.ts')
          await lab.apply(TWO, ALLOW)
          const { keyOf } = await import('../conformance/scene.ts')
          await (isGone ? remove(lab.raw, keyOf('b')) : tamper(lab.raw, keyOf('b')))
          const before = await standingOf(lab.provider, [SET])

          const [report] = await applyOnCondition(lab.provider, desired)
          expect(report?.result).toBe('applied')
          expect(await takeBackAt(lab.provider, SET)).toMatchObject({ status: 'taken-back' })

          expect(await standingOf(lab.provider, [SET])).toEqual(before)
        }),
      ),
      { numRuns: 8 },
    )
  })
})

const ENDINGS = {
  'taken back': (lab: Lab) => takeBackAt(lab.provider, SET),
  confirmed: (lab: Lab) => confirmAt(lab.provider, SET),
} as const

const SESSION_GONE = 0x80320010
/** What a status of an engine may be: refused, no rights, the session is gone. */
const STATUSES = [0x80320009, 5, SESSION_GONE] as const

describe.each(Object.entries(ENDINGS))('a promise that is %s', (name, end) => {
  it.each(STATUSES)('where any one call answers %d still waits, or is over and done with', async (status) => {
    const total = await inLab(async (lab) => {
      await begun(lab)
      lab.calls.length = 0
      await end(lab)
      return lab.calls.length
    })
    expect(total).toBeGreaterThan(20)
    const ends = { done: 0, waits: 0 }
    for (let call = 0; call < total; call++)
      await inLab(async (lab) => {
        const { before, after } = await begun(lab)
        lab.failAt(call, status)
        const ended = await end(lab).catch(() => undefined)
        lab.healthy()

        const promise = await waiting(lab.provider, SET)
        const standing = await standingOf(lab.provider, [SET])
        expect(standing, `call ${call}`).toEqual(promise || name === 'confirmed' ? after : before)
        if (ended && ended.status !== 'impossible') expect(promise, `call ${call}`).toBeUndefined()
        ends[promise ? 'waits' : 'done'] += 1
        if (!promise) return
        expect(await takeBackAt(lab.provider, SET)).toMatchObject({ status: 'taken-back' })
        expect(await standingOf(lab.provider, [SET])).toEqual(before)
      })
    expect(ends.waits).toBeGreaterThanOrEqual(status === SESSION_GONE ? 0 : 10) // a session that is gone is opened anew
  })
})

async function begun(lab: Lab) {
  await lab.apply(TWO, ALLOW)
  const before = await standingOf(lab.provider, [SET])
  const [report] = await applyOnCondition(lab.provider, OTHERS)
  expect(report?.result).toBe('applied')
  return { before, after: await standingOf(lab.provider, [SET]) }
}

describe('an apply on condition', () => {
  it.each(STATUSES)('of which any one call answers %d changes nothing, or waits', async (status) => {
    const total = await inLab(async (lab) => {
      await lab.apply(TWO, ALLOW)
      lab.calls.length = 0
      await applyOnCondition(lab.provider, OTHERS)
      return lab.calls.length
    })
    for (let call = 0; call < total; call++)
      await inLab(async (lab) => {
        await lab.apply(TWO, ALLOW)
        const before = await standingOf(lab.provider, [SET])
        lab.failAt(call, status)
        const reports = await applyOnCondition(lab.provider, OTHERS).catch(() => [])
        lab.healthy()

        const isApplied = reports.some(({ result }) => result === 'applied')
        expect((await waiting(lab.provider, SET)) !== undefined, `call ${call}`).toBe(isApplied)
        if (isApplied) await takeBackAt(lab.provider, SET)
        expect(await standingOf(lab.provider, [SET]), `call ${call}`).toEqual(before)
      })
  })

  it('goes there and back, and there again: no more calls that write than three applies make', () =>
    inLab(async (lab) => {
      const many: Desired = desiredOf([...OTHERS_DOCUMENTS, ...['d', 'e'].map((name) => tunnel(name))])
      await lab.apply(TWO, ALLOW)
      lab.calls.length = 0
      await applyOnCondition(lab.provider, many)

      expect(lab.calls.filter((one) => one === 'FwpmTransactionCommit0')).toHaveLength(1)
      expect(lab.calls.filter((one) => one === 'FwpmTransactionAbort0').length).toBeGreaterThanOrEqual(1)
      expect(lab.calls.filter((one) => one.startsWith('FwpmIPsecTunnelAdd'))).toHaveLength(2 * 4 + 2)
    }))
})
