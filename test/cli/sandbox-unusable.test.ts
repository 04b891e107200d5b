/** A sandbox that cannot be used ends every command with exit code 10, the path and the reason. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { show } from '../../src/providers/wfp/sandbox/admin.ts'
import { isRoot, SPOILINGS, type Spoiling, settled } from '../providers/wfp/sandbox/unusable.ts'
import { MAIN, type Ran, type Workbench, workbench, workbenchIn } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const SET = tunnelSet('lab', 'prune: true')
const tunnels = (count: number) =>
  many(SET, ...Array.from({ length: count }, (_, i) => tunnel(`branch-${i}`, { set: 'lab', net: i })))

/** Each way to use a sandbox. */
const COMMANDS: readonly (readonly string[])[] = [
  ['plan'],
  ['apply', '--auto-approve'],
  ['destroy', 'lab', '--auto-approve'],
  ['get', '--all'],
  ['drift'],
  ['export', '--all'],
  ['watch', '--once'],
  ['sandbox', 'show'],
  ['sandbox', 'add-foreign'],
  ['sandbox', 'set', 'integrity', 'fail'],
  ['sandbox', 'rm', 'IPsecTunnel/branch-0'],
]

const root = mkdtempSync(join(tmpdir(), 'wfpctl-unusable-'))
/** Two tunnels, applied, as the sandbox lies there when nobody uses it. */
const original = join(root, 'sandbox')
let bench: Workbench

beforeAll(async () => {
  const first = workbenchIn(root)
  await first.write('m.yaml', tunnels(2))
  expect((await first.run('apply', '--auto-approve')).code).toBe(0)
  settled(original)
})
afterAll(() => rmSync(root, { recursive: true }))

beforeEach(async () => {
  bench = workbench()
  await bench.write('m.yaml', tunnels(2))
})

function applied(): void {
  cpSync(original, bench.sandbox, { recursive: true })
}

function expectUnusable({ code, stdout, stderr }: Ran, path: string, says: RegExp): void {
  const said = `${stdout}${stderr}`
  expect(said).not.toMatch(/a bug|please report|ERROR_INTERNAL_ERROR/)
  expect({ code, said }).toEqual({ code: 10, said: expect.stringContaining(path) })
  expect(said).toMatch(says)
}

describe('an unusable sandbox', () => {
  const cases = SPOILINGS.filter(({ runIf }) => runIf !== false).map((spoiling) => [spoiling.name, spoiling] as const)

  it.each(cases)('%s ends an apply with exit code 10, the path and the reason', async (_, spoiling: Spoiling) => {
    applied()
    await bench.write('m.yaml', tunnels(3))
    const path = spoiling.spoil(bench.sandbox) ?? bench.sandbox

    const ran = await bench.run('apply', '--auto-approve', '--engine', `sandbox:${path}`)
    expectUnusable(ran, path, spoiling.says)
  })

  it('ends every command alike', async () => {
    applied()
    writeFileSync(join(bench.sandbox, 'engine.db'), 'garbage')

    for (const command of COMMANDS) {
      const ran = await bench.run(...command)
      expectUnusable(ran, bench.sandbox, /its files are damaged/)
      if (command[0] !== 'watch') expect(ran.stderr).toContain(`wfpctl sandbox reset --engine sandbox:${bench.sandbox}`)
    }
    const { code, stdout } = await bench.run('doctor')
    expect({ code, stdout }).toMatchObject({ code: 10, stdout: expect.stringContaining('its files are damaged') })
  })

  it('is empty and usable again after `sandbox reset`, whose files alone are removed', async () => {
    applied()
    for (const name of ['engine.db', 'sessions.db']) writeFileSync(join(bench.sandbox, name), 'garbage')
    writeFileSync(join(bench.sandbox, 'notes'), '')

    expect((await bench.run('sandbox', 'reset')).code).toBe(0)
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
    expect(existsSync(join(bench.sandbox, 'notes'))).toBe(true)
  })
})

/** Runs a command whose files may not grow beyond a size: what a full disk looks like to it. */
function runLimited(bytes: number, ...args: readonly string[]): Ran {
  const script = `ulimit -f ${Math.ceil(bytes / 512)} && exec "$@"`
  const env = { ...process.env, NO_COLOR: '1', WFPCTL_ENGINE: `sandbox:${bench.sandbox}` }
  const { status, signal, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', process.execPath, MAIN, ...args], {
    cwd: bench.folder,
    env,
    encoding: 'utf8',
  })
  return { code: status, signal, stdout, stderr }
}

describe.skipIf(process.platform === 'win32')('a full disk', () => {
  it('at the commit changes nothing and ends with exit code 10', async () => {
    applied()
    const before = await show({ directory: bench.sandbox })
    await bench.write('m.yaml', tunnels(60))

    expectUnusable(runLimited(60_000, 'apply', '--auto-approve'), bench.sandbox, /the disk is full/)
    const { contexts, filters } = await show({ directory: bench.sandbox })
    expect({ contexts, filters }).toEqual({ contexts: before.contexts, filters: before.filters })
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
  })

  it('where a sandbox is to be made ends with exit code 10', async () => {
    expectUnusable(runLimited(8_000, 'plan'), bench.sandbox, /the disk is full/)
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
  })

  it.runIf(isRoot && process.platform === 'linux')('is the same for a file system without room', async () => {
    for (const size of ['8k', '40k', '300k']) {
      const place = join(bench.sandbox, '..', `disk-${size}`)
      mkdirSync(place)
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place]).status !== 0) return
      try {
        await bench.write('m.yaml', tunnels(150))
        const sandbox = join(place, 'sandbox')
        const ran = await bench.run('apply', '--auto-approve', '--engine', `sandbox:${sandbox}`)
        expectUnusable(ran, sandbox, /the disk is full/)
      } finally {
        spawnSync('umount', [place])
      }
    }
  })
})

describe.runIf(isRoot)('a sandbox of another account', () => {
  it('is refused to an account without rights', async () => {
    applied()
    const env = { ...process.env, NO_COLOR: '1', WFPCTL_ENGINE: `sandbox:${bench.sandbox}`, HOME: bench.folder }
    const ran = await new Promise<Ran>((settle) => {
      const child = spawn(process.execPath, [MAIN, 'get', '--all'], { cwd: '/', env, uid: 65_534, gid: 65_534 })
      let stderr = ''
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      child.on('close', (code, signal) => settle({ code, signal, stdout: '', stderr }))
    })

    expectUnusable(ran, bench.sandbox, /permission denied/)
  })
})

describe('killed commands', () => {
  it('leave no locks behind the next one', async () => {
    applied()
    for (let call = 1; call <= 6; call += 1) {
      await bench.write('m.yaml', tunnels(2 + (call % 2)))
      await bench.runWith({ WFPCTL_SANDBOX_FAULT: `*#${call}=kill` }, 'apply', '--auto-approve')
    }
    expect(readdirSync(join(bench.sandbox, 'live')).length).toBeGreaterThan(0)

    expect((await bench.run('plan')).code).toBe(0)
    expect(readdirSync(join(bench.sandbox, 'live'))).toEqual([])
    expect(statSync(join(bench.sandbox, 'live')).mode & 0o777).toBe(0o700)
  })
})
