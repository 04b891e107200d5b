/** Applies on condition, and decides, without a command line: over a lab, with a clock that a test sets. */

import type { Desired } from '../../src/manifest/model.ts'
import type { SetReport } from '../../src/reconcile/apply/report.ts'
import { confirm, type Ended, takeBack } from '../../src/reconcile/confirm/ending.ts'
import type { Actor } from '../../src/reconcile/history.ts'
import { type Confirmation, confirmationOf } from '../../src/reconcile/notes/index.ts'
import type { SetState } from '../../src/reconcile/plan/index.ts'
import type { Policy } from '../../src/reconcile/plan/policy.ts'
import type { Provider } from '../../src/reconcile/provider.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'

export const ANA: Actor = { by: 'CORP\\ana', command: 'apply', date: () => new Date(Date.UTC(2026, 10, 27, 18)) }

export const WITHIN_SECONDS = 120
/** The machine has been up for so long. */
const UPTIME = 5_000

export async function applyOnCondition(
  provider: Provider,
  desired: Desired,
  policy: Policy = { host: 'gw01', allowEmpty: true },
): Promise<readonly SetReport[]> {
  const result = await reconcile({
    load: async () => ({ ok: true, value: desired, diagnostics: [], commit: 'c0ffee' }),
    open: async () => provider,
    policy,
    actor: ANA,
    approve: async () => () => ({ mode: 'commit', confirm: { seconds: WITHIN_SECONDS, uptime: () => UPTIME } }),
  })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('; '))
  return result.reports ?? []
}

/** @param after seconds after the apply */
export function confirmAt(provider: Provider, set: string, after = 1): Promise<Ended> {
  return confirm(provider, set, { actor: ANA, uptime: UPTIME + after })
}

/** @param after seconds after the apply; absent: at once, since somebody says so */
export function takeBackAt(provider: Provider, set: string, after?: number): Promise<Ended> {
  const onlyOver = after !== undefined
  return takeBack(provider, set, { actor: ANA, uptime: UPTIME + (after ?? 1), onlyOver })
}

export async function waiting(provider: Provider, set: string): Promise<Confirmation | undefined> {
  return confirmationOf(await provider.notes(set))
}

/** What stands and what is recorded of it, but for what an engine numbers anew. */
export async function standingOf(provider: Provider, sets: readonly string[]): Promise<unknown> {
  const states = await provider.observe(sets.map((set) => ({ set, wanted: [] })))
  return states.filter(({ set }) => sets.includes(set)).map((state) => [state.set, recordsOf(state)])
}

function recordsOf({ resources }: SetState): unknown {
  return [...resources]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, { key, live, unverified, anomalies, record }]) => {
      const { seen: _, ...rest } = record
      return { address, key, live, unverified, anomalies, record: rest }
    })
}
