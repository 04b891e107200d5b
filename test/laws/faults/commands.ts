/** What each command does with an engine, without its command line: which exit code, which finding, what a watch tells. */

import { join } from 'node:path'
import { expect } from 'vitest'
import { type ExitCode, exitCodeOf, exitCodeOfRefusal, worst } from '../../../src/cli/exit.ts'
import { findingOfHolding } from '../../../src/cli/render/index.ts'
import { kindsByName } from '../../../src/kinds/index.ts'
import type { Desired } from '../../../src/manifest/model.ts'
import { bind } from '../../../src/providers/wfp/binding/call/bind.ts'
import { refusing } from '../../../src/providers/wfp/engine/index.ts'
import { WfpProvider } from '../../../src/providers/wfp/provider.ts'
import { remove } from '../../../src/providers/wfp/sandbox/admin.ts'
import type { SetReport } from '../../../src/reconcile/apply/report.ts'
import { EngineRefusal } from '../../../src/reconcile/provider.ts'
import type { Clock } from '../../../src/reconcile/watch/clock.ts'
import type { WatchEvent } from '../../../src/reconcile/watch/events.ts'
import { Holder, type Holding, stayHolding } from '../../../src/reconcile/watch/holder.ts'
import { Watcher } from '../../../src/reconcile/watch/watcher.ts'
import { textOf } from '../../arbitraries/manifests.ts'
import { keyOf, NOTHING, OTHERS, OTHERS_DOCUMENTS, SET, TWO_DOCUMENTS } from '../../conformance/scene.ts'
import { ManualClock } from '../../reconcile/watch/manual-clock.ts'
import { applyTo, desiredOf } from '../lab.ts'
import type { Line } from './faults.ts'
import { beside, type Stage, type State } from './stage.ts'

/** Where a command runs: the engine, and the calls that it makes there. */
export interface Place {
  readonly stage: Stage
  readonly line: Line
}

export interface Command {
  /** what it is to reach */
  readonly desired: Desired
  /** @returns exit code and finding; of a watch, what it told, and how the engine stood then */
  run(place: Place): Promise<{ readonly told: string; readonly state?: State }>
  /** How it finds out by itself that somebody else changed the engine. */
  wakes?(place: Place): Promise<string>
}

const AUDIT = {
  apiVersion: 'wfpctl/v1alpha1',
  kind: 'KeyManager',
  metadata: { name: 'audit', set: SET },
  spec: {
    role: 'notify',
    handler: { builtin: 'audit-log', file: join(beside, 'log.ndjson') },
  },
}
const HELD = desiredOf([...OTHERS_DOCUMENTS, AUDIT])
const ALLOW = { host: 'gw01', allowEmpty: true }

export const COMMANDS: { readonly [name: string]: Command } = {
  apply: { desired: OTHERS, run: (place) => once(place, OTHERS) },
  destroy: { desired: NOTHING, run: (place) => once(place, NOTHING) },
  watch: { desired: OTHERS, run: watch, wakes },
  'apply --hold': { desired: HELD, run: (place) => once(place, HELD, hold) },
}

async function open({ stage, line }: Place): Promise<WfpProvider> {
  return refusing(async () => {
    const raw = stage.open()
    const options = { name: 'sandbox', lockTimeoutMilliseconds: 1_000, closeLibrary: async () => stage.leave(raw) }
    return WfpProvider.open(line.over(bind(raw), raw), options)
  })
}

/** What follows an apply. @returns further exit codes, and words for the cell */
type Sequel = (provider: WfpProvider, reports: readonly SetReport[]) => Promise<{ codes: ExitCode[]; words: string[] }>

async function once(place: Place, desired: Desired, sequel?: Sequel): Promise<{ told: string }> {
  try {
    const provider = await open(place)
    try {
      const reports = await applyTo(provider, desired, ALLOW)
      expect(reports.map(({ result }) => result)).not.toContain('bug')
      const more = await sequel?.(provider, reports)
      const code = worst([...reports.map(exitCodeOf), ...(more?.codes ?? [])])
      const findings = reports.flatMap(({ diagnostics }) => diagnostics.map((one) => one.code))
      return { told: [[code, ...findings.slice(0, 1)].join(' '), ...(more?.words ?? [])].join(', ') }
    } finally {
      await provider.close().catch(refusalOf)
    }
  } catch (error) {
    const refusal = refusalOf(error)
    return { told: `${exitCodeOfRefusal(refusal)} ${refusal.sort}` }
  }
}

function refusalOf(error: unknown): EngineRefusal {
  if (error instanceof EngineRefusal) return error
  throw error
}

