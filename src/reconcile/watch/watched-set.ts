/** One set for as long as it is declared: what a pass does about it, what is told of it, how it stands. */

import { type Diagnostic, hasErrors, type OnProgress } from '../../base/index.ts'
import { type Address, addressOf, isEnabled, type Resource, type TunnelSet } from '../../manifest/index.ts'
import { Interrupted } from '../apply/apply.ts'
import type { ApplyOptions, SetReport, SetResult } from '../apply/report.ts'
import { takeBack } from '../confirm/ending.ts'
import type { Actor } from '../history.ts'
import { secondsLeft } from '../notes/index.ts'
import { type Change, isDrift, type SetPlan } from '../plan/index.ts'
import { EngineRefusal, type WatchableProvider } from '../provider.ts'
import { Backoff, nextWait } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Deviation, Mode, Tell } from './events.ts'
import { Fights } from './fights.ts'
import type { Holder, Holding } from './holder.ts'
import { restraintOf, tellRestraint } from './restraint.ts'
import {
  leftHere,
  nextStatus,
  openChanges,
  type SetStatus,
  type Standing,
  statusWithoutEngine,
  UNSEEN,
} from './set-status.ts'

/** What a timer takes; by then it is looked at anew. */
const LONGEST_WAIT = 86_400_000

export const RETRY = { firstMilliseconds: 500, longestMilliseconds: 300_000 }

/** What all sets of one watch have in common. */
export interface WatchContext {
  readonly clock: Clock
  readonly random: () => number
  readonly tell: Tell
  readonly holder: Holder
  readonly signal: AbortSignal
  readonly progress?: OnProgress
  /** absent: nobody is remembered for what is corrected */
  readonly actor?: Actor
  /** `--mode`; absent: what each set says */
  readonly mode?: Mode
}

/** What one pass works on. */
export interface PassInput {
  readonly provider: WatchableProvider
  readonly commit?: string
  /** when the first sign came that led to this pass */
  readonly since: number
}

/** The engine went away while a set was applied; nothing of the set was changed. */
export class EngineGone extends Error {}

export class WatchedSet {
  readonly #context: WatchContext
  readonly #retry: Backoff
  readonly #fights: Fights
  #set: TunnelSet
  #declared: readonly Address[] = []
  #off: ReadonlySet<Address> = new Set()
  #status: SetStatus
  /** digest of the plan that was told last in `report` mode: what has been told is not told again */
  #told: string | undefined
  #drifted = false
  /** in the clock's time: when a reason to leave the set alone is over */
  #restrainedUntil = 0

  constructor(context: WatchContext, set: TunnelSet) {
    this.#context = context
    this.#set = set
    this.#retry = new Backoff(context.clock, context.random, RETRY)
    this.#fights = new Fights(context.clock, context.random)
    this.#status = nextStatus(undefined, UNSEEN, this.#occasion())
  }

  get status(): SetStatus {
    return this.#status
  }

  /** whether the last pass found the engine to be otherwise than what was applied */
  get drifted(): boolean {
    return this.#drifted
  }

