/**
 * The loop that keeps a host matching its manifests. Level-triggered: a file change, an engine notification, a timer and a signal all say no
 * more than "look again"; a pass reads everything, plans, and closes the difference. A restart loses nothing.
 */

import type { Diagnostic, OnProgress, RememberedResults } from '../../base/index.ts'
import type { Kinds, Resource } from '../../manifest/index.ts'
import { Interrupted } from '../apply/apply.ts'
import type { SetReport, SetResult } from '../apply/report.ts'
import type { Actor } from '../history.ts'
import type { Policy, SetPlan } from '../plan/index.ts'
import { EngineRefusal, type RefusalSort, type WatchableProvider } from '../provider.ts'
import { Backoff, nextWait } from './backoff.ts'
import { type Clock, sleep, type Timer } from './clock.ts'
import { EngineLink } from './engine-link.ts'
import { type FleetLink, type Mode, type TreeState, tellTo, type WatchEvent } from './events.ts'
import { Holder } from './holder.ts'
import { Loop } from './loop.ts'
import { type SetStatus, setSummaryOf } from './set-status.ts'
import type { ManifestSource } from './source.ts'
import { type Look, Tree } from './tree.ts'
import { has, type Marks, onlyTimer, type Trigger } from './triggers.ts'
import { describeError, EngineGone, RETRY, type WatchContext } from './watched-set.ts'
import { WatchedSets } from './watched-sets.ts'

export interface WatchOptions {
  readonly source: ManifestSource
  /** what the sources are called, for people */
  readonly sourceNames: readonly string[]
  readonly engineName: string
  readonly kinds: Kinds
  openProvider(): Promise<WatchableProvider>
  readonly policy: Policy
  /** absent: what each set says */
  readonly mode?: Mode
  readonly settleMilliseconds: number
  readonly heartbeatMilliseconds: number
  readonly clock: Clock
  /** who is remembered for what is corrected; absent: nothing is */
  readonly actor?: Actor
  /** 0 to 1, for what should not happen everywhere at the same moment */
  readonly random: () => number
  readonly listener: (event: WatchEvent) => void
  /** how this host stands with the fleet that it belongs to */
  readonly fleet?: () => FleetLink
  readonly progress?: OnProgress
  /** what earlier processes have found out of the same manifests; absent: nothing is known */
  readonly results?: RememberedResults
}

/** What is true now, as far as the last pass saw. */
export interface WatchStatus {
  readonly engine: { readonly name: string; readonly connected: boolean }
  readonly tree: TreeState
  readonly findings: readonly Diagnostic[]
  readonly commit?: string
  /** Git commit that was read last, where it is not the one that is enforced */
  readonly read?: string
  /** absent: it belongs to none */
  readonly fleet?: FleetLink
  readonly passes: number
  readonly lastPass?: string
  readonly sets: readonly SetStatus[]
}

export interface PassResult {
  readonly look: Look
  /** of the sets that this process may work on */
  readonly plans: readonly SetPlan[]
  /** of those that were to be applied */
  readonly reports: readonly SetReport[]
  /** false: the engine is away, or went away */
  readonly looked: boolean
}

/** Without an engine, or without the right to look at it, there is nothing to be told. */
const LOST: ReadonlySet<RefusalSort> = new Set(['unavailable', 'denied'])
/** Where no set says otherwise. */
const DEFAULT_RESYNC_SECONDS = 60
/** A transaction that does not end in this time is left to the engine, which rolls it back once we are gone. */
const STOP_MILLISECONDS = 1_500
/** A pass waits for so long for a handler that loads. */
const HANDLER_MILLISECONDS = 500
/** Waivers end by the date, which may be set at any time: so long at most until it is looked at again. */
const DATE_MILLISECONDS = 60_000

export class Watcher {
  readonly #options: Omit<WatchOptions, 'results'>
  readonly #context: WatchContext
  readonly #loop: Loop
  readonly #tree: Tree
  readonly #engine: EngineLink
  readonly #sets: WatchedSets
  /** of passes that fail as a whole */
  readonly #retry: Backoff
  readonly #stop = new AbortController()
  readonly #startedAt: number
  #subscription: { close(): Promise<void> } | undefined
  #passes = 0
  #lastPass: string | undefined
  #look: Look = { verdict: 'nothing', changed: false, diagnostics: [], missing: [], waitMilliseconds: 0 }
  #toldFindings = ''
  #beat: Timer | undefined
  #expiry: Timer | undefined

