/**
 * The systemd unit, as far as it can be seen without systemd: its own ExecStart, with the package laid out as npm does, under a user
 * without rights (where the tests may change users), with the environment and umask that the unit asks for.
 */

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readUnit } from '../support/unit.ts'
import { tunnel } from './manifests.ts'
import { PROMPT } from './watching.ts'

const unit = readUnit('packaging/wfpctl.service')
const NOBODY = 65_534
const mayChangeUser = process.getuid?.() === 0 && existsSync('/usr/bin/setpriv')
const SECRET = 'correct horse battery staple'

/** What lies under `/` on a machine that the package is installed on, below a folder of this test. */
function machine() {
  const root = mkdtempSync(join(tmpdir(), 'wfpctl-unit-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  chmodSync(root, 0o755)
  const below = (path: string) => join(root, path)
  const home = below('usr/lib/node_modules/wfpctl')
  for (const folder of [home, below('usr/bin'), below('etc/wfpctl')]) mkdirSync(folder, { recursive: true })
  const { files, bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const path of ['package.json', ...files]) {
    if (existsSync(path)) cpSync(path, join(home, path), { recursive: true })
  }
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'))
  chmodSync(join(home, bin.wfpctl), 0o755)
  symlinkSync(join('../lib/node_modules/wfpctl', bin.wfpctl), below('usr/bin/wfpctl'))
  const directories = {
    STATE_DIRECTORY: directory(root, 'lib', 'State'),
    CACHE_DIRECTORY: directory(root, 'cache', 'Cache'),
  }
  return { below, directories }
}

/** `StateDirectory=wfpctl` and its mode, as systemd makes it for the service's user. */
function directory(root: string, parent: string, sort: string): string {
  const path = join(root, 'var', parent, unit.one(`${sort}Directory`))
  mkdirSync(path, { recursive: true })
  chmodSync(path, Number.parseInt(unit.one(`${sort}DirectoryMode`), 8))
  if (mayChangeUser) chownSync(path, NOBODY, NOBODY)
  return path
}

type Machine = ReturnType<typeof machine>

/** ExecStart, its absolute paths below the machine's folder, and any free port. */
function start({ below, directories }: Machine, ...more: readonly string[]) {
  const command = unit
    .one('ExecStart')
    .split(' ')
    .map((word) => word.replace(/(^|:)(\/(?:usr|etc|var)\/.*)/, (_, before, path) => before + below(path)))
    .map((word) => word.replace(/^(127\.0\.0\.1:)\d+$/, '$10'))
  const unprivileged = [
    'setpriv',
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
  ]
  const user = mayChangeUser ? unprivileged : []
  const [file] = unit.all('EnvironmentFile')
  const secrets = readFileSync(below((file as string).replace(/^-/, '')), 'utf8')
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin`,
    HOME: '/',
    ...directories,
    ...Object.fromEntries(secrets.split('\n').flatMap((line) => (line === '' ? [] : [line.split('=', 2)]))),
  }
  const shell = ['-c', `umask ${unit.one('UMask')} && exec "$@"`, 'sh', ...user, ...command, ...more]
  const child = spawn('/bin/sh', shell, { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      said[stream] += chunk.toString('utf8')
    })
  }
  const exit = new Promise<number | null>((settle) => child.once('exit', settle))
  const events = () =>
    said.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const until = (isSo: () => boolean) =>
    expect.poll(isSo, { timeout: 120_000, interval: 20, message: `${said.stdout} ${said.stderr}` }).toBe(true)
  return { child, said, exit, events, until }
}

function installed() {
  const host = machine()
  writeFileSync(host.below('etc/wfpctl/a.yaml'), tunnel('a', { psk: 'env: HQ_PSK' }))
  writeFileSync(host.below('etc/wfpctl/secrets.env'), `HQ_PSK=${SECRET}\n`)
  return host
}

it('runs the ExecStart of the unit: reconciles, reloads, ends as systemd expects', async () => {
  const host = installed()
  const { child, said, exit, events, until } = start(host)
  const passes = () => events().filter(({ event }) => event === 'pass')
  await until(() => passes().at(-1)?.sets[0]?.state === 'synced')

  const url = /http:\S+/.exec(said.stderr)?.[0] as string
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const state = join(host.directories.STATE_DIRECTORY, 'sandbox')
  expect(statSync(state).mode & 0o077).toBe(0)
  if (mayChangeUser) expect(statSync(state).uid).toBe(NOBODY)
  const before = passes().length
  const [reload = '', ...args] = unit.one('ExecReload').replace('$MAINPID', String(child.pid)).split(' ')
  execFileSync(reload, args)
  await until(() =>
    passes()
      .slice(before)
      .some(({ triggers }) => triggers.includes('hangup')),
  )
  const told = performance.now()
  child.kill('SIGTERM')

  expect(await exit).toBe(0) // no SuccessExitStatus is needed
  expect(performance.now() - told).toBeLessThan(PROMPT)
  expect(Number.parseInt(unit.one('TimeoutStopSec'), 10)).toBeGreaterThan(2)
  expect(said.stdout + said.stderr).not.toContain(SECRET)
})

it('does not have a mistake in the command line repeated for ever', async () => {
  const { exit } = start(installed(), '--mode', 'perhaps')

  expect(unit.one('RestartPreventExitStatus').split(' ')).toContain(String(await exit))
})