  /** milliseconds until something of it is to be tried again */
  nextWait(): number | undefined {
    const restrained = { waitMilliseconds: this.#restrainedUntil - this.#context.clock.now() }
    return nextWait([this.#retry, this.#fights, restrained])
  }

  /** The declaration that counts from now on. */
  declare(set: TunnelSet, resources: readonly Resource[]): void {
    this.#set = set
    this.#declared = resources.map(addressOf)
    this.#off = new Set(resources.filter((one) => !isEnabled(one)).map(addressOf))
    this.#drifted = false
    this.#fights.forgetOld()
  }

  /** What failed may be tried again at once. */
  retryNow(): void {
    this.#retry.reset()
  }

  /** Another process watches it: nothing is done here. */
  heldBy(holder: string): void {
    this.#note({ state: 'held', why: `watched by ${holder}`, open: new Map() })
    if (!this.#retry.isDue) return
    this.#context.tell('held', { set: this.#set.name, holder, retryMilliseconds: this.#retry.failed() })
  }

  /** @param why nobody can look */
  unlooked(why: string): void {
    if (this.#status.state === 'unknown') this.#note({ ...UNSEEN, why })
    else this.#status = statusWithoutEngine(this.#status, { why, now: this.#now() })
  }

  /** A secret that is missing, or something that this engine cannot do: told when it is due, like any failure. */
  unplanned(diagnostics: readonly Diagnostic[]): void {
    const errors = diagnostics.filter((one) => hasErrors([one]))
    const why = errors.map(({ message }) => message).join('; ')
    if (this.#retry.isDue) this.#failed('invalid', why, errors)
    this.#note({ state: 'failing', why, open: new Map(this.#declared.map((address) => [address, why])) })
  }

  /** @returns how its plan is to be applied; undefined: it is left alone, and noted why */
  decide(plan: SetPlan, input: PassInput): ApplyOptions | undefined {
    const drifts = plan.changes.filter(isDrift)
    this.#drifted = drifts.length > 0
    const left = this.#reasonToLeave(plan, input)
    if (left) {
      if (left.state === 'skipped' && this.#status.state !== 'skipped') {
        this.#context.tell('skipped', { set: this.#set.name, host: this.#set.host ?? '' })
      }
      this.#note(left)
      return undefined
    }
    for (const change of drifts) {
      this.#context.tell('drift', { ...this.#deviation(input, change), mode: this.#mode() })
    }
    return { mode: 'commit', signal: this.#context.signal }
  }

  /** @throws EngineGone; EngineRefusal of sort `unavailable`; Interrupted */
  async ended(report: SetReport, input: PassInput): Promise<void> {
    try {
      await this.#ended(report, input)
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.sort === 'unavailable') throw error
      this.#failed('failed', error.message, [])
    }
  }

  async #ended(report: SetReport, input: PassInput): Promise<void> {
    if (report.result === 'interrupted') throw new Interrupted('interrupted')
    if (report.result === 'unavailable') throw new EngineGone(report.diagnostics.flatMap((d) => d.notes ?? [])[0])
    if (report.result === 'applied') await this.#tellCorrections(report, input)
    const steps = report.plan.outsideTransaction
    const holdings = await this.#context.holder.keep(input.provider, this.#set.name, steps)
    const gone = holdings.find(({ refusal }) => refusal?.sort === 'unavailable')
    if (gone) throw new EngineGone(gone.refusal?.message)
    for (const holding of holdings) this.#tellHolding(holding)
    this.#noteOutcome(report, holdings)
  }

  #reasonToLeave(plan: SetPlan, input: PassInput): Standing | undefined {
    const open = openChanges(plan)
    if (plan.skipped) return { state: 'skipped', open: leftHere(plan) }
    const restraint = restraintOf(plan, this.#set, this.#context.clock)
    this.#restrainedUntil = this.#context.clock.now() + Math.min(restraint?.milliseconds ?? 0, LONGEST_WAIT)
    if (restraint || this.#mode() === 'report') {
      if (restraint?.state && restraint.state !== this.#status.state) tellRestraint(plan, this.#context)
      this.#reportChanges(plan, input)
      const isOpen = plan.changes.length + plan.blocked.length > 0
      const state = restraint?.state ?? (this.#drifted ? 'drifted' : isOpen ? 'pending' : 'synced')
      return { state, ...(restraint && { why: restraint.why }), open }
    }
    if (plan.changes.length === 0) return undefined
    if (this.#fights.waitMilliseconds > 0) {
      return { state: 'conflict', why: 'left alone for a while: somebody else keeps changing it', open }
    }
    return this.#retry.isDue ? undefined : { state: 'failing', why: 'the last attempt failed; to be tried again', open }
  }

  /** What nobody confirmed in time is taken back, unless this watch is only to report. */
  async takeBackOver({ confirmation }: SetPlan, { provider }: PassInput): Promise<void> {
    const { clock, tell, actor } = this.#context
    if (!confirmation || this.#mode() === 'report' || !this.#retry.isDue) return
    if (secondsLeft(confirmation, clock.uptime()) > 0) return
    const by = actor ?? { by: 'watch', command: 'watch', date: () => clock.date() }
    const deciding = { actor: by, uptime: clock.uptime(), id: confirmation.id, onlyOver: true }
    try {
      const ended = await takeBack(provider, this.#set.name, deciding)
      if (ended.status === 'impossible')
        this.#failed('refused', ended.obstacles.map(({ address, why }) => `${address}: ${why}`).join('; '), [])
      else this.#restrainedUntil = clock.now() + 1 // what stands now is another plan
      if (ended.status !== 'taken-back') return
      const reason = confirmation.restarted ? 'not confirmed before a restart' : 'not confirmed in time'
      const { commit } = confirmation
      tell('rolled-back', { set: this.#set.name, by: confirmation.by, reason, ...(commit !== undefined && { commit }) })
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.sort === 'unavailable') throw error
      this.#failed('failed', error.message, [])
    }
  }

  /** In `report` mode the differences are told, and nothing is written: no key manager is registered either. */
  #reportChanges(plan: SetPlan, input: PassInput): void {
    if (this.#told === plan.digest) return
    this.#told = plan.digest
    for (const change of plan.changes) {
      const content = this.#deviation(input, change)
      if (isDrift(change)) this.#context.tell('drift', { ...content, mode: 'report' })
      else this.#context.tell('pending', content)
    }
  }

  async #tellCorrections({ plan, times }: SetReport, input: PassInput): Promise<void> {
    const { clock, tell } = this.#context
    const measured = {
      healMilliseconds: rounded(clock.now() - input.since),
      durationMilliseconds: rounded(times?.durationMilliseconds ?? 0),
      lockMilliseconds: rounded(times?.lockMilliseconds ?? 0),
    }
    for (const change of plan.changes) tell('correction', { ...this.#deviation(input, change), ...measured })
    for (const change of plan.changes) await this.#noteFight(change, input.provider)
  }

  /** Corrected again and again: somebody else wants it otherwise, and both of us flapping helps nobody. */
  async #noteFight(change: Change, provider: WatchableProvider): Promise<void> {
    const fight = this.#fights.corrected(change)
    if (!fight) return
    const { address, differences } = change
    this.#context.tell('conflict', {
      set: this.#set.name,
      address,
      differences,
      corrections: fight.corrections,
      retryMilliseconds: fight.holdMilliseconds,
      suspects: await provider.others(),
    })
  }

  #tellHolding({ step, status, refusal }: Holding): void {
    const { tell, holder } = this.#context
    const { address } = step
    if (status === 'registered') tell('registered', { set: this.#set.name, address })
    if (status !== 'failed') return
    const { failures: consecutive, waitMilliseconds: retryMilliseconds } = holder.retryOf(address)
    const message = refusal?.message ?? 'it cannot be registered'
    tell('failure', {
      set: this.#set.name,
      address,
      result: 'failed',
      message,
      diagnostics: [],
      consecutive,
      retryMilliseconds,
    })
  }

  #noteOutcome(report: SetReport, holdings: readonly Holding[]): void {
    const isDone = report.result === 'applied' || report.result === 'unchanged'
    const open = openChanges(isDone ? { ...report.plan, changes: [] } : report.plan)
    const troubles = holdings.flatMap(troubleOf)
    for (const [address, why] of troubles) open.set(address, why)
    if (isDone) {
      this.#retry.reset()
      const state = open.size === 0 ? 'synced' : troubles.length > 0 ? 'failing' : 'pending'
      this.#note({ state, open })
      return
    }
    const why = sentenceOf(report)
    this.#failed(report.result, why, report.diagnostics)
    this.#note({ state: 'failing', why, open })
  }

  /** Tells a failure and puts the next attempt off. */
  #failed(result: SetResult, message: string, diagnostics: readonly Diagnostic[]): void {
    const retryMilliseconds = this.#retry.failed()
    const consecutive = this.#retry.failures
    const failure = { set: this.#set.name, result, message, diagnostics, consecutive, retryMilliseconds }
    this.#context.tell('failure', failure)
  }

  #note(standing: Standing): void {
    this.#status = nextStatus(this.#status, standing, this.#occasion())
  }

  #occasion() {
    return {
      set: this.#set.name,
      mode: this.#mode(),
      declared: this.#declared,
      off: this.#off,
      consecutiveErrors: this.#retry.failures,
      now: this.#now(),
    }
  }

  #mode(): Mode {
    return this.#context.mode ?? this.#set.drift.mode
  }

  #now(): string {
    return this.#context.clock.date().toISOString()
  }

  #deviation({ commit }: PassInput, change: Change): Deviation {
    const { address, action, cause, impact, differences } = change
    const place = commit === undefined ? {} : { commit }
    return { set: this.#set.name, address, action, cause, impact, differences, ...place }
  }
}

/** Why a declared registration is not as declared. */
function troubleOf({ step, status, refusal }: Holding): [Address, string][] {
  if (status === 'failed') return [[step.address, refusal?.message ?? 'it cannot be registered']]
  return status === 'waiting' ? [[step.address, 'not registered yet; to be tried again']] : []
}

function sentenceOf({ diagnostics, plan, result, error }: SetReport): string {
  const reasons = [...diagnostics.map((d) => d.message), ...plan.blocked.map((b) => b.message)]
  if (error !== undefined) reasons.push(describeError(error))
  return reasons.length === 0 ? result : reasons.join('; ')
}

/** A bug is told with its place: the daemon goes on, somebody should read it all the same. */
export function describeError(error: unknown): string {
  if (error instanceof EngineRefusal) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
