/** Runs the built command line as a user would: a process of its own, a folder of its own, a sandbox of its own. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

export const MAIN = resolve('dist/cli/main.js')

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Workbench {
  /** the folder that commands run in */
  readonly folder: string
  /** the sandbox that commands use by default */
  readonly sandbox: string
  write(path: string, text: string): Promise<void>
  run(...args: readonly string[]): Promise<Ran>
  runWith(env: Readonly<Record<string, string | undefined>>, ...args: readonly string[]): Promise<Ran>
  /** the answer of a command that must exit 0 or `code`, parsed */
  json<T = Record<string, never>>(...args: readonly string[]): Promise<T>
  /** with a text on standard input */
  fed(input: string, ...args: readonly string[]): Promise<Ran>
  start(env: Readonly<Record<string, string | undefined>>, ...args: readonly string[]): Started
}

export interface Started {
  readonly pid: number
  readonly done: Promise<Ran>
  kill(signal: NodeJS.Signals): void
  /** what it has printed */
  soFar(): { readonly stdout: string; readonly stderr: string }
  /** resolves when the text has been printed on either stream; rejects when the process ends without */
  printed(text: string): Promise<void>
}

/** A fresh folder with a fresh sandbox beside it; both are removed when the test ends. */
export function workbench(): Workbench {
  const root = mkdtempSync(join(tmpdir(), 'wfpctl-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return workbenchIn(root)
}

/** In a folder that the caller made, and removes. */
export function workbenchIn(root: string): Workbench {
  return workbenchAt(join(root, 'repo'))
}

/** Where commands run in a folder that stands already; what they keep stands beside it. */
export function workbenchAt(folder: string): Workbench {
  const root = dirname(folder)
  const sandbox = join(root, 'sandbox')
  const envWith = (extra: Readonly<Record<string, string | undefined>>) => {
    const own = { WFPCTL_ENGINE: `sandbox:${sandbox}`, XDG_CACHE_HOME: join(root, 'cache') }
    return { ...process.env, NO_COLOR: '1', ...own, ...extra }
  }
  const start: Workbench['start'] = (extra, ...args) => started(args, folder, envWith(extra))
  const runWith: Workbench['runWith'] = async (env, ...args) => {
    await mkdir(folder, { recursive: true })
    return start(env, ...args).done
  }
  const run: Workbench['run'] = (...args) => runWith({}, ...args)
  return {
    folder,
    sandbox,
    run,
    runWith,
    start,
    fed: async (input, ...args) => {
      await mkdir(folder, { recursive: true })
      return started(args, folder, envWith({}), input).done
    },
    json: async (...args) => JSON.parse((await run(...args, '-o', 'json')).stdout),
    write: async (path, text) => {
      const file = join(folder, path)
      await mkdir(dirname(file), { recursive: true })
      writeFileSync(file, text)
    },
  }
}

function started(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, input?: string): Started {
  const stdin = input === undefined ? 'ignore' : 'pipe'
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: [stdin, 'pipe', 'pipe'] })
  child.stdin?.on('error', () => {}) // a command need not read all of it
  child.stdin?.end(input)
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  const collect = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    output[stream] += chunk.toString('utf8')
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', collect('stdout'))
  child.stderr?.on('data', collect('stderr'))
  const done = new Promise<Ran>((settle, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => settle({ code, signal, ...output }))
  })
  return {
    pid: child.pid as number,
    done,
    kill: (signal) => void child.kill(signal),
    soFar: () => ({ ...output }),
    printed: (text) =>
      new Promise((settle, reject) => {
        const check = () => {
          if (!output.stdout.includes(text) && !output.stderr.includes(text)) return
          listeners.delete(check)
          settle()
        }
        listeners.add(check)
        check()
        done.then(() => reject(new Error(`ended without printing ${text}:\n${output.stdout}${output.stderr}`)), reject)
      }),
  }
}
