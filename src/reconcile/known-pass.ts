/**
 * A pass that found nothing to do, known again by all that it followed from: every manifest, the choices of the run, every secret, and
 * everything that stands in the engine. Of that nothing is left out. Where something else stands than it did, the resources are planned
 * that it may belong to; a change of anything else is a pass as every other.
 */

import { hash } from 'node:crypto'
import type { Guid, JsonObject, Pointer, Results } from '../base/index.ts'
import {
  type Address,
  addressIn,
  addressOf,
  type Desired,
  folderOf,
  formOf,
  type Inventory,
  isEnabled,
  type Places,
  placesOf,
  type Resource,
} from '../manifest/index.ts'
import type { ApplyPart } from './apply/report.ts'
import { isSelected, type PlanInput, type Policy, type SetPlan, type SetState } from './plan/index.ts'
import type { Fingerprint, PartQuery, Provider } from './provider.ts'
import type { Secrets } from './secrets.ts'
import {
  movedOn,
  placesInEngine,
  type QuietPass,
  type Suspects,
  suspectsOf,
  type Whereabouts,
  whereaboutsOf,
} from './whereabouts.ts'

/** A tree of manifests in which nothing is to be found, and where it is known what earlier processes have found out of it. */
export interface KnownTree {
  readonly results: Results
  /** of all its files */
  readonly digest: string
  /** which of its documents declares what; undefined where they say something of each other */
  inventory(): Inventory | undefined
  /** what these of its documents declare */
  at(places: Places): Desired
}

/** Where a secret of a set is kept, and the keyed digest of what it was. */
type Kept = readonly [set: string, folder: string, reference: JsonObject, digest: string]

interface Quiet {
  readonly plans: readonly SetPlan[]
  readonly secrets: readonly Kept[]
}

/** The same, as it is kept: ten thousand resources have the same few lists of paths that cannot be verified. */
interface WrittenQuiet extends Pick<Quiet, 'secrets'> {
  readonly plans: readonly WrittenPlan[]
}

interface WrittenPlan extends Omit<SetPlan, 'unverified'> {
  readonly unverified: {
    readonly addresses: readonly Address[]
    /** of each address the number of its list */
    readonly lists: readonly number[]
    readonly paths: readonly (readonly Pointer[])[]
  }
}

/** How a pass that has ended came about. */
interface Outcome {
  readonly plans: readonly SetPlan[]
  readonly states: readonly SetState[]
  readonly desired: Desired
}

type Outlook = Omit<QuietPass, 'engine' | 'partsOf'>

/** What is to be planned of a set, whose other resources are as they are declared. */
export type PartOfSet = Pick<PlanInput, 'set' | 'resources' | 'state'> & Pick<ApplyPart, 'others' | 'expects'>

/** A quiet pass of which a part is to be planned again. */
export interface KnownPart {
  readonly plans: readonly SetPlan[]
  readonly parts: readonly PartOfSet[]
  readonly query: PartQuery
  /** digest of all that stood */
  readonly engine: string
  /** To be called with all plans. They are kept where they change nothing. */
  remember(plans: readonly SetPlan[]): void
}

