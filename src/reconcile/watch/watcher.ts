/**
 * The loop that keeps a host true. Level-triggered: a file change, an engine notification, a timer and a signal all say no more than
 * "look again"; a pass reads everything, plans, and closes the difference. Nothing is remembered that could not be found out again.
 */

import type { Diagnostic } from '../../base/diagnostic.ts'
import type { ResourceKind } from '../../manifest/model.ts'
import type { Policy } from '../plan/policy.ts'
import { EngineRefusal, type RefusalSort, type WatchableProvider } from '../provider.ts'
import { Backoff } from './backoff.ts'
import { type Clock, sleep, type Timer } from './clock.ts'
import { EngineLink } from './engine-link.ts'
import type { Mode, Tell, TreeState, WatchEvent } from './events.ts'
import { Fights } from './fights.ts'
import { KeyManagers } from './key-managers.ts'
import { Loop, type Marks, type Trigger } from './loop.ts'
import { describeError, passAll } from './pass.ts'
import { EngineGone, failSet, type SetTurn, type Shared, WHOLE_PASS } from './set-pass.ts'
import type { ManifestSource } from './source.ts'
import { type SetStatus, StatusBoard } from './status-board.ts'
import { Stopped } from './stoppable.ts'
import { type Look, Tree } from './tree.ts'

export interface WatchOptions {
  readonly source: ManifestSource
  /** what the sources are called, for people */
  readonly sourceNames: readonly string[]
  readonly engineName: string
  readonly kinds: ReadonlyMap<string, ResourceKind>
  openProvider(): Promise<WatchableProvider>
  readonly policy: Policy
  /** absent: what each set says */
  readonly mode?: Mode
  readonly settleMilliseconds: number
  readonly heartbeatMilliseconds: number
  readonly clock: Clock
  /** 0 to 1, for what should not happen everywhere at the same moment */
  readonly random: () => number
  readonly listener: (event: WatchEvent) => void
}

/** What is true now, as far as the last pass saw. */
export interface WatchStatus {
  readonly engine: { readonly name: string; readonly connected: boolean }
  readonly tree: TreeState
  readonly findings: readonly Diagnostic[]
  readonly commit?: string
  readonly passes: number
  readonly lastPass?: string
  readonly sets: readonly SetStatus[]
}

export interface PassResult {
  readonly look: Look
  readonly turns: readonly SetTurn[]
  /** false: the engine is away, or went away */
  readonly looked: boolean
}

/** Without an engine, or without the right to look at it, there is nothing to be told. */
const LOST: ReadonlySet<RefusalSort> = new Set(['unavailable', 'denied'])
const RETRY = { firstMilliseconds: 500, longestMilliseconds: 300_000 }
/** Where no set says otherwise. */
const DEFAULT_RESYNC_SECONDS = 60
/** A transaction that does not end in this time is left to the engine, which rolls it back once we are gone. */
const STOP_MILLISECONDS = 1_500

export class Watcher {
  readonly #options: WatchOptions
  readonly #loop: Loop
  readonly #tree: Tree
  readonly #engine: EngineLink
  readonly #shared: Shared
  readonly #stop = new AbortController()
  readonly #startedAt: number
  #subscription: { close(): Promise<void> } | undefined
  #passes = 0
  #lastPass: string | undefined
  #look: Look = { verdict: 'nothing', changed: false, diagnostics: [], missing: [] }
  #toldFindings = ''
  #beat: Timer | undefined

