/**
 * A pass that found nothing to do, known again by all that it followed from: every manifest, the choices of the run, every secret, and
 * everything that stands in the engine. Of that nothing is left out. Where something else stands than it did, the resources are planned
 * that it may belong to; a change of anything else is a pass as every other.
 */

import { hash } from 'node:crypto'
import type { Guid, JsonObject, Results } from '../base/index.ts'
import { type Address, addressOf, type Desired, folderOf, formOf, isEnabled, type Places } from '../manifest/index.ts'
import { isSelected, type PlanInput, type Policy, type SetPlan, type SetState } from './plan/index.ts'
import type { Fingerprint, Provider } from './provider.ts'
import type { Secrets } from './secrets.ts'
import {
  placesInEngine,
  placesInFiles,
  type Suspect,
  suspectsOf,
  type Whereabouts,
  whereaboutsOf,
} from './whereabouts.ts'

/** A tree of manifests in which nothing is to be found, and where it is known what earlier processes have found out of it. */
export interface KnownTree {
  readonly results: Results
  /** of all its files */
  readonly digest: string
  /** what these of its documents declare */
  at(places: Places): Desired
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

/** What is to be planned of a set, whose other resources are as they are declared. */
export type PartOfSet = Pick<PlanInput, 'set' | 'resources' | 'state'> & Required<Pick<PlanInput, 'others'>>

/** A quiet pass of which a part is to be planned again. */
export interface KnownPart {
  readonly plans: readonly SetPlan[]
  readonly parts: readonly PartOfSet[]
}

export class KnownPass {
  readonly #tree: KnownTree
  readonly #provider: Provider
  readonly #secrets: Secrets
  readonly #policy: Policy
  readonly #engine: Fingerprint

  private constructor(
    tree: KnownTree,
    provider: Provider,
    about: { readonly policy: Policy; readonly secrets: Secrets; readonly engine: Fingerprint },
  ) {
    this.#tree = tree
    this.#provider = provider
    this.#secrets = about.secrets
    this.#policy = about.policy
    this.#engine = about.engine
  }

  /** @returns undefined where the engine cannot tell whether anything has changed */
  static async open(
    tree: KnownTree,
    provider: Provider,
    policy: Policy,
    secrets: Secrets,
  ): Promise<KnownPass | undefined> {
    const engine = await provider.fingerprint?.()
    return engine && new KnownPass(tree, provider, { policy, secrets, engine })
  }

  /** @returns the plans, none of which changes anything; undefined: it is not known */
  recall(): readonly SetPlan[] | undefined {
    return this.#quiet(this.#engine.digest)?.plans
  }

  /** Where the same manifests were found to stand as they are declared, and only what belongs to a few of them is otherwise now. */
  async recallPart(): Promise<KnownPart | undefined> {
    const known = this.#read<Whereabouts & { readonly pass: string }>(this.#keyOf('whereabouts'))
    const suspects = known && suspectsOf(known, this.#engine)
    const quiet = suspects && this.#quiet(known.pass)
    if (!quiet) return undefined
    const sets = [...new Set(suspects.map(({ set }) => set))]
    const suspectsIn = (set: string) => suspects.filter((one) => one.set === set)
    const queries = sets.map((set) => ({ set, wanted: suspectsIn(set).map(({ key }) => key) }))
    const states = await this.#provider.observePart?.(queries, placesInEngine(known, suspects, this.#engine))
    if (!states || states.some(ownsElsewhere)) return undefined
    const desired = this.#tree.at(placesInFiles(known, suspects))
    const parts = states.map((state) => partOf(state, suspectsIn(state.set), desired, quiet))
    return parts.every((part) => part !== undefined) ? { plans: quiet.plans, parts } : undefined
  }

  /** To be called where nothing was found at all. What follows from more than is looked at here is not kept. */
  remember({ plans, states, desired }: Outcome): void {
    const secrets = this.#secretsOf(desired)
    const isPlain = desired.resources.every(({ kind }) => kind.lifetime === 'transactional')
    if (!secrets || !isPlain || !plans.every(isQuiet) || states.some(ownsElsewhere)) return
    const quiet: Quiet = { plans: plans.map(withoutManifest), secrets }
    const { results } = this.#tree
    results.put(this.#keyOf('nothing to do', this.#engine.digest), JSON.stringify(quiet))
    const partsOf = this.#policy.selection ? undefined : this.#provider.partsOf?.bind(this.#provider)
    const whereabouts = partsOf && whereaboutsOf(desired, states, this.#engine, partsOf)
    if (whereabouts)
      results.put(this.#keyOf('whereabouts'), JSON.stringify({ ...whereabouts, pass: this.#engine.digest }))
    results.save()
  }

  #keyOf(what: string, ...more: readonly string[]): string {
    return hash('sha256', JSON.stringify([what, this.#tree.digest, this.#policy, ...more]))
  }

  /** @returns undefined also where a secret has changed */
  #quiet(engine: string): Quiet | undefined {
    const quiet = this.#read<Quiet>(this.#keyOf('nothing to do', engine))
    const isSame = quiet?.secrets.every(
      ([set, folder, reference, digest]) => this.#digestOf(set, folder, reference) === digest,
    )
    return isSame ? quiet : undefined
  }

  #read<T>(key: string): T | undefined {
    const text = this.#tree.results.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as T)
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

/** @returns undefined where something else stands, or is declared, than what is suspected */
function partOf(
  state: SetState,
  suspects: readonly Suspect[],
  { sets, resources }: Desired,
  { plans }: Quiet,
): PartOfSet | undefined {
  const set = sets.find(({ name }) => name === state.set)
  const quiet = plans.find((plan) => plan.set.name === state.set)
  const keys = new Map(suspects.map(({ address, key }) => [address, key]))
  const isSuspect = (address: Address, key: Guid): boolean => keys.get(address) === key
  const own = resources.filter((resource) => resource.set === state.set && keys.has(addressOf(resource)))
  const isExpected =
    own.length === keys.size &&
    own.every((resource) => isSuspect(addressOf(resource), formOf(resource).key)) &&
    [...state.resources].every(([address, { key }]) => isSuspect(address, key))
  if (!set || !quiet || quiet.skipped || !isExpected) return undefined
  const others = {
    unchanged: quiet.unchanged - own.length,
    off: quiet.off.filter((address) => !keys.has(address)),
    unverified: quiet.unverified.filter(({ address }) => !keys.has(address)),
  }
  return { set, resources: own, state, others }
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
