/** The core's provider over a WFP library: real or sandbox, it cannot tell; and over its kinds, whichever they are. */

import { compareText, type Diagnostic, diagnostic, type Guid, type Pointer } from '../../base/index.ts'
import type { Kinds, Resource } from '../../manifest/index.ts'
import type { Notes } from '../../reconcile/notes/index.ts'
import type { SetState } from '../../reconcile/plan/index.ts'
import {
  type Claim,
  EngineRefusal,
  type Fingerprint,
  type Listed,
  type ListOptions,
  type OpenSession,
  type PartQuery,
  type Registration,
  type SetQuery,
  type SetTransaction,
  type WatchableProvider,
} from '../../reconcile/provider.ts'
import type { Library } from './binding/call/bind.ts'
import { EngineError } from './binding/tables/status/index.ts'
import {
  type CallVersion,
  callVersionOf,
  claimSet,
  otherSessions,
  refusing,
  Session,
  subscribe,
} from './engine/index.ts'
import { wfpKinds } from './kinds.ts'
import { fingerprintOf } from './resources/fingerprint.ts'
import { kindsOf, type WfpKind, type WfpKinds } from './resources/kind.ts'
import { listObjects, listRegistered, setsOf } from './resources/list.ts'
import { Mirror } from './resources/mirror.ts'
import { observeSets } from './resources/observe.ts'
import { observePart, partsOf } from './resources/observe-part.ts'
import { notesOf } from './resources/owner.ts'
import { ObjectTransaction } from './resources/write.ts'

export interface WfpOptions {
  /** `wfp` or `sandbox` */
  readonly name: string
  readonly lockTimeoutMilliseconds: number
  /** what the probe has answered on this machine; absent: no document is needed, as of the sandbox */
  readonly answers?: ReadonlyMap<string, string> | undefined
  /** absent: those of this package */
  readonly kinds?: readonly WfpKind[]
  /** lets go of the library */
  readonly closeLibrary: () => Promise<void>
}

function unsettledFinding({ manifest }: Resource, question: string, pointer: Pointer): Diagnostic {
  return diagnostic('W401', manifest.at(`/spec${pointer}`), `no document says ${question}`, {
    help: 'before the first apply, run `wfpctl doctor --probe` on this machine: it asks the engine, and changes nothing',
  })
}

export class WfpProvider implements WatchableProvider {
  readonly name: string
  readonly kinds: Kinds
  readonly #kinds: WfpKinds
  readonly #session: Session
  readonly #closeLibrary: () => Promise<void>
  readonly #answers: ReadonlyMap<string, string> | undefined
  #mirror: Mirror
  /** changes are told; otherwise each look reads everything */
  #isTold = false
  #hasClaimed = false

  private constructor(session: Session, { name, kinds = wfpKinds, closeLibrary, answers }: WfpOptions) {
    this.#answers = answers
    this.name = name
    this.kinds = new Map(kinds.map(({ kind }) => [kind.name, kind]))
    this.#kinds = kindsOf(kinds)
    this.#mirror = new Mirror(this.#kinds.objects)
    this.#session = session
    this.#closeLibrary = closeLibrary
  }

  static open(fwp: Library, options: WfpOptions): Promise<WfpProvider> {
    return refusing(async () => new WfpProvider(await Session.open(fwp, options.lockTimeoutMilliseconds), options))
  }

