/** `watch`: the loop on a terminal or as a service. */

import { setFlagsFromString } from 'node:v8'
import { type OnProgress, parseDuration } from '../../base/index.ts'
import type { Agent } from '../../fleet/agent.ts'
import { kindsByName } from '../../kinds/index.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import type { Mode, WatchEvent } from '../../reconcile/watch/events.ts'
import { SETTLE_MILLISECONDS } from '../../reconcile/watch/tree.ts'
import { Watcher, type WatchOptions } from '../../reconcile/watch/watcher.ts'
import { announcedEngine, engineFrom, openOptions, requireTrustedEngine } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { placesOf, policyFrom } from '../load.ts'
import { actorOf, hearEndings, tellWarnings, untilEnded } from '../process.ts'
import { openResults } from '../results.ts'
import type { Terminal } from '../terminal.ts'
import { eventJson, eventLine } from '../watch/lines.ts'
import { runOnce, sourceFrom } from '../watch/source-options.ts'
import type { Invocation } from './command.ts'

const HEARTBEAT_SECONDS = 60

type Options = Readonly<Record<string, unknown>>
type Listener = (event: WatchEvent) => void

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  refuseUnknownLogFormat(options)
  if (options.once === true && options.listen !== undefined) {
    throw new CommandFailure(EXIT.usage, '--once serves nothing; omit --listen')
  }
  if (options.listen === undefined && options.listenTokenFile !== undefined) {
    throw new CommandFailure(EXIT.usage, '--listen-token-file goes with --listen')
  }
  const listeners = new Set<Listener>([printer(options, terminal)])
  const listener: Listener = (event) => {
    for (const listen of listeners) listen(event)
  }
  const stop = new AbortController()
  tellWarnings(listener)
  await requireTrustedEngine(engineFrom(options))
  const agent = await joining(options, listener)
  const watcher = new Watcher({
    ...watchOptions(args, options, terminal),
    ...sourceFrom(args, options, { listener, signal: stop.signal, ...(agent && { named: agent }) }),
    listener,
    ...(agent && { fleet: () => agent.link }),
    progress: ofFirstPass(listeners, terminal),
  })
  if (options.once === true) return unlessEnded(runOnce(watcher, listeners), watcher, stop)
  const server = await serve(options, watcher, listeners, terminal)
  if (server) terminal.talk(`Listening on ${server.url}\n`)
  const streams = options.logFormat === 'json' ? [process.stdout, process.stderr] : [process.stdout]
  const ended = untilEnded(() => watcher.mark('hangup'), streams)
  if (agent) listeners.add((await import('../watch/fleet.ts')).between(agent, watcher))
  agent?.start()
  await Promise.race([watcher.start(), ended])
  const { reason, exitCode } = await ended
  stop.abort()
  await Promise.all([watcher.stop(reason), agent?.stop()])
  await server?.close()
  return exitCode
}

/** Nobody else loads what speaks to a fleet. */
async function joining(options: Options, listener: Listener): Promise<Agent | undefined> {
  const lost = ['Name', 'Creds', 'Ca', 'Cert', 'Key'].find((word) => options[`fleet${word}`] !== undefined)
  if (options.fleet === undefined && lost !== undefined)
    throw new CommandFailure(EXIT.usage, `--fleet-${lost.toLowerCase()} goes with --fleet URL, and there is none`)
  if (options.fleet === undefined) return undefined
  const { agentFrom } = await import('../watch/fleet.ts')
  return agentFrom(options, listener)
}

/** What comes after it is short, or told by events. */
function ofFirstPass(listeners: Set<Listener>, terminal: Terminal): OnProgress {
  let hasPassed = false
  listeners.add((told) => {
    if (told.event !== 'pass' || told.tree === 'unsettled' || hasPassed) return
    hasPassed = true
    terminal.quiet()
    staySmall()
  })
  return (...work) => {
    if (!hasPassed) terminal.progress(...work)
  }
}

/**
 * V8 lets the heap of a process that makes much grow to four times what lives in it. Of one that stays, memory counts for more than the time that
 * collecting takes. Not before it has loaded what it needs: what is loaded after a flag was set is compiled anew.
 */
function staySmall(): void {
  setFlagsFromString('--heap-growing-percent=50')
}

/** One pass that is told to stop has not done what it was to do. */
async function unlessEnded(pass: Promise<ExitCode>, watcher: Watcher, stop: AbortController): Promise<ExitCode> {
  const ended = hearEndings().then(async ({ reason }) => {
    stop.abort()
    await watcher.stop(reason)
    return EXIT.interrupted
  })
  return Promise.race([pass, ended])
}

async function serve(options: Options, watcher: Watcher, listeners: Set<Listener>, terminal: Terminal) {
  const { listen: address, listenTokenFile } = options
  if (typeof address !== 'string') return undefined
  const [{ watchSite }, { listen }] = await Promise.all([import('../http/watch-site.ts'), import('../http/server.ts')])
  const site = watchSite(watcher)
  const tokenFile = typeof listenTokenFile === 'string' ? { tokenFile: listenTokenFile } : {}
  const server = await listen({ address, ...tokenFile, tell: (text) => terminal.talk(text) }, site)
  listeners.add((event) => {
    site.note(event)
    server.changed()
  })
  return server
}

function watchOptions(
  paths: readonly string[],
  options: Options,
  terminal: Terminal,
): Omit<WatchOptions, 'source' | 'sourceNames' | 'listener'> {
  const choice = announcedEngine(options, terminal)
  const opening = openOptions(options)
  const mode = modeFrom(options)
  const results = openResults(placesOf(paths, options), options)
  return {
    engineName: choice.engine,
    kinds: kindsByName,
    openProvider: async () => {
      const { openProvider } = await import('../../providers/index.ts')
      return openProvider(choice, opening)
    },
    policy: policyFrom(options, paths),
    settleMilliseconds: duration(options.settle, SETTLE_MILLISECONDS / 1000) * 1000,
    heartbeatMilliseconds: duration(options.heartbeat, HEARTBEAT_SECONDS) * 1000,
    clock: systemClock,
    actor: actorOf('watch'),
    random: Math.random,
    ...(mode && { mode }),
    ...(results && { results }),
  }
}

/** stdout has the events in the form that was asked for; `--log-format json` has them on stderr as well, for a journal. */
function printer(options: Options, terminal: Terminal): Listener {
  return (event) => {
    if (options.logFormat === 'json') terminal.log(eventJson(event))
    if (options.output === 'ndjson') return terminal.answer(eventJson(event))
    const line = eventLine(event)
    if (line !== undefined) terminal.answer(line)
    if ('diagnostics' in event && options.logFormat !== 'json') terminal.findings(event.diagnostics)
  }
}

function modeFrom({ mode }: Options): Mode | undefined {
  if (mode === undefined || mode === 'correct' || mode === 'report') return mode
  throw new CommandFailure(EXIT.usage, `unknown mode ${mode}; choose correct or report`)
}

function refuseUnknownLogFormat({ logFormat }: Options): void {
  if (logFormat === undefined || logFormat === 'json') return
  throw new CommandFailure(EXIT.usage, `unknown log format ${logFormat}; the only one is json`)
}

function duration(text: unknown, otherwise: number): number {
  const seconds = text === undefined ? otherwise : parseDuration(String(text))
  if (seconds === undefined)
    throw new CommandFailure(EXIT.usage, `${text} is not a duration; write for instance 15s or 2m`)
  return seconds
}
