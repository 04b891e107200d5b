/** Nothing that a file, a path, a repository or an engine holds moves the cursor, turns the text, or forges a line. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintFor, renderTable } from '../../src/cli/render/paint.ts'
import { renderPlan } from '../../src/cli/render/plan.ts'
import { renderExamination } from '../../src/cli/render/report.ts'
import { eventJson, eventLine } from '../../src/cli/watch/lines.ts'
import { writeYaml } from '../../src/manifest/yaml/write.ts'
import type { SetPlan } from '../../src/reconcile/plan/model.ts'
import type { WatchEvent } from '../../src/reconcile/watch/events.ts'
import { workbench } from './harness.ts'
import { tunnel } from './manifests.ts'
import { remote } from './remote.ts'

const HOSTILE = 'x\r\n\u001b[2J\u0007\u009b31m\u202e\u2028\u0085error[E999]: forged'
/** what a terminal obeys, but for the ends of our own lines */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const plain = paintFor(false)

function expectTame(text: string): void {
  expect(text).not.toMatch(OBEYED)
  expect(text.split('\n').filter((line) => line.startsWith('error[E999]'))).toEqual([])
}

describe('what people are shown', () => {
  it('escapes field names in findings', async () => {
    const bench = workbench()
    const fields = '  "\\e[2J\\a": 1\n  "x\\nerror[E999]: forged": 1\n  "\\u202Ex": 1\n'
    await bench.write('a.yaml', tunnel('a').replace('spec:\n', `spec:\n${fields}`))

    const { code, stderr } = await bench.run('validate', 'a.yaml')

    expect(code).toBe(3)
    expectTame(stderr)
    expect(stderr).toContain('<U+001B>[2J<U+0007>')
    expect(stderr).toContain('x\\nerror[E999]: forged')
  })

  it('escapes the paths of a repository, and what Git says of it', async () => {
    const { bench, commit, args } = remote()
    commit({ 'gw/\u001b[2Jx.yaml': 'kind: Q\n', 'gw/a\nerror[E999]: forged\n.yaml': 'kind: Q\n' })

    const { code, stderr } = await bench.run('validate', ...args)

    expect(code).toBe(3)
    expectTame(stderr)
    expect(stderr).toContain('--> gw/<U+001B>[2Jx.yaml:1:1')
  })

  it('escapes the words of a mistake on the command line', async () => {
    const bench = workbench()

    const { stderr } = await bench.run('explain', HOSTILE)

    expectTame(stderr)
  })

  it('keeps each row of a table on its line', () => {
    const table = renderTable(
      ['ADDRESS', 'SET'],
      [
        [`IPsecTunnel/${HOSTILE}`, HOSTILE],
        ['b', 'c'],
      ],
    )

    expectTame(table)
    expect(table.split('\n')).toHaveLength(4)
  })

  it('escapes every text of a plan', () => {
    const differences = [{ path: `/${HOSTILE}`, before: HOSTILE, after: [HOSTILE], sensitive: false }]
    const address = `IPsecTunnel/${HOSTILE}`
    const change = { address, key: 'k', impact: 'disruptive', differences } as const
    const before = { record: { source: { file: HOSTILE, commit: HOSTILE } } }
    const orphan = { address, key: 'k', protected: true, missing: false, source: before.record.source }
    const blocked = { scope: 'set', reason: 'foreign', address, message: HOSTILE, help: HOSTILE } as const
    const plan = {
      set: { name: HOSTILE, host: HOSTILE },
      changes: [
        { ...change, action: 'delete', cause: 'prune', before },
        {
          ...change,
          action: 'replace',
          cause: 'spec',
          before,
          after: { manifest: { file: { path: HOSTILE, text: 'a' }, start: 0 } },
        },
      ],
      outsideTransaction: [{ address, key: 'k', action: 'register', state: 'held' }],
      cosmetic: [{ address, differences }],
      off: [address],
      orphans: [orphan],
      blocked: [blocked],
      unverified: [],
      skipped: true,
      unchanged: 0,
    } as unknown as SetPlan

    const undeclared = [{ set: HOSTILE, orphans: Array(6).fill(orphan) }]
    expectTame(renderPlan({ plans: [plan, plan], undeclared, reason: 'not in any manifest' }, plain))
  })

  it('escapes every text of an event, also as JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const difference = { path: `/${text}`, before: text, after: text, sensitive: false }
        const event = {
          event: 'conflict',
          time: '2020-01-01T00:00:00.000Z',
          set: text,
          address: text,
          differences: [difference],
          corrections: 5,
          retryMilliseconds: 1,
          suspects: [{ processId: 1, name: text }],
        } as WatchEvent
        expectTame(eventLine(event) as string)
        expect(eventLine(event)?.split('\n')).toHaveLength(4)
        expectTame(eventJson(event))
        expect(JSON.parse(eventJson(event))).toEqual(JSON.parse(JSON.stringify(event)))
      }),
    )
  })

  it('escapes what doctor heard from the machine', () => {
    const findings = [{ status: 'error', check: 'x', message: HOSTILE, fix: HOSTILE }] as never
    const answers = [{ id: 'x', question: 'q', answer: HOSTILE }] as never

    expectTame(renderExamination({ findings, answers }, plain))
  })

  it('writes manifests in which such a text is escaped and means the same', () => {
    const text = writeYaml({ a: HOSTILE, [`k${HOSTILE}`]: 'two\nlines' })

    expectTame(text)
    expect(text).toContain('\\u202e')
  })
})

it('what was typed is escaped where it is repeated', async () => {
  const { run } = workbench()
  const odd = 'x\u001b[2J\u0007\u202e'
  for (const args of [
    [odd],
    ['plan', `--${odd}`],
    ['plan', '-o', odd],
    ['plan', odd, '--host', odd],
    ['get', odd],
    ['sandbox', 'negotiate', odd],
    ['sandbox', 'rm', `IPsecTunnel/${odd}`],
    ['watch', '--mode', odd],
    ['status', '--url', odd],
    ['plan', '--git', odd],
    ['explain', odd],
  ]) {
    const { code, stdout, stderr } = await run(...args)
    expect(code).toBeGreaterThan(0)
    expect(stdout + stderr).toContain('<U+001B>')
    expect(stdout + stderr).not.toMatch(/(?!\n)\p{C}/u)
  }
  expect((await run('plan', '--stric')).stderr).toBe("wfpctl: unknown option '--stric' (Did you mean --strict?)\n")
})
