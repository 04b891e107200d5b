/** An apply on a Friday night: confirmed, not confirmed, and with whoever is to take it back killed at any moment. */

import { execFileSync } from 'node:child_process'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Ran, type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { stateOf } from './scene.ts'
import { watching } from './watching.ts'

vi.setConfig({ testTimeout: 180_000 })

const LAB = tunnelSet('lab', 'prune: true')
const FIRST = many(LAB, tunnel('stays', { set: 'lab', net: 1 }), tunnel('goes', { set: 'lab', net: 2 }))
const SECOND = many(LAB, tunnel('stays', { set: 'lab', net: 1, time: '2h' }), tunnel('comes', { set: 'lab', net: 3 }))

/** What carries traffic, without what is kept beside it. */
async function standing(bench: Workbench): Promise<string> {
  const { contexts, filters } = JSON.parse(await stateOf(bench.sandbox)) as {
    contexts: { type: number }[]
    filters: unknown
  }
  const GENERAL = 8
  return JSON.stringify({ filters, contexts: contexts.filter(({ type }) => type !== GENERAL).sort(byText) })
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}

/** Processes that wait to take back what was applied to this sandbox. */
function guards({ sandbox }: Workbench): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')
  return lines
    .filter((line) => line.includes('--await') && line.includes(sandbox))
    .map((line) => Number.parseInt(line, 10))
}

function killGuards(bench: Workbench): void {
  for (const pid of guards(bench)) process.kill(pid, 'SIGKILL')
}

async function scene(within: string, env: { readonly HOME?: string } = {}) {
  const bench = workbench()
  onTestFinished(() => killGuards(bench))
  await bench.write('m.yaml', FIRST)
  expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
  const before = await standing(bench)
  await bench.write('m.yaml', SECOND)
  const applied = await bench.runWith(env, 'apply', '--auto-approve', '--confirm-within', within)
  expect(applied.code).toBe(0)
  const after = await standing(bench)
  expect(after).not.toBe(before)
  return { ...bench, bench, before, after, applied }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 120_000, interval: 100 }).toBe(true)
}

function commandsOf({ stdout }: Ran): string[] {
  return (JSON.parse(stdout) as { entries: { command: string }[] }).entries.map(({ command }) => command)
}

