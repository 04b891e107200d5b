/** The published schemas of what commands say with `-o json`, held against what each of them really says. */

import { describe, expect, it, vi } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { ajv, isAnswer, schemaFiles, schemaName } from '../support/answers.ts'
import { type Workbench, workbench, workbenchAt } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { remote } from './remote.ts'

// a story starts up to thirty processes
vi.setConfig({ testTimeout: 180_000 })

interface Blocked {
  readonly reason: string
}
interface Answer {
  readonly commit?: string
  readonly partial?: object
  readonly diagnostics: readonly { readonly code: string }[]
  readonly undeclared?: readonly object[]
  readonly sets?: readonly {
    readonly changes: readonly { readonly action: string; readonly cause: string }[]
    readonly blocked: readonly Blocked[]
    readonly orphans: readonly object[]
    readonly outsideTransaction: readonly object[]
    readonly cosmetic: readonly object[]
    readonly off: readonly string[]
    readonly unverified: readonly object[]
    readonly skipped: boolean
    readonly outside?: number
  }[]
}

/** The answer, which is as its schema says. */
async function answer({ json }: Workbench, command: string, ...args: string[]): Promise<Answer> {
  const said = await json<Answer>(command, ...args)
  const validate = isAnswer(command)
  expect(validate(said), `${ajv.errorsText(validate.errors)} ${JSON.stringify(said, null, 1)}`).toBe(true)
  return said
}

/** What the tunnels of the only set would have done to them. */
const actions = ({ sets = [] }: Answer): string[] =>
  sets.flatMap(({ changes }) => changes.map(({ action, cause }) => `${action} ${cause}`)).sort()

const AUDIT = `apiVersion: wfpctl/v1alpha1
kind: KeyManager
metadata: { name: audit, set: a }
spec: { role: notify, handler: { builtin: audit-log, file: ./audit.ndjson } }
`
const SET = tunnelSet('a', 'prune: true')
const APPLY = ['apply', '--auto-approve'] as const
const inA = (name: string, net: number, more: object = {}) => tunnel(name, { set: 'a', net, ...more })

describe('plan -o json', () => {
  it('is as published, in the life of a set', async () => {
    const bench = workbench()
    const { write, run } = bench
    await write('set.yaml', many(SET, AUDIT))
    const before = [inA('hq', 1, { description: 'x' }), inA('gone', 2), inA('old', 3), inA('off', 4), inA('same', 5)]
    await write('m.yaml', many(...before, inA('lab', 6, { labels: '{ env: lab }' })))
    const created = await answer(bench, 'plan')
    expect(new Set(actions(created))).toEqual(new Set(['create spec']))
    expect(created.sets?.[0]?.outsideTransaction).toHaveLength(1)
    await run(...APPLY)

    const shown = inA('hq', 1, { description: 'y' })
    const after = [shown, inA('new', 3, { formerly: 'old' }), inA('off', 4, { enabled: false }), inA('same', 5)]
    await write('m.yaml', many(...after, inA('lab', 6, { labels: '{ env: test }', time: '2h' })))
    const changed = await answer(bench, 'plan')
    expect(actions(changed)).toEqual(['delete prune', 'disable spec', 'move spec', 'replace spec'])
    expect(changed.sets?.[0]).toMatchObject({ cosmetic: [{ address: 'IPsecTunnel/hq' }] })
    const part = await answer(bench, 'plan', '-l', 'env in (test)', '--target', 'IPsecTunnel/lab')
    expect(part).toMatchObject({ partial: { targets: ['IPsecTunnel/lab'] }, sets: [{ outside: expect.any(Number) }] })
    const budget = await answer(bench, 'plan', '--max-delete', '0')
    expect(budget.sets?.[0]?.blocked.map(({ reason }) => reason)).toEqual(['maxDelete'])
    expect((await answer(bench, 'plan', 'set.yaml')).sets?.[0]?.orphans).toContainEqual(
      expect.objectContaining({ elsewhere: true }),
    )
    expect((await answer(bench, 'plan', '--no-prune')).sets?.[0]?.orphans).toHaveLength(1)
    await run(...APPLY)

    await run('sandbox', 'tamper', 'IPsecTunnel/same')
    const drifted = await answer(bench, 'plan')
    expect(actions(drifted)).toEqual(['replace drift'])
    expect(drifted.sets?.[0]?.off).toEqual(['IPsecTunnel/off'])
    await write('set.yaml', tunnelSet('a', 'prune: true, host: ELSEWHERE'))
    expect((await answer(bench, 'plan')).sets?.[0]?.skipped).toBe(true)
    await write('set.yaml', '')
    await write('m.yaml', tunnel('other', { net: 9 }))
    expect((await answer(bench, 'plan')).undeclared).toHaveLength(1)
  })

  it('is as published where safety refuses, and where there is a record to rewrite', async () => {
    const bench = workbench()
    const protectedTunnel = inA('kept', 1, { protect: 'delete' })
    await bench.write('m.yaml', many(SET, protectedTunnel, inA('b', 2)))
    await bench.run(...APPLY)

    await bench.write('m.yaml', many(SET, inA('b', 2, { labels: '{ x: y }' })))
    const { sets = [] } = await answer(bench, 'plan')
    expect(sets[0]?.blocked.map(({ reason }) => reason)).toEqual(['protected'])
    expect(sets[0]?.changes.map(({ action }) => action)).toEqual(['record'])
    await bench.write('m.yaml', SET)
    expect((await answer(bench, 'plan')).sets?.[0]?.blocked.map(({ reason }) => reason)).toContain('empty')
  })

  it('is as published where there is no plan', async () => {
    const bench = workbench()
    await bench.write('m.yaml', tunnel('a', { psk: 'env: NOT_SET_ANYWHERE' }))
    expect((await answer(bench, 'plan')).diagnostics.map(({ code }) => code)).toEqual(['E310'])
    await bench.write('m.yaml', 'kind: [')
    expect((await answer(bench, 'plan')).sets).toBeUndefined()
  })
})

