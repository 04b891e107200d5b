/** A `wfpctl watch -o ndjson` in a process of its own, and what it tells. */

import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { MAIN, type Workbench } from './harness.ts'

export interface Told {
  readonly event: string
  readonly time: string
  readonly [member: string]: unknown
}

export interface Watching {
  readonly pid: number
  readonly events: Told[]
  of(event: string): Told[]
  stderr(): string
  /** Waits until something is so; fails with the last events when it never is. */
  until(isSo: () => boolean, what?: string): Promise<void>
  /** Waits for an event that came after `from` events. */
  saw(event: string, matches?: (told: Told) => boolean, from?: number): Promise<Told>
  kill(signal: NodeJS.Signals): void
  /** Ends it, and says how that went. */
  end(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly milliseconds: number }>
}

const PATIENCE = 120_000
/** What ends at once ends in less than this on a machine that is busy, and so in less than any pause of ours. */
export const PROMPT = 15_000
const REST_SECONDS = 60

/** Files that nobody has written to for a while: a watch need not wait for them to come to rest. */
function rest(folder: string): void {
  const then = Date.now() / 1_000 - REST_SECONDS
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), then, then)
}

export function watching(bench: Workbench, ...args: readonly string[]): Watching {
  return watchingWith({}, bench, ...args)
}

export function watchingWith(env: NodeJS.ProcessEnv, bench: Workbench, ...args: readonly string[]): Watching {
  mkdirSync(bench.folder, { recursive: true })
  rest(bench.folder)
  const child = spawn(process.execPath, [MAIN, 'watch', '-o', 'ndjson', ...args], {
    cwd: bench.folder,
    env: { ...process.env, NO_COLOR: '1', WFPCTL_ENGINE: `sandbox:${bench.sandbox}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: Told[] = []
  let unfinished = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (unfinished + chunk.toString('utf8')).split('\n')
    unfinished = lines.pop() ?? ''
    for (const line of lines) events.push(JSON.parse(line) as Told)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  onTestFinished(() => void child.kill('SIGKILL'))
  const of = (event: string) => events.filter((told) => told.event === event)
  const until = async (isSo: () => boolean, what = '') => {
    const seen = () => `${what} ${stderr} ${JSON.stringify(events.slice(-6))}`
    await expect.poll(() => isSo() || seen(), { timeout: PATIENCE, interval: 20 }).toBe(true)
  }
  return {
    pid: child.pid as number,
    events,
    of,
    stderr: () => stderr,
    until,
    saw: async (event, matches = () => true, from = 0) => {
      const find = () => events.slice(from).find((told) => told.event === event && matches(told))
      await until(() => find() !== undefined, `waiting for ${event};`)
      return find() as Told
    },
    kill: (signal) => void child.kill(signal),
    end: async (signal = 'SIGTERM') => {
      const began = performance.now()
      child.kill(signal)
      return { code: await exited, milliseconds: performance.now() - began }
    },
  }
}

/** The last pass saw everything as it is declared. */
export function isSynced(watch: Watching, resources: number): boolean {
  const last = watch.of('pass').at(-1)
  const sets = (last?.sets ?? []) as readonly { readonly state: string; readonly resources: number }[]
  return (
    last?.tree === 'good' &&
    sets.every((s) => s.state === 'synced') &&
    sets.reduce((n, s) => n + s.resources, 0) === resources
  )
}
