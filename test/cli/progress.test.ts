import { describe, expect, it, onTestFinished } from 'vitest'
import { Progress, type ProgressMode } from '../../src/cli/render/progress.ts'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { watchingWith } from './watching.ts'

/** A screen that keeps what is written, and a clock that goes by hand. */
function screened(mode: ProgressMode, columns?: number) {
  const written: string[] = []
  let now = 1_000
  const progress = new Progress({ columns, write: (text) => written.push(text) }, mode, () => now)
  onTestFinished(() => progress.end())
  const at = (milliseconds: number, ...work: Parameters<typeof progress.report>) => {
    now = 1_000 + milliseconds
    progress.report(...work)
  }
  return { progress, written, at }
}

describe('progress', () => {
  it('shows nothing of what is over within half a second', () => {
    const { at, progress, written } = screened('line')
    for (let i = 0; i < 499; i++) at(i, 'reading manifests', i)
    progress.end()
    expect(written).toEqual([])
  })

  it('is one line, drawn at most ten times a second, and gone at the end', () => {
    const { at, progress, written } = screened('line')
    for (let i = 0; i <= 1_000; i++) at(i, 'applying', i, 4_000)
    progress.end()
    expect(written).toEqual([
      '\r\u001b[Kapplying: 500 of 4000 (12 %), 1 s',
      '\r\u001b[Kapplying: 600 of 4000 (15 %), 1 s',
      '\r\u001b[Kapplying: 700 of 4000 (17 %), 1 s',
      '\r\u001b[Kapplying: 800 of 4000 (20 %), 1 s',
      '\r\u001b[Kapplying: 900 of 4000 (22 %), 1 s',
      '\r\u001b[Kapplying: 1000 of 4000 (25 %), about 3 s left',
      '\r\u001b[K',
    ])
  })

  it('forecasts from the stage alone, in minutes where it is long', () => {
    const { at, written } = screened('line')
    at(0, 'reading manifests', 0)
    at(10_000, 'applying', 0, 1_000)
    at(20_000, 'applying', 10, 1_000)
    expect(written.at(-1)).toBe('\r\u001b[Kapplying: 10 of 1000 (1 %), about 17 min left')
  })

  it('gives way to what is written, and fits the terminal', () => {
    const { at, progress, written } = screened('line', 20)
    at(0, 'reading the engine')
    at(600, 'reading the engine')
    progress.clear()
    progress.clear()
    at(800, 'reading the engine')
    expect(written).toEqual(['\r\u001b[Kreading the engine,', '\r\u001b[K', '\r\u001b[Kreading the engine,'])
  })

  it('is a line every two seconds for a log, without control characters', () => {
    const { at, progress, written } = screened('plain')
    for (let i = 0; i <= 5_000; i += 100) at(i, 'checking manifests', i, 5_000)
    progress.end()
    expect(written).toEqual([
      'checking manifests: 500 of 5000 (10 %), 1 s\n',
      'checking manifests: 2500 of 5000 (50 %), about 3 s left\n',
      'checking manifests: 4500 of 5000 (90 %), about 1 s left\n',
    ])
  })

  it('says nothing where nobody wants it', () => {
    const { at, written } = screened('none')
    at(0, 'applying', 1, 2)
    at(60_000, 'applying', 1, 2)
    expect(written).toEqual([])
  })
})

describe('a command that takes long', () => {
  const SLOW = { WFPCTL_SANDBOX_FAULT: 'FwpmProviderCreateEnumHandle0#1+=wait:1200' }

  async function bench() {
    const made = workbench()
    await made.write('all.yaml', many(tunnelSet('vpn', 'prune: true'), tunnel('a', { set: 'vpn' })))
    return made
  }

  it('says into a pipe what it does only when it is asked to', async () => {
    const { runWith } = await bench()

    const [quiet, plain] = [await runWith(SLOW, 'plan', '.'), await runWith(SLOW, 'plan', '.', '--progress=plain')]

    expect([quiet.code, quiet.stderr]).toEqual([0, ''])
    expect(plain.stderr).toMatch(/^reading the engine, \d+ s\n/m)
    expect(plain.stdout).toBe(quiet.stdout)
  })

  it('says it of the first pass of watch, and of no other', async () => {
    const watch = watchingWith(SLOW, await bench(), '.', '--progress=plain')
    await watch.saw('pass', ({ tree }) => tree === 'good')
    const ofFirst = watch.stderr()
    expect(ofFirst).toMatch(/^reading the engine, \d+ s\n/m)

    watch.kill('SIGHUP')
    await watch.until(() => watch.of('pass').length > 1)
    expect(watch.stderr()).toBe(ofFirst)
  })

  it('refuses another word, and says which there are', async () => {
    const { run } = await bench()
    expect(await run('validate', '.', '--progress', 'loud')).toMatchObject({
      code: 64,
      stderr: 'wfpctl: loud is not auto, plain or none (--progress)\n',
    })
  })
})