/** Registers what is declared, and looks twice whether the engine still knows of it. */
async function hold(provider: WfpProvider, [report]: readonly SetReport[]) {
  const stop = new AbortController()
  const clock = hurriedClock(2, () => stop.abort())
  const holder = new Holder({ clock, random: () => 1 })
  const plan = report?.plan ?? expect.fail('nothing was planned')
  const holdings: Holding[] = await holder.keep(provider, SET, plan.outsideTransaction)
  const failures = holdings.flatMap(findingOfHolding)
  const words = failures.map(({ code }) => `key manager not held: ${code}`)
  if (holdings.some(({ status }) => status === 'registered')) {
    const again = () => words.push('key manager registered again')
    await stayHolding(holder, { provider, plans: [plan], clock, signal: stop.signal, again })
  }
  await holder.releaseExcept(new Set())
  return { codes: failures.length > 0 ? [7 as const] : [], words }
}

/** Every wait is over at once, and counts. */
function hurriedClock(waits: number, over: () => void): Clock {
  let now = 0
  let left = waits
  return {
    now: () => now,
    uptime: () => now / 1000,
    date: () => new Date(now),
    after: (milliseconds, run) => {
      left -= 1
      const timer = setImmediate(() => {
        now += milliseconds
        if (left < 0) over()
        run()
      })
      return { cancel: () => clearImmediate(timer) }
    },
  }
}

/** A watch, its clock, and what is declared. */
class Watch {
  readonly clock = new ManualClock()
  readonly events: WatchEvent[] = []
  readonly watcher: Watcher
  #text = textOf(TWO_DOCUMENTS)

  constructor(place: Place) {
    this.watcher = new Watcher({
      source: {
        read: async () => ({
          files: [{ path: 'generated.yaml', text: this.#text }],
          diagnostics: [],
          state: 'finished',
        }),
        onChange: async () => ({ close: async () => {} }),
      },
      sourceNames: ['generated.yaml'],
      engineName: 'sandbox',
      kinds: kindsByName,
      openProvider: () => open(place),
      policy: ALLOW,
      settleMilliseconds: 250,
      heartbeatMilliseconds: 3_600_000,
      clock: this.clock,
      random: () => 1,
      listener: (event) => void this.events.push(event),
    })
  }

  /** A pass, if one is due. */
  async pass(milliseconds = 30): Promise<void> {
    await this.clock.advance(milliseconds)
    await this.watcher.idle()
  }

  async save(documents: typeof OTHERS_DOCUMENTS): Promise<void> {
    this.#text = textOf(documents)
    this.watcher.mark('files')
    await this.pass()
  }

  /** The first trouble that it told. */
  get trouble(): string | undefined {
    for (const told of this.events) {
      if (told.event === 'engine-lost') return 'engine-lost'
      if (told.event === 'failure') return `failure ${told.result} ${told.diagnostics[0]?.code ?? ''}`.trim()
    }
    return undefined
  }

  /** Notifications and the engine's answers take real time. */
  async until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000
    for (let step = 30; !isSo(); step = Math.min(2 * step, 2_000)) {
      if (Date.now() > deadline) throw new Error(`it did not come to that: ${JSON.stringify(this.events.slice(-6))}`)
      await new Promise((resolve) => setTimeout(resolve, 1))
      await this.pass(step)
    }
  }

  get isSynced(): boolean {
    const { tree, sets } = this.watcher.status
    return tree === 'good' && sets.length > 0 && sets.every(({ state }) => state === 'synced')
  }
}

/** It runs on what stands, then other manifests are saved. What lasts is mended once it was told. */
async function watch(place: Place): Promise<{ told: string; state?: State }> {
  const { stage } = place
  const one = new Watch(place)
  let state: State | undefined
  const notice = async () => {
    if (state !== undefined || !one.trouble) return
    state = await stage.state(OTHERS)
    await stage.mend()
  }
  await one.watcher.start()
  await one.pass()
  await notice()
  await one.save(OTHERS_DOCUMENTS)
  await notice()
  await one.until(() => one.isSynced)
  await one.watcher.stop('the cell ends')
  return { told: one.trouble ?? '', ...(state && { state }) }
}

/** Somebody else deletes a tunnel while it runs. */
async function wakes(place: Place): Promise<string> {
  const one = new Watch(place)
  await one.watcher.start()
  await one.until(() => one.isSynced)
  await one.save(OTHERS_DOCUMENTS)
  await one.until(() => one.isSynced)
  await remove(place.stage.open(), keyOf('c'))
  await one.until(() => one.events.some((told) => told.event === 'correction' && told.cause === 'drift'))
  const healed = one.events.findIndex(({ event }) => event === 'drift')
  const [pass] = one.events.slice(healed).flatMap((told) => (told.event === 'pass' ? [told] : []))
  await one.watcher.stop('the cell ends')
  return pass?.triggers.includes('engine') ? 'after, told by another subscription' : 'after, at the next resync'
}