  check(resources: readonly Resource[]): readonly Diagnostic[] {
    const version = callVersionOf(this.#session.fwp)
    return [...this.#unsupported(resources, version), ...this.#unsettled(resources)]
  }

  /** One finding a question, at the first resource that raises it. */
  #unsettled(resources: readonly Resource[]): Diagnostic[] {
    const answers = this.#answers
    if (!answers) return []
    const found = new Map<string, Diagnostic>()
    for (const resource of resources) {
      const points = this.#kinds.objects.find(({ kind }) => kind === resource.kind)?.unsettled?.(resource.spec) ?? []
      for (const { id, question, pointer } of points)
        if (!answers.has(id) && !found.has(id)) found.set(id, unsettledFinding(resource, question, pointer))
    }
    return [...found.values()]
  }

  #unsupported(resources: readonly Resource[], version: CallVersion): Diagnostic[] {
    return this.#kinds.objects.flatMap(({ kind, unsupportedFields }) =>
      resources
        .filter((resource) => resource.kind === kind)
        .flatMap((resource) =>
          unsupportedFields(resource, version).map(({ pointer, needs }) =>
            diagnostic(
              'E401',
              resource.manifest.at(`/spec${pointer}`),
              `this engine cannot do this: it needs ${needs}`,
              {
                notes: [`the newest call of this fwpuclnt.dll is FwpmIPsecTunnelAdd${version}`],
                help: 'omit the field, or apply on a newer Windows',
              },
            ),
          ),
        ),
    )
  }

  observe(queries: readonly SetQuery[]): Promise<readonly SetState[]> {
    const mirror = this.#mirror
    this.#beforeTransaction()
    const asked = new Set(queries.map(({ set }) => set))
    return refusing(() =>
      this.#session.read(async () => {
        const others = (await setsOf(this.#session)).filter((set) => !asked.has(set))
        const all = [...queries, ...others.map((set) => ({ set, wanted: [] }))]
        return observeSets(this.#session, all, mirror, this.#kinds)
      }),
    )
  }

  fingerprint(): Promise<Fingerprint> {
    return refusing(() => this.#session.read(() => this.#fingerprint()))
  }

  async #fingerprint(): Promise<Fingerprint> {
    const { digest, ...made } = await fingerprintOf(this.#session, this.#kinds, this.#answers)
    return { ...made, digest: `${this.name} ${digest}` }
  }

  partsOf(key: Guid): readonly Guid[] {
    return partsOf(key, this.#kinds)
  }

  observePart(part: PartQuery): Promise<readonly SetState[] | undefined> {
    return refusing(() => this.#session.read(async () => (await observePart(this.#session, part, this.#kinds))?.states))
  }

  ownedSets(): Promise<readonly string[]> {
    return refusing(() => this.#session.read(() => setsOf(this.#session)))
  }

  notes(set: string): Promise<Notes> {
    return refusing(() => this.#session.read(() => notesOf(this.#session, set)))
  }

  async registered(): Promise<ReadonlySet<Guid> | undefined> {
    const keys = new Set<Guid>()
    try {
      await this.#session.outside(async () => {
        for (const kind of this.#kinds.sessions)
          for (const { key } of await kind.registered(this.#session)) keys.add(key)
      })
      return keys
    } catch (error) {
      if (error instanceof EngineError) return undefined
      throw error
    }
  }

  async list({ all, kind, unlisted }: ListOptions): Promise<readonly Listed[]> {
    const isAsked = (one: WfpKind): boolean => kind === undefined || one.kind.name === kind
    const objects = { ...this.#kinds, objects: this.#kinds.objects.filter(isAsked) }
    const { sets, found } = await refusing(() =>
      this.#session.read(async () => {
        const sets = await setsOf(this.#session)
        return { sets, found: await listObjects(this.#session, objects, { sets, all }) }
      }),
    )
    for (const one of this.#kinds.sessions.filter(isAsked)) {
      try {
        const registered = await refusing(() => this.#session.outside(() => listRegistered(this.#session, one, sets)))
        found.push(...registered.filter(({ managed }) => all || managed))
      } catch (error) {
        if (!(error instanceof EngineRefusal)) throw error
        unlisted?.(one.kind, error)
      }
    }
    return found.sort((a, b) => compareText(a.address, b.address))
  }

  transaction<T>(
    set: string,
    work: (tx: SetTransaction) => Promise<{ readonly commit: boolean; readonly value: T }>,
  ): Promise<T> {
    const fingerprint = () => this.#fingerprint()
    const context = { session: this.#session, mirror: this.#mirror, kinds: this.#kinds, fingerprint }
    return refusing(() =>
      this.#session.transaction('write', () => {
        this.#beforeTransaction() // what was told while we waited for the lock can be seen: nobody else writes now
        return work(new ObjectTransaction(context, set))
      }),
    )
  }

  register(resource: Resource): Promise<Registration> {
    const kind = this.#kinds.sessions.find((one) => one.kind === resource.kind)
    if (!kind) throw new Error(`this engine registers no ${resource.kind.name}`)
    return refusing(() => kind.register(this.#session.fwp, resource))
  }

  onChange(listener: () => void): Promise<{ close(): Promise<void> }> {
    const mirror = new Mirror(this.#kinds.objects)
    return refusing(async () => {
      const subscription = await subscribe(this.#session.fwp, {
        changed: (sort, key) => mirror.tell(sort, key),
        listener,
      })
      this.#mirror = mirror
      this.#isTold = true
      this.#session.reconnects = false
      return {
        close: () => {
          if (this.#mirror === mirror) {
            this.#isTold = false
            this.#session.reconnects = !this.#hasClaimed
          }
          return subscription.close()
        },
      }
    })
  }

  forget(): void {
    this.#mirror.forget()
  }

  #beforeTransaction(): void {
    if (!this.#isTold) this.#mirror.forget()
    this.#mirror.beforeTransaction()
  }

  claim(set: string): Promise<Claim> {
    this.#hasClaimed = true
    this.#session.reconnects = false
    return refusing(() => claimSet(this.#session.fwp, set))
  }

  others(): Promise<readonly OpenSession[]> {
    return refusing(() => otherSessions(this.#session.fwp))
  }

  async close(): Promise<void> {
    try {
      await refusing(() => this.#session.close())
    } finally {
      await this.#closeLibrary()
    }
  }
}