  constructor({ results, ...options }: WatchOptions) {
    const { clock, random, mode, progress, actor } = options
    const told = { ...(progress && { progress }), ...(actor && { actor }) }
    const tell = tellTo(options.listener, clock)
    const unregistered = (set: string, address: string) => tell('unregistered', { set, address })
    const holder = new Holder({
      clock,
      random,
      unregistered,
      patienceMilliseconds: HANDLER_MILLISECONDS,
      changed: () => this.mark('retry'),
    })
    this.#options = options
    this.#context = { clock, random, tell, holder, signal: this.#stop.signal, ...(mode && { mode }), ...told }
    this.#startedAt = clock.now()
    this.#loop = new Loop(clock, async (marks) => void (await this.pass(marks)))
    const { source, kinds, settleMilliseconds, policy } = options
    const strict = policy.strict === true
    this.#tree = new Tree(source, kinds, { clock, settleMilliseconds, strict, ...told, ...(results && { results }) })
    this.#engine = new EngineLink({
      open: options.openProvider,
      onChange: () => this.mark('engine'),
      clock,
      random,
      tell,
    })
    this.#sets = new WatchedSets(this.#context, this.#engine, options.policy)
    this.#retry = new Backoff(clock, random, RETRY)
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
    const { clock } = this.#context
    await this.#loop.end() // no trigger leads to a second one
    this.#tellStarted()
    await this.#listen()
    await this.#options.source.ready?.()
    const marks = { triggers: new Set<Trigger>(['start']), since: clock.now() }
    const reports: SetReport[] = []
    for (;;) {
      const pass = await this.pass(marks)
      reports.push(...pass.reports)
      const result = { ...pass, reports }
      if (await this.#context.holder.attempted()) continue // what was late is looked at once more
      const isPatient = clock.now() - marks.since < patienceMilliseconds
      if (result.look.verdict !== 'unsettled' || !isPatient) return result
      await sleep(clock, result.look.waitMilliseconds + 1)
    }
  }

  /** Says that it is worth looking again. */
  mark(trigger: Trigger): void {
    this.#loop.mark(trigger)
  }

  /** @returns when no pass runs; a mark may lead to another at any time */
  idle(): Promise<void> {
    return this.#loop.idle()
  }

  /** Ends within two seconds: what is being done is finished or taken back, key managers are unregistered. */
  async stop(reason: string): Promise<void> {
    this.#stop.abort()
    this.#beat?.cancel()
    this.#expiry?.cancel()
    let timer: Timer | undefined
    const timeIsUp = new Promise<void>((resolve) => {
      timer = this.#context.clock.after(STOP_MILLISECONDS, resolve)
    })
    await Promise.race([this.#end(), timeIsUp])
    timer?.cancel()
    this.#context.tell('stopped', { reason })
  }

  get status(): WatchStatus {
    const { accepted, verdict, diagnostics, read } = this.#look
    const fleet = this.#options.fleet?.()
    return {
      engine: { name: this.#options.engineName, connected: this.#engine.connected },
      tree: verdict,
      findings: diagnostics,
      ...(accepted?.commit !== undefined && { commit: accepted.commit }),
      ...(read !== undefined && read !== accepted?.commit && { read }),
      ...(fleet && { fleet }),
      passes: this.#passes,
      ...(this.#lastPass !== undefined && { lastPass: this.#lastPass }),
      sets: this.#sets.statuses,
    }
  }

  /** What the last good reading declares. */
  get declared(): readonly Resource[] {
    return this.#look.accepted?.desired.resources ?? []
  }

  /** One pass. Never rejects. */
  async pass(marks: Marks): Promise<PassResult> {
    const began = this.#context.clock.now()
    if (has(marks, 'retriesNow')) this.#retryNow()
    const reads = this.#look.verdict === 'unsettled' || has(marks, 'readsManifests')
    let result: PassResult = { look: this.#look, plans: [], reports: [], looked: false }
    try {
      this.#look = reads
        ? await this.#tree.look({ anew: has(marks, 'forgetsFiles') })
        : { ...this.#look, changed: false }
      this.#announce(this.#look)
      result = await this.#passOver(marks, this.#look)
    } catch (error) {
      await this.#failed(error)
    }
    this.#passes += 1
    if (!this.#stop.signal.aborted) {
      this.#tellPass(marks, began)
      this.#schedule(reads)
      this.#awaitExpiry()
    }
    return result
  }

  /** Everything that is declared, if there is an engine to ask and it is time to. */
  async #passOver(marks: Marks, look: Look): Promise<PassResult> {
    const provider = look.accepted && (await this.#engine.provider())
    if (!look.accepted || !provider || !this.#retry.isDue) return { look, plans: [], reports: [], looked: false }
    if (has(marks, 'forgetsEngine')) provider.forget()
    const { desired, commit } = look.accepted
    const input = { provider, since: marks.since, ...(commit !== undefined && { commit }) }
    const { plans, reports } = await this.#sets.pass(desired, input)
    this.#retry.reset()
    this.#engine.served()
    this.#lastPass = this.#context.clock.date().toISOString()
    // found by looking, not by being told: perhaps we are no longer told
    if (onlyTimer(marks) && this.#sets.drifted) await this.#engine.resubscribe()
    return { look, plans, reports, looked: true }
  }

  async #failed(error: unknown): Promise<void> {
    if (error instanceof Interrupted) return
    if (error instanceof EngineGone || (error instanceof EngineRefusal && LOST.has(error.sort))) {
      await this.#context.holder.releaseExcept(new Set()) // a lost session is closed all the same: ours may still live
      await this.#engine.lost(error.message)
      this.#sets.unlooked(this.#look.accepted?.desired, 'the engine is away')
      return
    }
    const result: SetResult = error instanceof EngineRefusal ? (error.sort === 'busy' ? 'busy' : 'failed') : 'bug'
    const retryMilliseconds = this.#retry.failed()
    const consecutive = this.#retry.failures
    const failure = { result, message: describeError(error), diagnostics: [], consecutive, retryMilliseconds }
    this.#context.tell('failure', failure)
    this.#sets.unlooked(this.#look.accepted?.desired, 'the last pass failed, and is to be tried again')
  }

  #retryNow(): void {
    this.#retry.reset()
    this.#context.holder.retryNow()
    this.#sets.retryNow()
  }

  #announce(look: Look): void {
    const { tell } = this.#context
    if (look.verdict === 'unsettled' && look.missing.length > 0) tell('unsettled', { missing: look.missing })
    if (look.changed && look.accepted) {
      this.#retryNow()
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
    if (this.#look.verdict === 'unsettled') this.#loop.wake('settle', this.#look.waitMilliseconds + 1)
    const waits = [
      nextWait([this.#retry, this.#engine]),
      this.#context.holder.nextWait(),
      this.#sets.nextWait(),
    ].filter((wait) => wait !== undefined)
    if (waits.length > 0) this.#loop.wake('retry', Math.min(...waits) + 1)
  }

  /** A waiver ends while nothing else changes: what it answered is an error from then on. */
  #awaitExpiry(): void {
    this.#expiry?.cancel()
    const { expiresIn } = this.#tree
    if (expiresIn === undefined || this.#look.verdict !== 'good') return
    const wait = Math.max(0, Math.min(expiresIn, DATE_MILLISECONDS))
    this.#expiry = this.#context.clock.after(wait, () => {
      if (expiresIn > wait) this.#awaitExpiry()
      else this.mark('expiry')
    })
  }

  #tellStarted(): void {
    const { engineName: engine, sourceNames: sources, mode = 'by set' } = this.#options
    this.#context.tell('started', { engine, processId: process.pid, mode, sources })
  }

  async #listen(): Promise<void> {
    this.#subscription = await this.#options.source.onChange((trigger) => this.mark(trigger))
  }

  #tellPass({ triggers }: Marks, began: number): void {
    const { clock, tell } = this.#context
    const durationMilliseconds = Math.round((clock.now() - began) * 10) / 10
    const { tree, commit, sets } = this.status
    const where = commit === undefined ? {} : { commit }
    const counts = { number: this.#passes, triggers: [...triggers], durationMilliseconds }
    tell('pass', { ...counts, sets: sets.map(setSummaryOf), tree, ...where })
  }

  #beatEvery(milliseconds: number): void {
    this.#beat = this.#context.clock.after(milliseconds, () => {
      const { clock, tell } = this.#context
      const uptimeSeconds = Math.round((clock.now() - this.#startedAt) / 1000)
      const { passes, sets, tree, findings } = this.status
      tell('heartbeat', { passes, uptimeSeconds, sets: sets.map(setSummaryOf), tree })
      if (tree === 'invalid') tell('invalid', { diagnostics: findings })
      this.#beatEvery(milliseconds)
    })
  }

  async #end(): Promise<void> {
    await this.#subscription?.close()
    await this.#loop.end()
    await this.#context.holder.releaseExcept(new Set())
    await this.#engine.close()
  }
}
