/** The engine that a command talks to: chosen by option, environment or platform; opened when it is needed, closed whatever happens. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, hostname, release } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { digestOfText, isJsonObject, parseDuration } from '../base/index.ts'
import type { EngineChoice, OpenOptions } from '../providers/index.ts'
import { EngineRefusal, type WatchableProvider } from '../reconcile/provider.ts'
import { ENGINE_WORDS } from './commands/command.ts'
import { CommandFailure, EXIT } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { knowFileAccess, makeDirectories, requireTrusted } from './trusted.ts'

const DEFAULT_LOCK_TIMEOUT_SECONDS = 15

type Options = Readonly<Record<string, unknown>>

export function engineFrom(options: Options): EngineChoice & { readonly byDefault: boolean } {
  const asked = options.engine ?? process.env.WFPCTL_ENGINE
  const text = typeof asked === 'string' && asked !== '' ? asked : process.platform === 'win32' ? 'wfp' : 'sandbox'
  const byDefault = asked === undefined || asked === ''
  if (text === 'wfp') return { engine: 'wfp', byDefault }
  if (text === 'sandbox') return { engine: 'sandbox', directory: defaultDirectory(), byDefault }
  if (text === 'sandbox:memory') return { engine: 'sandbox', directory: 'memory', byDefault }
  if (/^sandbox:./.test(text)) return { engine: 'sandbox', directory: text.slice('sandbox:'.length), byDefault }
  throw new CommandFailure(EXIT.usage, `unknown engine ${text}; choose ${ENGINE_WORDS}`)
}

/** Which engine, on which machine: `wfp on HQ-GW01`, `sandbox on ci-7 in /home/me/.local/state/wfpctl/sandbox`. */
export function engineIdentity(options: Options): string {
  const choice = engineFrom(options)
  const where =
    choice.engine === 'wfp' ? '' : ` in ${choice.directory === 'memory' ? 'memory' : resolve(choice.directory)}`
  return `${choice.engine} on ${hostname()}${where}`
}

/** The engine, and a word of warning where it is not the real one and nobody asked for that. */
export function announcedEngine(options: Options, terminal: Terminal): EngineChoice {
  const choice = engineFrom(options)
  if (choice.engine === 'sandbox' && choice.byDefault) {
    terminal.talk('No real IPsec is changed: this is the sandbox engine (on Windows the default is --engine wfp).\n')
  }
  return choice
}

/** Opens the engine at the first call; every call gives the same one. */
export type OpenProvider = () => Promise<WatchableProvider>

/** Runs a command that opens the engine when it comes to that, and closes what was opened. */
export async function withEngine<T>(
  options: Options,
  terminal: Terminal,
  work: (open: OpenProvider) => Promise<T>,
): Promise<T> {
  let opened: Promise<WatchableProvider> | undefined
  const open = () => {
    opened ??= openAnnounced(options, terminal)
    return opened
  }
  try {
    return await work(open)
  } finally {
    await opened?.then((provider) => closeQuietly(provider, terminal)).catch(() => {}) // where it did not open, the work failed
  }
}

/** What was done is done, and how it ended was said: that the engine minds our leaving is worth a note. */
async function closeQuietly(provider: WatchableProvider, terminal: Terminal): Promise<void> {
  try {
    await provider.close()
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error
    terminal.talk(`note: the engine's session did not close as it should: ${error.message}\n`)
  }
}

/** Runs a command on an open engine. */
export function withProvider<T>(
  options: Options,
  terminal: Terminal,
  work: (provider: WatchableProvider) => Promise<T>,
): Promise<T> {
  return withEngine(options, terminal, async (open) => work(await open()))
}

/** A session of its own, which whoever asks for it closes. */
export async function openAnnounced(options: Options, terminal: Terminal): Promise<WatchableProvider> {
  const choice = announcedEngine(options, terminal)
  await requireTrustedEngine(choice)
  const { openProvider } = await import('../providers/index.ts')
  return openProvider(choice, { ...openOptions(options), ...(choice.engine === 'wfp' && { answers: keptAnswers() }) })
}

/** Whoever may write a sandbox's folder decides what it answers. */
export async function requireTrustedEngine(choice: EngineChoice): Promise<void> {
  await knowFileAccess()
  if (choice.engine !== 'sandbox' || choice.directory === 'memory') return
  // owner and mode of the folder itself are looked at by the sandbox
  const first = process.platform === 'win32' ? choice.directory : dirname(resolve(choice.directory))
  await requireTrusted(first, 'the sandbox in', EXIT.unavailable)
}

/** The largest that the engine takes, which is for ever. */
const LONGEST_LOCK_TIMEOUT = 0xffff_ffff

export function openOptions(options: Options): OpenOptions {
  const text = options.lockTimeout
  const seconds = text === undefined ? DEFAULT_LOCK_TIMEOUT_SECONDS : parseDuration(String(text))
  if (seconds === undefined)
    throw new CommandFailure(EXIT.usage, `${text} is not a duration; write for instance 15s or 2m`)
  return { lockTimeoutMilliseconds: Math.min(seconds * 1000, LONGEST_LOCK_TIMEOUT) }
}

/** Each checkout has a sandbox of its own: two clones do not meet. Elsewhere it is the account's. */
function defaultDirectory(): string {
  const workTree = workTreeAbove(process.cwd())
  if (workTree === undefined) return join(stateDirectory(), 'sandbox')
  return join(stateDirectory(), `sandbox-${basename(workTree)}-${digestOfText(workTree).slice(-8)}`)
}

/** @returns the directory at or above this one that Git keeps, if any does */
export function workTreeAbove(directory: string): string | undefined {
  if (existsSync(join(directory, '.git'))) return directory
  return directory === dirname(directory) ? undefined : workTreeAbove(dirname(directory))
}

function stateDirectory(): string {
  const { LOCALAPPDATA, XDG_STATE_HOME } = process.env
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'wfpctl')
  return join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'wfpctl')
}

/** What the probe found out here: for this account, and until the next build of the system. */
const answersFile = (): string => join(stateDirectory(), 'probe.json')

/** Only silences warnings: what cannot be kept is asked again. */
export function keepAnswers(answers: ReadonlyMap<string, string>): void {
  try {
    makeDirectories(stateDirectory(), 0o700)
    writeFileSync(answersFile(), JSON.stringify({ system: release(), answers: Object.fromEntries(answers) }), {
      mode: 0o600,
    })
  } catch {
    // the next plan warns once more
  }
}

function keptAnswers(): ReadonlyMap<string, string> {
  try {
    const kept: unknown = JSON.parse(readFileSync(answersFile(), 'utf8'))
    if (!isJsonObject(kept) || kept.system !== release() || !isJsonObject(kept.answers)) return new Map()
    return new Map(Object.entries(kept.answers).map(([id, answer]) => [id, String(answer)]))
  } catch {
    return new Map()
  }
}
