/**
 * A pass that found nothing to do, known again by all that it followed from: every manifest, the choices of the run, every secret, and
 * everything that stands in the engine. Of that nothing is left out, so a change of any of it is a pass as every other.
 */

import { hash } from 'node:crypto'
import type { JsonObject, Results } from '../base/index.ts'
import { type Desired, folderOf, formOf, isEnabled } from '../manifest/index.ts'
import { isSelected, type Policy, type SetPlan, type SetState } from './plan/index.ts'
import type { Fingerprint, Provider } from './provider.ts'
import type { Secrets } from './secrets.ts'

/** A tree of manifests in which nothing is to be found, and where it is known what earlier processes have found out of it. */
export interface KnownTree {
  readonly results: Results
  /** of all its files */
  readonly digest: string
}

/** Where a secret of a set is kept, and the keyed digest of what it was. */
type Kept = readonly [set: string, folder: string, reference: JsonObject, digest: string]

interface Quiet {
  readonly plans: readonly SetPlan[]
  readonly secrets: readonly Kept[]
}

/** How a pass that has ended came about. */
interface Outcome {
  readonly plans: readonly SetPlan[]
  readonly states: readonly SetState[]
  readonly desired: Desired
}

export class KnownPass {
  readonly #tree: KnownTree
  readonly #secrets: Secrets
  readonly #policy: Policy
  readonly #engine: Fingerprint
  readonly #key: string

  private constructor(tree: KnownTree, secrets: Secrets, policy: Policy, engine: Fingerprint) {
    this.#tree = tree
    this.#secrets = secrets
    this.#policy = policy
    this.#engine = engine
    this.#key = hash('sha256', JSON.stringify(['nothing to do', tree.digest, policy, engine.digest]))
  }

  /** @returns undefined where the engine cannot tell whether anything has changed */
  static async open(
    tree: KnownTree,
    provider: Provider,
    policy: Policy,
    secrets: Secrets,
  ): Promise<KnownPass | undefined> {
    const engine = await provider.fingerprint?.()
    return engine && new KnownPass(tree, secrets, policy, engine)
  }

  /** @returns the plans, none of which changes anything; undefined: it is not known */
  recall(): readonly SetPlan[] | undefined {
    const text = this.#tree.results.get(this.#key)
    if (text === undefined) return undefined
    const { plans, secrets } = JSON.parse(text) as Quiet
    return secrets.every(([set, folder, reference, digest]) => this.#digestOf(set, folder, reference) === digest)
      ? plans
      : undefined
  }

  /** To be called where nothing was found at all. What follows from more than is looked at here is not kept. */
  remember({ plans, states, desired }: Outcome): void {
    const secrets = this.#secretsOf(desired)
    const isPlain = desired.resources.every(({ kind }) => kind.lifetime === 'transactional')
    if (!secrets || !isPlain || !plans.every(isQuiet) || states.some(ownsElsewhere)) return
    const quiet: Quiet = { plans: plans.map(withoutManifest), secrets }
    this.#tree.results.put(this.#key, JSON.stringify(quiet))
    this.#tree.results.save()
  }

  #secretsOf({ resources }: Desired): readonly Kept[] | undefined {
    if (this.#policy.secrets === false) return []
    const found = new Map<string, Kept>()
    for (const resource of resources) {
      if (!isEnabled(resource) || !isSelected(resource, this.#policy.selection)) continue
      const folder = folderOf(resource.manifest)
      for (const reference of Object.values(formOf(resource).references)) {
        const name = JSON.stringify([resource.set, folder, reference])
        if (found.has(name)) continue
        const digest = this.#digestOf(resource.set, folder, reference)
        if (digest === undefined) return undefined
        found.set(name, [resource.set, folder, reference, digest])
      }
    }
    return [...found.values()]
  }

  #digestOf(set: string, folder: string, reference: JsonObject): string | undefined {
    return this.#secrets.digestOf(reference, folder, this.#engine.digestKeys.get(set))
  }
}

/** A promise and a suspension end by the clock. */
function isQuiet(plan: SetPlan): boolean {
  const { changes, outsideTransaction, cosmetic, blocked, orphans } = plan
  const lists = [changes, outsideTransaction, cosmetic, blocked, orphans]
  return lists.every(({ length }) => length === 0) && !plan.removesOwner && !plan.confirmation && !plan.suspension
}

/** Parts of such an object stand under another owner, whose objects no fingerprint looks at. */
function ownsElsewhere({ resources }: SetState): boolean {
  return [...resources.values()].some(({ record }) => record.owner !== undefined)
}

function withoutManifest({ set: { manifest: _, ...set }, ...plan }: SetPlan): SetPlan {
  return { ...plan, set }
}