describe.skipIf(process.platform === 'win32')('an apply with --confirm-within', () => {
  it('stays once it is confirmed; until then everybody is told, and nobody else changes the set', async () => {
    const { bench, run, json, write, after, applied } = await scene('10m')
    expect(applied.stdout).toMatch(
      /Set lab: applied 3 changes, read back and verified\.\n {2}It is to be confirmed within 10m \(by \S+Z\): `wfpctl confirm lab` keeps it\./,
    )
    expect(guards(bench)).toHaveLength(1)

    expect(await json('plan')).toMatchObject({
      sets: [{ confirmation: { withinSeconds: 600, total: 3 }, blocked: [] }],
    })
    const got = await run('get')
    expect(got.stderr).toMatch(
      /^Set lab waits for a confirmation of what \S+ applied at \S+Z \(3 changes\), (10m|5\d\ds) left$/m,
    )
    await write('m.yaml', FIRST)
    const other = await run('apply', '--auto-approve')
    expect(other.code).toBe(4)
    expect(other.stdout).toContain('! set lab waits for a confirmation of what')
    expect((await run('destroy', 'lab', '--auto-approve')).code).toBe(4)
    expect(await standing(bench)).toBe(after)

    const confirmed = await run('confirm')
    expect(confirmed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Set lab: confirmed; what \S+ applied at \S+Z \(3 changes\) stays\.$/m),
    })
    await until(() => guards(bench).length === 0)
    expect(await standing(bench)).toBe(after)
    const late = await run('confirm', 'lab')
    expect(late.code).toBe(8)
    expect(late.stderr).toMatch(/set lab: the last one was confirmed, at \S+Z by/)
    expect(commandsOf(await run('history', '-o', 'json'))).toEqual(['confirm', 'apply', 'apply'])
  })

  it('is taken back in time when nobody confirms, and said so to who comes late', async () => {
    // a service may have no home
    const { bench, run, json, before } = await scene('4s', { HOME: '/nonexistent' })

    await until(async () => (await standing(bench)) === before)
    await until(() => guards(bench).length === 0)
    const late = await run('confirm')
    expect(late.code).toBe(8)
    expect(late.stderr).toMatch(
      /set lab: the last one was taken back \(not confirmed within 4s\), at .*; watches leave it alone until `wfpctl resume lab`/,
    )
    expect(await json('get')).toMatchObject({
      sets: [{ set: 'lab', suspension: { reason: expect.stringContaining('was taken back') } }],
    })
    expect(commandsOf(await run('history', '-o', 'json'))).toEqual(['rollback', 'apply', 'apply'])
    expect((await run('drift')).code).toBe(0)
    expect((await run('plan')).stdout).toContain('1 to create, 1 to replace, 1 to delete')
  })

  it('is taken back at once by who says no', async () => {
    const { bench, json, before } = await scene('10m')

    const { sets } = await json<{ sets: object[] }>('confirm', 'lab', 'lab', '--revert')
    expect(sets).toMatchObject([{ set: 'lab', status: 'taken-back', confirmation: { total: 3 } }])
    expect(await standing(bench)).toBe(before)
    await until(() => guards(bench).length === 0)
  })

  it('outlives whoever was to take it back: the promise is named, and kept by who comes next', async () => {
    const { bench, run, before, after } = await scene('3s')
    killGuards(bench)
    await new Promise((resolve) => setTimeout(resolve, 3_500))

    expect(await standing(bench)).toBe(after)
    expect((await run('get')).stderr).toMatch(/waits for a confirmation of .*, its time is over/)
    expect((await run('plan')).stdout).toContain('waits for a confirmation')
    const kept = await run('confirm', '--expired')
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining('Set lab: taken back') })
    expect(await standing(bench)).toBe(before)
    expect(await run('confirm', '--expired')).toMatchObject({ code: 0, stdout: 'Nothing waits for a confirmation.\n' })
  })

  it.each([
    ['is /dev/null, as of a service', ({ run }: Workbench) => run('confirm', '--await')],
    ['is a pipe that is closed', ({ fed }: Workbench) => fed('', 'confirm', '--await')],
  ])('is taken back by a process of somebody else whose input %s', async (_what, awaited) => {
    const { bench, before } = await scene('1s')
    killGuards(bench)

    const { code, stdout, stderr } = await awaited(bench)

    expect([code, stdout, stderr]).toEqual([0, 'ready\n', ''])
    expect(await standing(bench)).toBe(before)
  })

  it('is taken back by a process that loses its engine while it waits', async () => {
    const { bench, runWith, before } = await scene('15s')
    killGuards(bench)

    // with each session that it opens: at its second look
    const { code } = await runWith({ WFPCTL_SANDBOX_FAULT: 'FwpmTransactionBegin0#4=lost:1726' }, 'confirm', '--await')

    expect(code).toBe(0)
    expect(await standing(bench)).toBe(before)
  })

  it('is over when the machine is started anew, however long its time was', async () => {
    const { bench, run, before } = await scene('24h')
    killGuards(bench)
    expect((await run('confirm', '--expired')).stdout).toBe('Set lab: its time is not over.\n')
    await run('sandbox', 'restart')

    expect((await run('confirm', '--expired')).code).toBe(0)
    expect(await standing(bench)).toBe(before)
    expect((await run('history')).stdout).toContain('not confirmed before the engine was started anew')
  })

  it('is taken back by a watch that finds it, and is not done again by it', async () => {
    const { bench, before } = await scene('5s')
    killGuards(bench)
    const watch = watching(bench, '.')

    await watch.saw('unconfirmed')
    await watch.saw('rolled-back')
    await watch.saw('suspended')
    expect(await standing(bench)).toBe(before)
    expect(watch.of('correction')).toEqual([])
    await watch.end()
    expect((await bench.run('resume', 'lab')).stdout).toMatch(/^Set lab: resumed; it was suspended by /)
  })

  it('is killed at any of its calls: what it had done is taken back in time by the process beside it', async () => {
    const bench = workbench()
    onTestFinished(() => killGuards(bench))
    await bench.write('m.yaml', FIRST)
    await bench.run('apply', '--auto-approve')
    const before = await standing(bench)
    await bench.write('m.yaml', SECOND)
    const kills = { early: 0, landed: 0 }
    for (let call = 5; ; call += 9) {
      const fault = { WFPCTL_SANDBOX_FAULT: `*#${call}=kill` }
      const { signal } = await bench.runWith(fault, 'apply', '--auto-approve', '--confirm-within', '1s')
      if ((await standing(bench)) === before) kills.early += 1
      else kills.landed += 1
      await until(() => guards(bench).length === 0)
      expect(await standing(bench), `killed at call ${call}`).toBe(before)
      expect((await bench.run('get')).stderr).not.toContain('waits for')
      if (signal !== 'SIGKILL') break
    }
    expect(kills.early).toBeGreaterThan(5)

    const afterCommit = { WFPCTL_SANDBOX_FAULT: 'FwpmTransactionCommit0#1=done:kill' }
    const { signal } = await bench.runWith(afterCommit, 'apply', '--auto-approve', '--confirm-within', '3s')
    expect(signal).toBe('SIGKILL')
    expect(await standing(bench)).not.toBe(before)
    await until(async () => (await standing(bench)) === before)
  })

  it.each([
    ['--expired', 'before'],
    ['--revert', 'before'],
    ['', 'after'],
  ])('is decided by a process that is killed at any of its calls (confirm %s)', async (how, end) => {
    const { bench, run, runWith, before, after, write } = await scene('1s')
    killGuards(bench)
    let call = 3
    for (; ; call += 11) {
      const { signal } = await runWith(
        { WFPCTL_SANDBOX_FAULT: `*#${call}=kill` },
        'confirm',
        ...(how === '' ? [] : [how]),
      )
      const waits = /waits for a confirmation/.test((await run('get')).stderr)
      expect(await standing(bench), `killed at call ${call}`).toBe(waits || end === 'after' ? after : before)
      if (waits) continue
      if (signal !== 'SIGKILL') break
      await write('m.yaml', SECOND)
      await run('apply', '--auto-approve', '--confirm-within', '1s')
      killGuards(bench)
    }
    expect(call).toBeGreaterThan(30)
  })

  it('is confirmed although the answer of the commit was lost', async () => {
    const { run, runWith, bench, after } = await scene('10m')
    const lost = await runWith({ WFPCTL_SANDBOX_FAULT: 'FwpmTransactionCommit0#1=done:1726' }, 'confirm')

    expect(lost.code).toBe(0)
    expect(await standing(bench)).toBe(after)
    expect((await run('confirm')).code).toBe(8)
  })

  it('is refused where nobody could decide, or take it back', async () => {
    const { run, write, runWith } = workbench()
    await write('m.yaml', FIRST)
    for (const [code, said, ...args] of [
      [64, 'is not a time to confirm within', '--confirm-within', 'soon'],
      [64, 'is not a time to confirm within', '--confirm-within', '48h'],
      [64, 'exclude each other', '--confirm-within', '2m', '--hold'],
      [64, 'nobody could confirm', '--confirm-within', '2m', '--engine', 'sandbox:memory'],
    ] as const) {
      const ran = await run('apply', '--auto-approve', ...args)
      expect([ran.code, ran.stderr.includes(said)], ran.stderr).toEqual([code, true])
    }
    expect((await run('confirm', '--revert', '--expired')).code).toBe(64)
    expect((await run('confirm', '--await', 'elsewhere')).code).toBe(3)
    expect(await run('confirm', 'elsewhere')).toMatchObject({ code: 3 })

    await write('m.yaml', tunnel('a', { psk: 'env: PSK' }))
    await runWith({ PSK: 'the first key of it' }, 'apply', '--auto-approve')
    const rotated = await runWith({ PSK: 'the second key of it' }, 'apply', '--auto-approve', '--confirm-within', '2m')
    expect(rotated.code).toBe(4)
    expect(rotated.stderr).toContain('error[E330]: IPsecTunnel/a could not be brought back as it is')
    expect(rotated.stderr).toContain('--> m.yaml:1:1')
    expect(rotated.stdout + rotated.stderr).not.toMatch(/(first|second) key of it/)
  })
})

