/**
 * The process that waits beside nobody: started by `apply --confirm-within`, it takes back in time what nobody confirms. It holds nothing.
 * What it is to do stands in the engine, so that whoever comes later can do it as well.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, resolve } from 'node:path'
import { type Deciding, takeBack } from '../reconcile/confirm/ending.ts'
import { type Confirmation, confirmationOf, secondsLeft } from '../reconcile/notes/index.ts'
import { EngineRefusal, type WatchableProvider } from '../reconcile/provider.ts'
import { sleep, systemClock } from '../reconcile/watch/clock.ts'
import { EngineLink } from '../reconcile/watch/engine-link.ts'
import { engineFrom } from './engine.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit.ts'
import { actorOf } from './process.ts'
import { setsFrom } from './selector.ts'
import type { Terminal } from './terminal.ts'

type Options = Readonly<Record<string, unknown>>

export interface Guard {
  /** It looks for what there is to wait for, and goes when there is nothing. */
  leave(): void
}

const READY = 'ready\n'
const READY_MILLISECONDS = 20_000
/** It needs no secret: everything else of the environment stays behind. */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|LANG|TZ|SystemRoot|windir|TEMP|TMP|USERPROFILE|USERNAME|USERDOMAIN|LOCALAPPDATA|APPDATA|XDG_\w+)$/i

/**
 * Started before anything is changed, and waiting for us to end: however that comes, it looks at the engine then.
 *
 * @throws CommandFailure where there is nobody to wait
 */
export async function startGuard(options: Options): Promise<Guard> {
  const choice = engineFrom(options)
  if (choice.engine === 'sandbox' && choice.directory === 'memory')
    throw new CommandFailure(EXIT.usage, 'sandbox:memory ends with this command, and nobody could confirm anything')
  const engine = choice.engine === 'wfp' ? 'wfp' : `sandbox:${resolve(choice.directory)}`
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => NEEDED.test(name)))
  const child = spawn(process.execPath, [String(process.argv[1]), 'confirm', '--await', '--engine', engine], {
    detached: true,
    cwd: dirname(process.execPath), // it stands, and nobody unmounts it
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  })
  await ready(child)
  child.unref()
  return { leave: () => child.stdin?.end() }
}

async function ready(child: ChildProcess): Promise<void> {
  const { stdout } = child
  if (!stdout) throw new Error('the output of the guard is no pipe')
  const signal = AbortSignal.timeout(READY_MILLISECONDS)
  try {
    const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('it ended at once')))
    const [text] = await Promise.race([once(stdout, 'data', { signal }), ended])
    if (String(text) !== READY) throw new Error('it answered something else')
    ended.catch(() => {})
    stdout.destroy()
  } catch (error) {
    child.kill()
    const why = (error as Error).message
    throw new CommandFailure(
      EXIT.unavailable,
      `the process that would take it back did not start (${why}); nothing was changed`,
    )
  }
}

/** Another look, if nobody tells of a change. */
const LOOK_MILLISECONDS = 30_000
const AGAIN_MILLISECONDS = 2_000
/** One after the other: more than an hour without an engine. */
const MOST_FAILURES = 150

/**
 * Waits until whoever started it is done (it closes our input, or dies), then until nothing waits any more, and takes back what is over.
 *
 * @param open a new session each time: one that is lost is opened anew
 * @param names none: every set
 */
export async function awaitConfirmations(
  open: () => Promise<WatchableProvider>,
  names: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  process.on('SIGHUP', () => {}) // the terminal that it was started from may close
  const opened = [await open()]
  let woken = () => {}
  const clock = systemClock
  const next = async () => opened.pop() ?? open()
  const engine = new EngineLink({ open: next, onChange: () => woken(), clock, random: Math.random, tell: () => {} })
  try {
    const provider = await engine.provider()
    if (provider && names.length > 0) await setsFrom(names, provider)
    terminal.answer(READY)
    await inputClosed()
    for (let failures = 0; failures < MOST_FAILURES; ) {
      const left = await attend(engine, names)
      if (left === undefined) return EXIT.done
      failures = left === FAILED ? failures + 1 : 0
      const wait = left === FAILED ? engine.waitMilliseconds : Math.min(left * 1000, LOOK_MILLISECONDS)
      await Promise.race([sleep(clock, wait + 1), new Promise<void>((resolve) => (woken = resolve))])
    }
    return EXIT.refusedByEngine
  } finally {
    await engine.close()
  }
}

/** A pipe closes, what is no stream (such as /dev/null) only ends, and what cannot be read fails. */
async function inputClosed(): Promise<void> {
  const { stdin } = process
  if (stdin.isTTY) return
  const closed = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) stdin.on(event, () => resolve())
  })
  stdin.resume()
  await closed
}

const FAILED = -1

/** @returns seconds until the next one is over; undefined: nothing waits */
async function attend(engine: EngineLink, names: readonly string[]): Promise<number | undefined> {
  const provider = await engine.provider()
  if (!provider) return FAILED
  try {
    const waits: number[] = []
    const waiting = await waitingIn(provider, []) // a set that was asked for may be gone by now
    for (const { set, confirmation } of waiting.filter(({ set }) => names.length === 0 || names.includes(set))) {
      const left = secondsLeft(confirmation, systemClock.uptime())
      if (left > 0) waits.push(left)
      else await takeBackOver(provider, set, waits)
    }
    engine.served()
    return waits.length === 0 ? undefined : Math.min(...waits)
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error
    await engine.lost(error.message)
    return FAILED
  }
}

async function takeBackOver(provider: WatchableProvider, set: string, waits: number[]): Promise<void> {
  const ended = await takeBack(provider, set, { ...decidingNow(), onlyOver: true })
  if (ended.status === 'waits') waits.push(AGAIN_MILLISECONDS / 1000)
  if (ended.status === 'impossible') waits.push(LOOK_MILLISECONDS / 1000) // or when somebody has changed something
}

export function decidingNow(): Deciding {
  return { actor: actorOf('confirm'), uptime: systemClock.uptime() }
}

/** @param names none: every set that waits for one */
export async function waitingIn(
  provider: WatchableProvider,
  names: readonly string[],
): Promise<readonly { readonly set: string; readonly confirmation: Confirmation }[]> {
  const waiting = []
  for (const set of await setsFrom(names, provider)) {
    const confirmation = confirmationOf(await provider.notes(set))
    if (confirmation) waiting.push({ set, confirmation })
  }
  return waiting
}
