/** Key managers live as long as the process that registered them: this is that process. */

import { type Diagnostic, diagnostic } from '../base/diagnostic.ts'
import { addressOf, type Resource } from '../manifest/model.ts'
import type { Outcome } from '../reconcile/apply/apply.ts'
import type { SetPlan } from '../reconcile/plan/plan.ts'
import { EngineRefusal, type Provider, type Registration, UnusableResource } from '../reconcile/provider.ts'

/** What holding needs of a provider. */
export type Holder = Pick<Provider, 'register' | 'observe'>

export interface Held {
  readonly outcomes: readonly Outcome[]
  readonly diagnostics: readonly Diagnostic[]
  /** Unregisters all of them. */
  release(): Promise<void>
}

export interface HoldOptions {
  /** how often to see whether the engine still knows them */
  readonly checkMilliseconds?: number
  readonly talk: (text: string) => void
}

const CHECK_MILLISECONDS = 10_000

/** Registers every declared key manager that nobody holds yet; one refusal does not stop the others. */
export async function holdKeyManagers(
  provider: Holder,
  plans: readonly SetPlan[],
  { checkMilliseconds = CHECK_MILLISECONDS, talk }: HoldOptions,
): Promise<Held> {
  const holding = new Map<Resource, Registration>()
  const outcomes: Outcome[] = []
  const diagnostics: Diagnostic[] = []
  for (const { address, action, state, resource } of plans.flatMap((p) => p.outsideTransaction)) {
    if (state === 'held') {
      outcomes.push({ address, action, status: 'unchanged' })
      continue
    }
    try {
      holding.set(resource, await provider.register(resource))
      outcomes.push({ address, action, status: 'applied' })
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error
      const { status: name, code, call, message } = error
      outcomes.push({ address, action, status: 'failed', error: { name, code, call, message } })
      diagnostics.push(refusalOf(resource, error))
    }
  }
  const stop = repeatedly(checkMilliseconds, () => registerAgain(provider, holding, talk))
  return { outcomes, diagnostics, release: async () => stop().then(() => release(holding)) }
}

/** An engine that was restarted has forgotten them, and tells nobody. */
async function registerAgain(
  provider: Holder,
  holding: Map<Resource, Registration>,
  talk: HoldOptions['talk'],
): Promise<void> {
  const queries = [...new Set([...holding.keys()].map(({ set }) => set))].map((set) => ({ set, wanted: [] }))
  if (queries.length === 0) return
  try {
    const known = new Set((await provider.observe(queries)).flatMap(({ registered }) => [...registered]))
    for (const [resource, registration] of holding) {
      if (known.has(registration.key)) continue
      await release(new Map([[resource, registration]]))
      holding.set(resource, await provider.register(resource))
      talk(`${registration.address}: the engine had forgotten it; registered again\n`)
    }
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error // else the next look tries again
  }
}

/** The last first. A refusal says that the engine had forgotten it already. */
async function release(holding: ReadonlyMap<Resource, Registration>): Promise<void> {
  for (const registration of [...holding.values()].reverse()) {
    try {
      await registration.unregister()
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error
    }
  }
}

/** @returns stops, and waits for the work that runs */
function repeatedly(milliseconds: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    running = work().finally(() => {
      busy = false
    })
  }, milliseconds)
  timer.unref()
  return () => {
    clearInterval(timer)
    return running
  }
}

function refusalOf(resource: Resource, error: EngineRefusal): Diagnostic {
  const help = error.help && { help: error.help }
  if (!(error instanceof UnusableResource)) {
    const span = resource.manifest.at('')
    return diagnostic('E413', span, `the engine refused ${addressOf(resource)}`, { notes: [error.message], ...help })
  }
  const span = resource.manifest.at(`/spec${error.pointer}`)
  return diagnostic('E414', span, error.message, { notes: ['the engine was not asked'], ...help })
}

/** Resolves at the first SIGINT, SIGTERM or (Windows) Ctrl-Break. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => {}, 2 ** 30)
    const signals = ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const
    const end = () => {
      clearInterval(keepAlive)
      for (const signal of signals) process.removeListener(signal, end)
      resolve()
    }
    for (const signal of signals) process.on(signal, end)
  })
}
