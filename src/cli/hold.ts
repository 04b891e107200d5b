/** Key managers live as long as the process that registered them: this is that process. */

import type { Outcome } from '../reconcile/apply.ts'
import { type Diagnostic, diagnostic } from '../reconcile/diagnostic.ts'
import { addressOf, type Resource } from '../reconcile/model.ts'
import type { SetPlan } from '../reconcile/plan.ts'
import { EngineRefusal, type Provider, type Registration, UnusableResource } from '../reconcile/provider.ts'

export interface Held {
  readonly outcomes: readonly Outcome[]
  readonly diagnostics: readonly Diagnostic[]
  /** Unregisters all of them. */
  release(): Promise<void>
}

/** Registers every declared key manager that nobody holds yet; one refusal does not stop the others. */
export async function holdKeyManagers(provider: Provider, plans: readonly SetPlan[]): Promise<Held> {
  const registrations: Registration[] = []
  const outcomes: Outcome[] = []
  const diagnostics: Diagnostic[] = []
  for (const step of plans.flatMap((p) => p.outsideTransaction)) {
    const { address, action } = step
    if (step.state === 'held') {
      outcomes.push({ address, action, status: 'unchanged' })
      continue
    }
    try {
      registrations.push(await provider.register(step.resource))
      outcomes.push({ address, action, status: 'applied' })
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error
      const { status: name, code, call, message } = error
      outcomes.push({ address, action, status: 'failed', error: { name, code, call, message } })
      diagnostics.push(refusalOf(step.resource, error))
    }
  }
  const release = async () => {
    for (const registration of registrations.reverse()) await registration.unregister()
  }
  return { outcomes, diagnostics, release }
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
