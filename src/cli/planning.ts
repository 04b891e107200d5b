/** What `plan` and `apply` share: from command line to plans, or to a rejection. */

import type { Diagnostic } from '../base/diagnostic.ts'
import type { Desired } from '../manifest/model.ts'
import type { SetPlan } from '../reconcile/plan/plan.ts'
import type { Policy } from '../reconcile/plan/policy.ts'
import type { Provider } from '../reconcile/provider.ts'
import { planAll } from '../reconcile/reconcile.ts'
import { loadManifests, policyFrom } from './load.ts'
import type { Terminal } from './terminal.ts'

export interface Planned {
  readonly desired: Desired
  readonly policy: Policy
  readonly plans: readonly SetPlan[]
  /** warnings; errors end in a rejection */
  readonly diagnostics: readonly Diagnostic[]
  /** Git commit that the manifests were read from */
  readonly commit?: string
}

/** Loads and checks the manifests before any engine is opened. @returns undefined when they were rejected (and said so) */
export async function loadOrReject(
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  terminal: Terminal,
) {
  const loaded = await loadManifests(args, options)
  if (!loaded.valid) {
    terminal.reject(loaded.diagnostics)
    return undefined
  }
  if (loaded.files.length === 0) terminal.talk(NO_MANIFESTS)
  const { desired, diagnostics, commit } = loaded
  return { desired, policy: policyFrom(options), diagnostics, ...(commit !== undefined && { commit }) }
}

/** Said, and no error: a folder may well be empty. */
export const NO_MANIFESTS = 'No manifests here: the PATHs hold no file named *.yaml or *.yml.\n'

/** @returns undefined when planning was rejected (and said so) */
export async function planOrReject(
  loaded: Omit<Planned, 'plans'>,
  provider: Provider,
  terminal: Terminal,
): Promise<Planned | undefined> {
  const planned = await planAll(loaded.desired, provider, loaded.policy)
  const diagnostics = [...loaded.diagnostics, ...planned.diagnostics]
  if (!planned.ok) {
    terminal.reject(diagnostics)
    return undefined
  }
  return { ...loaded, plans: planned.value, diagnostics }
}