describe('validate -o json', () => {
  it('is as published, whatever is found', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))
    expect((await answer(bench, 'validate')).diagnostics).toEqual([])
    await bench.write('a.yaml', tunnel('a').replace('dh20', 'dh2'))
    expect((await answer(bench, 'validate')).diagnostics.map(({ code }) => code)).toEqual(['W220'])
    await bench.write('a.yaml', many(tunnel('a').replace('dh20', 'x'), 'kind: [\n'))
    expect((await answer(bench, 'validate')).diagnostics.length).toBeGreaterThan(1)
    expect((await answer(bench, 'validate', 'nowhere.yaml')).diagnostics.map(({ code }) => code)).toEqual(['E101'])
  })
})

it('both name the commit that they are of', async () => {
  const { bench, commit, args } = remote()
  commit({ 'gw/a.yaml': tunnel('a') })

  for (const command of ['validate', 'plan'] as const)
    expect((await answer(bench, command, ...args)).commit).toMatch(/^[0-9a-f]{40}$/)
})

it('the schemas refuse what was not published', () => {
  const summary = { files: 1, resources: 1, errors: 0, warnings: 0 }
  const rejected = { formatVersion: '1.0', diagnostics: [{ severity: 'error', code: 'E110', message: 'x' }] }

  expect(isAnswer('validate')({ formatVersion: '1.0', diagnostics: [], summary })).toBe(true)
  expect(isAnswer('validate')({ formatVersion: '2.0', diagnostics: [], summary })).toBe(false)
  expect(isAnswer('validate')({ formatVersion: '1.0', diagnostics: [], summary, secret: 'x' })).toBe(false)
  expect(isAnswer('plan')(rejected)).toBe(true)
  expect(isAnswer('plan')({ ...rejected, diagnostics: [] })).toBe(false)
  expect(isAnswer('plan')({ ...rejected, sets: [] })).toBe(false)
})

const TESTS = `apiVersion: wfpctl/v1alpha1
kind: TrafficTest
metadata: { name: t }
spec: { tests: [{ name: a, from: 10.1.1.5, to: 10.2.1.9, through: hq }, { name: b, from: 10.1.1.5, to: 10.2.1.9, through: none }] }
`
const SWANCTL = `connections {
  hq {
    version = 2
    local_addrs = 203.0.113.10
    remote_addrs = 198.51.100.7
    proposals = aes256-sha384-ecp384
    local { auth = psk }
    remote { auth = psk }
    children { net { local_ts = 10.1.0.0/16
      remote_ts = 10.2.0.0/16
      esp_proposals = aes256gcm16-ecp384 } }
  }
}
`