  constructor(options: WatchOptions) {
    const { clock, random } = options
    const tell = ((event, content) =>
      options.listener({ event, time: clock.date().toISOString(), ...content } as WatchEvent)) satisfies Tell
    this.#options = options
    this.#startedAt = clock.now()
    this.#loop = new Loop(clock, async (marks) => void (await this.pass(marks)))
    this.#tree = new Tree(options.source, options.kinds, clock, options.settleMilliseconds)
    this.#engine = new EngineLink({
      open: options.openProvider,
      onChange: () => this.mark('engine'),
      clock,
      random,
      tell,
    })
    this.#shared = {
      clock,
      tell,
      retries: new Backoff(clock, random, RETRY),
      board: new StatusBoard(clock),
      fights: new Fights(clock, random),
      keyManagers: new KeyManagers(tell, new Backoff(clock, random, RETRY)),
      policy: options.policy,
      signal: this.#stop.signal,
      told: new Map(),
      ...(options.mode && { mode: options.mode }),
    }
  }

  /** Tells that it starts, listens to its triggers, and looks for the first time. */
  async start(): Promise<void> {
    this.#tellStarted()
    await this.#listen()
    this.#beatEvery(this.#options.heartbeatMilliseconds)
    this.mark('start')
  }

  /** One pass and no more, as soon as what is declared has come to rest. */
  async once(patienceMilliseconds: number): Promise<PassResult> {
    const { clock } = this.#shared
    await this.#loop.end() // no trigger leads to a second one
    this.#tellStarted()
    await this.#listen()
    const marks = { triggers: new Set<Trigger>(['start']), since: clock.now() }
    for (;;) {
      const result = await this.pass(marks)
      const isPatient = clock.now() - marks.since < patienceMilliseconds
      if (result.look.verdict !== 'unsettled' || !isPatient) return result
      await sleep(clock, this.#options.settleMilliseconds + 1)
    }
  }

  /** Says that it is worth looking again. */
  mark(trigger: Trigger): void {
    this.#loop.mark(trigger)
  }

  /** Ends within two seconds: what is being done is finished or taken back, key managers are unregistered. */
  async stop(reason: string): Promise<void> {
    this.#stop.abort()
    this.#beat?.cancel()
    let timer: Timer | undefined
    const timeIsUp = new Promise<void>((resolve) => {
      timer = this.#shared.clock.after(STOP_MILLISECONDS, resolve)
    })
    await Promise.race([this.#end(), timeIsUp])
    timer?.cancel()
    this.#shared.tell('stopped', { reason })
  }

  get status(): WatchStatus {
    const { accepted, verdict, diagnostics } = this.#look
    return {
      engine: { name: this.#options.engineName, connected: this.#engine.connected },
      tree: verdict,
      findings: diagnostics,
      ...(accepted?.commit !== undefined && { commit: accepted.commit }),
      passes: this.#passes,
      ...(this.#lastPass !== undefined && { lastPass: this.#lastPass }),
      sets: this.#shared.board.sets,
    }
  }

  /** One pass. Never rejects. */
  async pass(marks: Marks): Promise<PassResult> {
    const began = this.#shared.clock.now()
    if (marks.triggers.has('hangup')) this.#shared.retries.clear()
    const reads = this.#look.verdict === 'unsettled' || mayHaveMoved(marks)
    let result: PassResult = { look: this.#look, turns: [], looked: false }
    try {
      this.#look = reads ? await this.#tree.look() : { ...this.#look, changed: false }
      this.#announce(this.#look)
      result = await this.#reconcile(marks, this.#look)
    } catch (error) {
      await this.#failed(error)
    }
    this.#passes += 1
    if (!this.#stop.signal.aborted) {
      this.#tellPass(marks, began)
      this.#schedule(reads)
    }
    return result
  }

  #tellStarted(): void {
    const { engineName: engine, sourceNames: sources, mode = 'by set' } = this.#options
    this.#shared.tell('started', { engine, processId: process.pid, mode, sources })
  }

  async #listen(): Promise<void> {
    this.#subscription = await this.#options.source.onChange((trigger) => this.mark(trigger))
  }

  async #reconcile(marks: Marks, look: Look): Promise<PassResult> {
    const provider = look.accepted && (await this.#engine.provider())
    if (!look.accepted || !provider || !this.#shared.retries.isDue(WHOLE_PASS))
      return { look, turns: [], looked: false }
    if (looksAtEverything(marks)) provider.forget()
    const { desired, commit } = look.accepted
    const input = { provider, desired, since: marks.since, ...(commit !== undefined && { commit }) }
    const turns = await passAll(this.#shared, this.#engine, input)
    this.#shared.retries.succeeded(WHOLE_PASS)
    this.#engine.served()
    this.#lastPass = this.#shared.clock.date().toISOString()
    // found by looking, not by being told: perhaps we are no longer told
    if (turns.some((turn) => turn.drifted) && onlyTimer(marks)) await this.#engine.resubscribe()
    return { look, turns, looked: true }
  }

  async #failed(error: unknown): Promise<void> {
    if (error instanceof Stopped) return
    if (error instanceof EngineGone || (error instanceof EngineRefusal && LOST.has(error.sort))) {
      await this.#shared.keyManagers.releaseExcept(new Set()) // a lost session is closed all the same: ours may still live
      await this.#engine.lost(error.message)
      this.#shared.board.noteAway(this.#look.accepted?.desired, (set) => this.#options.mode ?? set.drift.mode)
      return
    }
    const result = error instanceof EngineRefusal ? (error.sort === 'busy' ? 'busy' : 'failed') : 'bug'
    failSet(this.#shared, undefined, { result, message: describeError(error), diagnostics: [] })
  }

  #announce(look: Look): void {
    const { tell, retries } = this.#shared
    if (look.verdict === 'unsettled' && look.missing.length > 0) tell('unsettled', { missing: look.missing })
    if (look.changed && look.accepted) {
      retries.clear()
      const { desired, commit } = look.accepted
      const counts = { sets: desired.sets.length, resources: desired.resources.length }
      tell('accepted', { ...counts, ...(commit !== undefined && { commit }) })
    }
    const findings = JSON.stringify(look.diagnostics.map((d) => [d.code, d.message, d.span?.file.path, d.span?.start]))
    if (look.verdict === 'invalid' && findings !== this.#toldFindings)
      tell('invalid', { diagnostics: look.diagnostics })
    this.#toldFindings = look.verdict === 'invalid' ? findings : ''
  }

  /** The timers that mark by themselves: the resync, the next retry, the second reading. A timer may be a little early: hence the 1. */
  #schedule(hasRead: boolean): void {
    const sets = this.#look.accepted?.desired.sets ?? []
    const resync = Math.min(...(sets.length === 0 ? [DEFAULT_RESYNC_SECONDS] : sets.map((s) => s.drift.resyncSeconds)))
    if (hasRead) this.#loop.wake('resync', resync * 1000) // an engine that never stops notifying does not put it off
    if (this.#look.verdict === 'unsettled') this.#loop.wake('settle', this.#options.settleMilliseconds + 1)
    const { retries, fights, keyManagers } = this.#shared
    const waits = [retries, fights, keyManagers, this.#engine].flatMap((waiting) => waiting.nextWait() ?? [])
    if (waits.length > 0) this.#loop.wake('retry', Math.min(...waits) + 1)
  }

  #tellPass({ triggers }: Marks, began: number): void {
    const { clock, tell, board } = this.#shared
    const durationMilliseconds = Math.round((clock.now() - began) * 10) / 10
    const { tree, commit } = this.status
    const where = commit === undefined ? {} : { commit }
    const sets = board.summaries()
    tell('pass', { number: this.#passes, triggers: [...triggers], durationMilliseconds, sets, tree, ...where })
  }

  #beatEvery(milliseconds: number): void {
    this.#beat = this.#shared.clock.after(milliseconds, () => {
      const { clock, tell, board } = this.#shared
      const uptimeSeconds = Math.round((clock.now() - this.#startedAt) / 1000)
      tell('heartbeat', { passes: this.#passes, uptimeSeconds, sets: board.summaries(), tree: this.#look.verdict })
      if (this.#look.verdict === 'invalid') tell('invalid', { diagnostics: this.#look.diagnostics })
      this.#beatEvery(milliseconds)
    })
  }

  async #end(): Promise<void> {
    await this.#subscription?.close()
    await this.#loop.end()
    await this.#shared.keyManagers.releaseExcept(new Set())
    await this.#engine.close()
  }
}

/** @returns whether what is declared may be another; what only concerns the engine leads to no reading */
function mayHaveMoved({ triggers }: Marks): boolean {
  return [...triggers].some((trigger) => trigger !== 'engine' && trigger !== 'retry')
}

/** @returns whether what the engine told counts for nothing: it may not have told all, or what it told was not enough to succeed */
function looksAtEverything({ triggers }: Marks): boolean {
  return (['resync', 'hangup', 'retry'] as const).some((trigger) => triggers.has(trigger))
}

/** @returns whether nobody said that the engine had changed */
function onlyTimer({ triggers }: Marks): boolean {
  return triggers.has('resync') && !triggers.has('engine')
}