describe('a suspended set', () => {
  it('is left alone by a watch, and everybody is told', async () => {
    const bench = workbench()
    const { run, write, json } = bench
    await write('m.yaml', FIRST)
    await run('apply', '--auto-approve')
    expect((await run('suspend', 'lab', '--for', '2h', '--reason', 'the peer is updated')).stdout).toMatch(
      /^Set lab: suspended by \S+ until \S+Z: the peer is updated\. Watches leave it alone; `wfpctl resume lab` ends that\.$/m,
    )
    const watch = watching(bench, '.', '--listen', '0')
    await watch.saw('suspended')
    await run('sandbox', 'rm', 'IPsecTunnel/goes')
    await watch.saw('drift')
    expect(watch.of('correction')).toEqual([])
    const url = /Listening on (\S+)/.exec(watch.stderr())?.[1] as string
    expect((await run('status', '--url', url)).stdout).toMatch(/lab +suspended \(correct\) .*the peer is updated/)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('wfpctl_set_suspended{set="lab"} 1')
    expect((await run('get')).stderr).toMatch(/^Set lab is suspended by \S+ until \S+Z: the peer is updated$/m)
    expect(await json('plan')).toMatchObject({ sets: [{ suspension: { reason: 'the peer is updated' } }] })

    expect((await run('resume', 'lab')).code).toBe(0)
    await watch.saw('correction')
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('wfpctl_set_suspended{set="lab"} 0')
    await watch.end()
    expect((await run('resume', 'lab')).stdout).toBe('Set lab: was not suspended; nothing was changed\n')
    expect(commandsOf(await run('history', '-o', 'json'))).toEqual(['watch', 'resume', 'suspend', 'apply'])
    for (const [code, ...args] of [
      [3, 'suspend', 'elsewhere'],
      [64, 'suspend', 'lab', '--for', 'ever'],
      [64, 'suspend', 'lab', '--for', '99999999d'],
      [64, 'suspend', 'lab', '--reason', ' '],
      [3, 'resume', 'elsewhere'],
    ] as const)
      expect((await run(...args)).code, args.join(' ')).toBe(code)
  })
})