describe('every command that answers in JSON', () => {
  const answering = commands.filter(({ outputs }) => outputs.includes('json')).map(({ name }) => name)

  it.each(answering)('%s: has a schema', (name) => {
    expect(schemaFiles).toContain(`${schemaName(name)}-output.schema.json`)
    expect(isAnswer(name)).toBeTypeOf('function')
  })

  it('is known to each schema of an answer', () => {
    const names = schemaFiles.flatMap((file) => /^(.*)-output\.schema/.exec(file)?.[1] ?? [])
    expect(names.sort()).toEqual([...new Set(answering.map(schemaName))].sort())
  })

  it('says what its schema says, in a life of all of them', async () => {
    const { bench, root, commit, watch } = remote()
    const asked = new Set<string>()
    const ask = (command: string, ...args: string[]) => {
      asked.add(command)
      return answer(bench, command, ...args)
    }
    await bench.write('set.yaml', many(SET, AUDIT))
    await bench.write(
      'm.yaml',
      many(inA('hq', 1), inA('lab', 2, { labels: '{ env: lab }' }), inA('off', 3, { enabled: false })),
    )

    await bench.write('swanctl.conf', SWANCTL)
    await bench.write('t.yaml', TESTS)
    for (const args of [
      ['validate'],
      ['plan'],
      ['plan', '--all-hosts'],
      ['apply', '--dry-run'],
      ['apply'],
      ['apply', '--auto-approve'],
      ['apply', '--auto-approve'],
      ['history'],
      ['suspend', 'a', '--for', '1h', '--reason', 'tests'],
      ['plan'],
      ['resume', 'a'],
      ['resume', 'a'],
      ['confirm', '--expired'],
      ['get'],
      ['get', '--all'],
      ['export'],
      ['drift'],
      ['sandbox', 'tamper', 'IPsecTunnel/hq'],
      ['sandbox', 'rm', 'IPsecTunnel/lab'],
      ['drift', 'm.yaml', '-l', 'env'],
      ['drift'],
      ['plan'],
      ['apply', '--auto-approve', '--max-replace', '0'],
      ['sandbox', 'show'],
      ['sandbox', 'set', 'hide', ''],
      ['forget', 'IPsecTunnel/hq', '--dry-run'],
      ['forget', 'IPsecTunnel/hq', '--auto-approve'],
      ['adopt', 'IPsecTunnel/hq', '--dry-run'],
      ['adopt', 'IPsecTunnel/hq', '--auto-approve'],
      ['adopt', 'IPsecTunnel/hq', '--auto-approve'],
      ['sandbox', 'negotiate', 'IPsecTunnel/hq'],
      ['sandbox', 'add-foreign'],
      ['get', '--all'],
      ['export', '--all'],
      ['doctor'],
      ['doctor', '--probe'],
      ['explain', 'IPsecTunnel.traffic'],
      ['explain', 'tunnelset'],
      ['explain', 'rightsubnet'],
      ['import', 'swanctl', 'swanctl.conf'],
      ['render'],
      ['test'],
      ['schema', 'KeyManager'],
      ['schema'],
      ['destroy', 'a', '--dry-run'],
      ['destroy', 'a'],
      ['destroy', 'a', '--auto-approve'],
      ['sandbox', 'reset'],
    ])
      await ask(args[0] as string, ...args.slice(1))

    await bench.write('m.yaml', 'kind: [')
    for (const command of ['apply', 'plan', 'validate', 'render', 'test']) await ask(command)
    for (const args of [
      ['drift', 'm.yaml'],
      ['adopt', 'IPsecTunnel/x', 'm.yaml'],
      ['plan', '--all-hosts'],
    ])
      await ask(args[0] as string, ...args.slice(1))

    commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn', time: '2h' }) })
    const inClone = workbenchAt(root)
    for (const args of [
      ['HEAD~1', 'HEAD', 'gw'],
      ['HEAD~1', 'HEAD'],
    ]) {
      asked.add('diff')
      await answer(inClone, 'diff', ...args)
    }

    const following = watch('--listen', '0')
    await following.until(() => following.stderr().includes('Listening on'))
    await following.saw('pass')
    await ask('status', '--url', String(/http:\S+/.exec(following.stderr())))
    await following.end()

    // those of a fleet answer where it has servers: test/fleet
    expect([...asked].sort()).toEqual(answering.filter((name) => !name.startsWith('fleet ')).sort())
  })
})