/** Of the pass of which it is known where everything stands. */
type KnownWhereabouts = Whereabouts & {
  /** under which its plans are kept */
  readonly pass: string
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
    return this.#quietAt(this.#passKey(this.#engine.digest))?.plans
  }

  /** Where everything was found to stand as it is declared, and only a few documents, or what belongs to a few of them, are otherwise now. */
  async recallPart(): Promise<KnownPart | undefined> {
    const known = this.#read<KnownWhereabouts>(this.#whereaboutsKey)
    const inventory = known && this.#tree.inventory()
    const suspects = inventory && suspectsOf(known, this.#engine, inventory)
    const quiet = suspects && this.#quietAt(known.pass)
    if (!quiet) return undefined
    const entries = [...suspects.known.flatMap(({ entry }) => entry ?? []), ...suspects.fresh]
    const desired = partOf(this.#tree.at(placesOf([...suspects.sets, ...entries])), suspects)
    if (!desired) return undefined
    const query = this.#queryFor(known, suspects, desired)
    const states = await this.#provider.observePart?.(query)
    if (!states || states.some(ownsElsewhere)) return undefined
    const parts = states.map((state) => partOfSet(state, suspects, desired, quiet))
    if (!parts.every((part) => part !== undefined)) return undefined
    const pass = { desired, states, inventory, elsewhere: known.elsewhere }
    return {
      plans: quiet.plans,
      parts,
      query,
      engine: this.#engine.digest,
      remember: (plans) => this.#moveOn({ known, suspects, quiet }, plans, pass),
    }
  }

  #queryFor(known: Whereabouts, suspects: Suspects, { resources }: Desired): PartQuery {
    const sets = new Set([...suspects.known, ...suspects.fresh].map(({ set }) => set))
    const wantedIn = (set: string) => resources.filter((one) => one.set === set).map((one) => formOf(one).key)
    return {
      queries: [...sets].map((set) => ({ set, wanted: wantedIn(set) })),
      keys: [...suspects.known.map(({ key }) => key), ...resources.map((one) => formOf(one).key)],
      places: placesInEngine(known, suspects.known, this.#engine),
    }
  }

  /** To be called where nothing was found at all. What follows from more than is looked at here is not kept. */
  remember({ plans, states, desired: all }: Outcome): void {
    const desired = forThisHost(all, plans)
    const secrets = this.#secretsOf(desired)
    const isPlain = desired.resources.every(({ kind }) => kind.lifetime === 'transactional')
    if (!secrets || !isPlain || !plans.every(isQuiet) || states.some(ownsElsewhere)) return
    const inventory = this.#tree.inventory()
    this.#keep(
      { plans: plans.map(withoutManifest), secrets },
      inventory && {
        desired,
        states,
        inventory,
        elsewhere: plans.filter(({ skipped }) => skipped).map(({ set }) => set.name),
      },
      whereaboutsOf,
    )
  }

  /** What was a secret once is looked at for as long as nothing is planned as a whole. */
  #moveOn(
    { known, suspects, quiet }: { known: KnownWhereabouts; suspects: Suspects; quiet: Quiet },
    plans: readonly SetPlan[],
    pass: Outlook,
  ): void {
    const secrets = this.#secretsOf(pass.desired)
    if (!secrets || !plans.every(isQuiet)) return
    const all = new Map([...quiet.secrets, ...secrets].map((kept) => [JSON.stringify(kept.slice(0, -1)), kept]))
    const moved = { plans: plans.map(withoutManifest), secrets: [...all.values()] }
    this.#keep(moved, pass, (whole) => movedOn(known, suspects, whole))
  }

  #keep(quiet: Quiet, pass: Outlook | undefined, find: (pass: QuietPass) => Whereabouts | undefined): void {
    const { results } = this.#tree
    const key = this.#passKey(this.#engine.digest)
    const written: WrittenQuiet = { ...quiet, plans: quiet.plans.map(writtenPlan) }
    results.put(key, JSON.stringify(written))
    const partsOf = this.#policy.selection ? undefined : this.#provider.partsOf?.bind(this.#provider)
    const whereabouts = partsOf && pass && find({ ...pass, engine: this.#engine, partsOf })
    if (whereabouts) results.put(this.#whereaboutsKey, JSON.stringify({ ...whereabouts, pass: key }))
    results.save()
  }

  #passKey(engine: string): string {
    return hash('sha256', JSON.stringify(['nothing to do', this.#tree.digest, this.#policy, engine]))
  }

  get #whereaboutsKey(): string {
    return hash('sha256', JSON.stringify(['whereabouts', this.#policy]))
  }

  /** @returns undefined also where a secret has changed */
  #quietAt(key: string): Quiet | undefined {
    const quiet = this.#read<WrittenQuiet>(key)
    const isSame = ([set, folder, reference, digest]: Kept) => this.#digestOf(set, folder, reference) === digest
    return quiet?.secrets.every(isSame) ? { ...quiet, plans: quiet.plans.map(planFrom) } : undefined
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

/**
 * What is declared of suspects.
 *
 * @returns undefined where something else is, or where one of them has another set now
 */
function partOf({ sets, resources }: Desired, { known, fresh }: Suspects): Desired | undefined {
  const former = new Map(known.map((suspect) => [suspect.address, suspect]))
  const addresses = new Set(fresh.map(addressIn))
  const own: Resource[] = []
  for (const resource of resources) {
    const address = addressOf(resource)
    const suspect = former.get(address)
    if (suspect && suspect.set !== resource.set) return undefined
    if (suspect?.entry && suspect.key !== formOf(resource).key) return undefined
    if (suspect?.entry || addresses.has(address)) own.push(resource)
  }
  const expected = known.filter(({ entry }) => entry).length + fresh.length
  const isPlain = own.every(({ kind }) => kind.lifetime === 'transactional')
  return own.length === expected && isPlain ? { sets, resources: own } : undefined
}

/** @returns undefined where something else stands than what is suspected */
function partOfSet(
  state: SetState,
  { known }: Suspects,
  { sets, resources }: Desired,
  { plans }: Quiet,
): PartOfSet | undefined {
  const set = sets.find(({ name }) => name === state.set)
  const quiet = plans.find((plan) => plan.set.name === state.set)
  const suspects = known.filter((one) => one.set === state.set)
  const keys = new Map(suspects.map(({ address, key }): [string, Guid] => [address, key]))
  const isExpected = ({ resources }: SetState) =>
    [...resources].every(([address, { key }]) => keys.get(address) === key)
  if (!set || !quiet || quiet.skipped || !isExpected(state)) return undefined
  const others = {
    unchanged: quiet.unchanged - suspects.length,
    off: quiet.off.filter((address) => !keys.has(address)),
    unverified: quiet.unverified.filter(({ address }) => !keys.has(address)),
  }
  const expects = (now: SetState) => isExpected(now) && !ownsElsewhere(now)
  return { set, resources: resources.filter((one) => one.set === state.set), state, others, expects }
}

/** Of a set of another host nobody reads a secret here. */
function forThisHost({ sets, resources }: Desired, plans: readonly SetPlan[]): Desired {
  const own = new Set(plans.flatMap(({ set, skipped }) => (skipped ? [] : [set.name])))
  return { sets: sets.filter(({ name }) => own.has(name)), resources: resources.filter(({ set }) => own.has(set)) }
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

function writtenPlan({ unverified, ...plan }: SetPlan): WrittenPlan {
  const numbers = new Map<string, number>()
  const paths: (readonly Pointer[])[] = []
  const lists = unverified.map((one) => {
    const text = JSON.stringify(one.paths)
    const number = numbers.get(text) ?? paths.push(one.paths) - 1
    numbers.set(text, number)
    return number
  })
  return { ...plan, unverified: { addresses: unverified.map(({ address }) => address), lists, paths } }
}

function planFrom({ unverified: { addresses, lists, paths }, ...plan }: WrittenPlan): SetPlan {
  return { ...plan, unverified: addresses.map((address, i) => ({ address, paths: paths[lists[i]!]! })) }
}
