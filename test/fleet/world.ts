/**
 * A fleet in memory: the plane with its revisions, hosts that answer late, twice or not at all, and a gate before and after everything that
 * a controller does. A test opens the gates in any order, and may leave one closed for ever: that controller was killed there.
 */

import type { Desired, HostStatus, HostToken, Rollout } from '../../src/fleet/model.ts'
import {
  type ControllerPlane,
  FleetError,
  type HostRecord,
  type Outcome,
  type Versioned,
} from '../../src/fleet/plane.ts'

/** What a host makes of a commit. */
export type Fate = 'synced' | 'failed' | 'silent'

export interface Told {
  readonly desired: Desired
  /** what the document was when it was told */
  readonly before: Desired | undefined
  readonly at: number
}

interface Gate {
  readonly owner: string
  open(): void
  break(): void
}

const FORMER = 'a'.repeat(40)

export class World {
  now = Date.UTC(2026, 0, 1)
  readonly documents = new Map<string, Versioned<Rollout>[]>()
  readonly told: Told[] = []
  readonly gates: Gate[] = []
  /** all that hosts ever sent, in order, delivered or not */
  readonly sent: HostStatus[] = []
  /** host and pointer of every `synced` that was sent */
  readonly synced = new Set<string>()
  readonly #records = new Map<HostToken, HostRecord>()
  /** what each host read last: where its entry is empty, that is still wanted (`#take` in agent.ts) */
  readonly #wanted = new Map<HostToken, Desired>()
  readonly #snapshots: ReadonlyMap<HostToken, HostRecord>[] = []
  readonly fates = new Map<string, Fate>()
  revision = 0
  /** called with each document that is written, and the one before it */
  onDocument: (next: Rollout, before: Rollout | undefined) => void = () => {}

  addHost(host: HostToken, commit = FORMER): void {
    const status = { host, commit, state: 'synced', sets: [], drift: 0, version: '1', time: this.#iso() } as const
    this.#set(host, { host, revision: 0, status, reportedAt: this.now })
  }

  get hosts(): ReadonlyMap<HostToken, HostRecord> {
    return this.#records
  }

  get rollouts(): readonly Versioned<Rollout>[] {
    return [...this.documents.values()].map((versions) => versions.at(-1) as Versioned<Rollout>)
  }

  get newest(): Rollout | undefined {
    return this.rollouts.at(-1)?.value
  }

  fateOf(host: HostToken, commit: string): Fate {
    return this.fates.get(`${host} ${commit}`) ?? 'synced'
  }

  /** The host reads what it is told, does it and answers; whether and when that arrives is another matter. */
  act(host: HostToken): void {
    const desired = this.#records.get(host)?.desired ?? this.#wanted.get(host)
    if (!desired) return
    this.#wanted.set(host, desired)
    const fate = this.fateOf(host, desired.commit)
    if (fate === 'silent') return
    const commit = fate === 'synced' ? desired.commit : FORMER
    this.sent.push({ host, commit, desired, state: fate, sets: [], drift: 0, version: '1', time: this.#iso() })
    if (fate === 'synced') this.synced.add(pointer(desired))
  }

  /** A message arrives: perhaps again, perhaps after later ones. */
  deliver(index: number): void {
    const status = this.sent[index]
    const record = status && this.#records.get(status.host)
    if (record) this.#set(record.host, { ...record, status, reportedAt: this.now })
  }

  /** What each host said last arrives: nothing that a host reports is lost for ever, for it reports again. */
  deliverLast(): void {
    const last = new Map(this.sent.map(({ host }, index) => [host, index]))
    for (const index of last.values()) this.deliver(index)
  }

  /** What somebody who may write there by mistake or malice leaves in a host's entry. */
  spoil(host: HostToken): void {
    const record = this.#records.get(host)
    if (!record) return
    const { desired: _, ...rest } = record
    this.#set(host, { ...rest, revision: ++this.revision })
  }

  /** @param lag how many changes its picture of the hosts is behind; its picture of the rollouts never is */
  plane(owner: string, lag: () => number = () => 0): ControllerPlane {
    const gated = async <T>(effect: () => T): Promise<T> => {
      await this.#gate(owner)
      const answer = effect()
      await this.#gate(owner)
      return answer
    }
    return {
      hosts: () => gated(() => this.#snapshots.at(-1 - Math.min(lag(), this.#snapshots.length - 1)) ?? this.#records),
      rollouts: () => gated(() => this.rollouts),
      create: (rollout) => gated(() => (this.documents.has(rollout.id) ? 'lost' : this.#write(rollout))),
      update: (rollout, revision) =>
        gated(() => (this.documents.get(rollout.id)?.at(-1)?.revision === revision ? this.#write(rollout) : 'lost')),
      tell: (desired, revision) => gated(() => this.#tell(desired, revision)),
      forget: (host) => gated(() => void this.#records.delete(host)),
      onChange: () => () => {},
      close: async () => {},
    }
  }

  /** From now on nothing that it began goes on. */
  kill(owner: string): void {
    for (const gate of this.gates.filter((one) => one.owner === owner)) this.gates.splice(this.gates.indexOf(gate), 1)
  }

  #gate(owner: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const gate: Gate = {
        owner,
        open: () => leave(resolve),
        break: () => leave(() => reject(new FleetError('unavailable', 'the answer is lost'))),
      }
      const leave = (then: () => void) => {
        this.gates.splice(this.gates.indexOf(gate), 1)
        then()
      }
      this.gates.push(gate)
    })
  }

  #write(rollout: Rollout): Outcome {
    const versions = this.documents.get(rollout.id) ?? []
    this.onDocument(rollout, versions.at(-1)?.value)
    this.documents.set(rollout.id, [...versions, { value: rollout, revision: ++this.revision }])
    return 'done'
  }

  #tell(desired: Desired, revision: number): Outcome {
    const record = this.#records.get(desired.host)
    if (!record || record.revision !== revision) return 'lost'
    this.told.push({ desired, before: record.desired, at: this.now })
    this.#set(desired.host, { ...record, desired, revision: ++this.revision, toldAt: this.now })
    return 'done'
  }

  #set(host: HostToken, record: HostRecord): void {
    this.#records.set(host, record)
    this.#snapshots.push(new Map(this.#records))
    if (this.#snapshots.length > 16) this.#snapshots.shift()
  }

  #iso(): string {
    return new Date(this.now).toISOString()
  }
}

export function pointer({ host, rollout, commit, wave }: Desired): string {
  return `${host} ${rollout} ${commit} ${wave}`
}

/** Everything that was begun goes on until it waits at a gate. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
