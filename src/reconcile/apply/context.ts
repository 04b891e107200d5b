/** What applying a set is given beside its plan. */

import type { SetContext } from '../plan/model.ts'
import type { Secrets } from '../secrets.ts'

/** A set with what this pass knows beside it. */
export interface ApplyContext extends SetContext {
  readonly secrets: Secrets
  /** Git commit that the manifests come from */
  readonly commit?: string
}

export interface ApplyOptions {
  /** `check` tries every call, collects every refusal and aborts */
  readonly mode: 'commit' | 'check'
  /** the digest of exactly the plan that was approved; absent: whatever the plan is under the lock */
  readonly approved?: string
  /** aborts between two calls of the engine; everything is rolled back */
  readonly signal?: AbortSignal
}
