/**
 * The spine: load, observe, plan, apply, verify. `plan` stops after the third step, `watch` runs it again on every trigger,
 * `validate` is the first, `destroy` is `apply` with nothing desired. No command has logic of its own.
 */

import type { Checked } from '../base/diagnostic.ts'
import { type Diagnostic, hasErrors } from '../base/diagnostic.ts'
import type { Desired, Resource, TunnelSet } from '../manifest/model.ts'
import { type ApplyOptions, applySet, type SetReport } from './apply/apply.ts'
import type { SetState } from './plan/model.ts'
import { makePlan, type PlanInput, type SetPlan } from './plan/plan.ts'
import { isForHost, type Policy } from './plan/policy.ts'
import type { Provider, Writer } from './provider.ts'
import { digestSecrets } from './secrets.ts'

/** Two states of every set → what would change. Reads secrets, opens a read-only transaction, writes nothing. */
export async function planAll(
  desired: Desired,
  provider: Provider,
  policy: Policy,
): Promise<Checked<readonly SetPlan[]>> {
  const mine = desired.resources.filter((r) => isForHost(setOf(desired, r), policy))
  const unable = provider.check(mine)
  if (hasErrors(unable)) return { ok: false, diagnostics: unable }
  const states = await provider.observe(
    desired.sets.map((set) => ({ set: set.name, wanted: wantedKeys(desired, set, provider) })),
  )
  const diagnostics: Diagnostic[] = [...unable]
  const plans = states.map((state, i) => {
    const input = inputOf(desired, desired.sets[i] as TunnelSet, provider, policy)
    const secrets = isForHost(input.set, policy) ? secretsOf(input, state) : { digests: new Map(), diagnostics: [] }
    diagnostics.push(...secrets.diagnostics)
    return makePlan({ ...input, state, secrets: secrets.digests })
  })
  return hasErrors(diagnostics) ? { ok: false, diagnostics } : { ok: true, value: plans, diagnostics }
}

/** Applies plans set by set; sets are independent of each other. */
export async function* applyAll(
  desired: Desired,
  plans: readonly SetPlan[],
  provider: Writer,
  policy: Policy,
  optionsOf: (plan: SetPlan) => ApplyOptions,
): AsyncGenerator<SetReport> {
  for (const plan of plans)
    yield applySet(provider, plan, inputOf(desired, plan.set, provider, policy), optionsOf(plan))
}

function inputOf(
  desired: Desired,
  set: TunnelSet,
  provider: Writer,
  policy: Policy,
): Omit<PlanInput, 'state' | 'secrets'> {
  return { set, resources: desired.resources.filter((r) => r.set === set.name), kinds: provider.kinds, policy }
}

function secretsOf(input: Omit<PlanInput, 'state' | 'secrets'>, state: SetState) {
  return digestSecrets(input.kinds, input.resources, state.digestKey)
}

function wantedKeys(desired: Desired, set: TunnelSet, provider: Writer): string[] {
  return desired.resources.filter((r) => r.set === set.name).flatMap((r) => provider.kinds.get(r.kind)?.keyOf(r) ?? [])
}

function setOf(desired: Desired, resource: Resource): TunnelSet {
  const set = desired.sets.find((s) => s.name === resource.set)
  if (!set) throw new Error(`resource ${resource.name} belongs to no set`)
  return set
}
