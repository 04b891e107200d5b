/**
 * A Windows machine for a test on this side: the built command line on the win32 node.exe under Wine, with the test DLL as its engine.
 * Prepared by scripts/wine/test.sh, which compiles and names the cache.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { type Line, readStatement } from './statement.ts'

const cache = process.env.WFPCTL_WINE_CACHE
if (!cache) throw new Error('WFPCTL_WINE_CACHE is not set: run npm run test:wine')
const RUN_NODE = resolve('scripts/wine/run-node.sh')

type Environment = Readonly<Record<string, string>>

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly done: Promise<Ran>
  /** What it has printed so far. */
  stdout(): string
  /** Ends node.exe at once, as TerminateProcess does. */
  kill(): Promise<Ran>
}

export class Windows {
  /** where commands run */
  readonly folder: string
  readonly #root: string
  readonly #environment: Environment

  /** @param dll `fwpuclnt`, `fwpuclnt-win8` or `fwpuclnt-win7` */
  constructor(dll = 'fwpuclnt') {
    this.#root = mkdtempSync(join(tmpdir(), 'wfpctl-wine-'))
    onTestFinished(() => rmSync(this.#root, { recursive: true, force: true }))
    this.folder = join(this.#root, 'repo')
    mkdirSync(this.folder)
    this.#environment = {
      NO_COLOR: '1',
      WFPCTL_ENGINE: 'wfp',
      WFPCTL_FWPUCLNT: windowsPath(join(cache!, 'dll', `${dll}.dll`)),
      WFPCTL_TEST_DLL_STATE: windowsPath(join(this.#root, 'state')),
      WFPCTL_TEST_DLL_TRACE: windowsPath(this.#trace),
    }
  }

  get #trace(): string {
    return join(this.#root, 'trace.jsonl')
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: 0o600 })
  }

  /** Runs the command line to its end. */
  wfpctl(args: readonly string[], environment: Environment = {}): Promise<Ran> {
    return this.start(args, environment).done
  }

  start(args: readonly string[], environment: Environment = {}): Running {
    const streams = mkdtempSync(join(this.#root, 'streams-'))
    const env = { ...process.env, ...this.#environment, WFPCTL_WINE_STREAMS: streams, ...environment }
    const main = windowsPath(join(cache!, 'build/src/cli/main.js'))
    const child = spawn(RUN_NODE, [main, ...args], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const done = ranOf(child)
    const kill = (): Promise<Ran> => {
      child.kill('SIGTERM')
      return done
    }
    onTestFinished(async () => void (await kill()))
    return { done, kill, stdout: () => contentOf(join(streams, 'stdout')) }
  }

  /** What the DLL has stated so far. */
  statement(): Line[] {
    return existsSync(this.#trace) ? readStatement(this.#trace) : []
  }

  forgetStatement(): void {
    writeFileSync(this.#trace, '')
  }

  /** Waits until the DLL has stated something. */
  async stated(what: (lines: readonly Line[]) => boolean, seconds = 120): Promise<void> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; ) {
      if (what(this.statement())) return
      await new Promise((settle) => setTimeout(settle, 50))
    }
    throw new Error(`the DLL did not state it within ${seconds} seconds`)
  }
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

function ranOf(child: ChildProcess): Promise<Ran> {
  const [stdout, stderr] = [child.stdout, child.stderr].map(collected)
  return new Promise((settle, reject) => {
    child.on('error', reject)
    child.on('close', (code) => settle({ code, stdout: stdout!(), stderr: stderr!() }))
  })
}

function collected(stream: Readable | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
