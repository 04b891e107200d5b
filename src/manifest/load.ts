/** All manifests → what they together ask for. Every finding of every file, in one run. */

import { hash } from 'node:crypto'
import {
  byPosition,
  type Checked,
  type Diagnostic,
  type JsonObject,
  OWN_DIGEST,
  type RememberedResults,
  recall,
  type SourceFile,
  untold,
  withoutRepeats,
} from '../base/index.ts'
import type { Assembly } from './agreement.ts'
import { type Manifest, relocateDiagnostic, withRelatedPlaces } from './document.ts'
import { DEFAULT_SET } from './envelope.ts'
import { checkFormerNames } from './former-names.ts'
import {
  followed,
  type Inventory,
  inventoryOf,
  keepInventory,
  keptInventory,
  namesDefaultSet,
  resourcesIn,
  type Tree,
  treeOf,
} from './inventory.ts'
import { checkWindows } from './maintenance.ts'
import { type Declared, Memory, type Normalised } from './memory.ts'
import {
  type Address,
  addressOf,
  type Desired,
  type Form,
  type Kind,
  type Kinds,
  manifestsOf,
  type Resource,
  type TunnelSet,
} from './model.ts'
import { duplicate, isSet, setsWithoutDocument, tellApart } from './names.ts'
import { readFiles } from './reading.ts'
import { hasRules, judgements } from './templated.ts'
import { implicitSet, TRAFFIC_TEST, toTunnelSet } from './tunnel-set.ts'
import { answered } from './waivers.ts'
import type { Places } from './yaml/split.ts'

export interface LoadedDesired {
  /** when there are errors: what could be read in spite of them */
  readonly desired: Desired
  /** how many there are in `desired` */
  readonly resources: number
  readonly diagnostics: readonly Diagnostic[]
  /** where results are remembered and nothing is to be found in the files, on no day */
  readonly clean?: Clean
}

/** Files without a finding. */
interface Clean {
  /** of all of them */
  readonly digest: string
  /** which of them declares what; undefined where they say something of each other */
  inventory(): Inventory | undefined
  /** what these documents alone declare */
  at(places: Places): Desired
}

/** @param memory of an earlier loading with the same kinds: it saves work and changes no result */
export function loadDesired(
  files: readonly SourceFile[],
  kinds: Kinds,
  memory = new Memory(),
  now = new Date(),
): LoadedDesired {
  if (!memory.results) return loadAll(files, kinds, memory, now)
  const { trees } = memory.results
  const tree = treeOf(files)
  const part = (places: Places) => loadAll(files, kinds, new Memory(NOTHING_KNOWN, untold, places), now)
  const clean = cleanTree(tree, kinds, { trees, part })
  let whole: LoadedAll | undefined
  let made: Inventory | undefined
  const readAll = () => {
    whole ??= loadAll(files, kinds, memory, now)
    return whole
  }
  /** What is known of the tree, or else what is known since all of it was read. */
  const inventory = (): Inventory | undefined => {
    const known = made ?? clean.inventory()
    if (known || !whole || !isCleanForEver(whole)) return known
    const { declared, desired } = whole
    made = inventoryOf(tree, { declared, resources: desired.resources }, kinds)
    if (made) keepInventory(trees, made)
    trees.save()
    return made
  }
  if (trees.get(tree.digest) === undefined && !clean.inventory()) {
    const loaded = readAll()
    if (!isCleanForEver(loaded)) return loaded
    trees.put(tree.digest, String(loaded.resources))
    inventory()
    return { ...loaded, clean: { ...clean, inventory } }
  }
  return {
    diagnostics: [],
    resources: Number(trees.get(tree.digest)),
    clean: { ...clean, inventory },
    get desired() {
      return readAll().desired
    },
  }
}

/** What is read of a part is kept nowhere. */
const NOTHING_KNOWN: RememberedResults = (() => {
  const nothing = { get: () => undefined, put: () => {}, save: () => {} }
  return { texts: nothing, trees: nothing }
})()

interface Reading {
  readonly trees: RememberedResults['trees']
  part(places: Places): LoadedAll
}

/** A tree in which nothing is to be found, if it is known, or differs in few documents from the last one that was. */
function cleanTree(tree: Tree, kinds: Kinds, { trees, part }: Reading): Clean {
  let inventory: Inventory | undefined
  let isLookedFor = false
  const find = (): Inventory | undefined => {
    const last = keptInventory(trees)
    if (last === undefined) return undefined
    if (last.digest === tree.digest) {
      // their number may be forgotten sooner
      if (trees.get(tree.digest) === undefined) trees.put(tree.digest, String(resourcesIn(last).length))
      return last
    }
    const found = followed(last, tree, kinds, (places) => {
      const loaded = part(places)
      return isCleanForEver(loaded) ? { declared: loaded.declared, resources: loaded.desired.resources } : undefined
    })
    if (!found) return undefined
    trees.put(tree.digest, String(resourcesIn(found).length))
    keepInventory(trees, found)
    trees.save()
    return found
  }
  const known = (): Inventory | undefined => {
    if (!isLookedFor) inventory = find()
    isLookedFor = true
    return inventory
  }
  return {
    digest: tree.digest,
    inventory: known,
    at: (places) => {
      const { desired } = part(places)
      const lacksDefault = !desired.sets.some(({ name }) => name === DEFAULT_SET)
      const all = lacksDefault ? known() : undefined
      return all && namesDefaultSet(all) ? { ...desired, sets: [...desired.sets, implicitSet()] } : desired
    },
  }
}

/** A waiver has its day: what it answers today is a finding tomorrow. */
function isCleanForEver({ desired, diagnostics }: LoadedDesired): boolean {
  return diagnostics.length === 0 && manifestsOf(desired).every(({ waive }) => waive.length === 0)
}

interface LoadedAll extends LoadedDesired {
  readonly declared: readonly Declared[]
}

function loadAll(files: readonly SourceFile[], kinds: Kinds, memory: Memory, now: Date): LoadedAll {
  const reading = readFiles(files, kinds, memory)
  const manifests = reading.declared.map(({ manifest }) => manifest)
  const { first, repeated } = tellApart(reading.declared)
  const sets = first.filter(isSet)
  const tunnelSets = sets.map(({ manifest }) => toTunnelSet(manifest))
  const specified = first.filter(({ manifest }) => kinds.has(manifest.kind))
  const normalised = specified.map((one, i) => {
    memory.progress('checking manifests', i, specified.length)
    return normaliseOnce(one, kinds, memory)
  })
  const readable = normalised.map(({ resource }) => resource)
  const whole = normalised.filter(({ isWhole }) => isWhole).map(({ resource }) => resource)
  const members = new Map(specified.map(({ unplaced }, i) => [unplaced, readable[i]!]))
  const isPlain = members.size === specified.length && !hasRules(manifests)
  const assembly = isPlain ? { sets: sets.map(({ unplaced }) => unplaced), members } : undefined
  const findings = [
    ...reading.diagnostics,
    ...repeated.map(([second, one]) => duplicate(second, one)),
    ...sets.flatMap(({ manifest }) => checkWindows(manifest)),
    ...checkFormerNames(manifests),
    ...(reading.incomplete ? [] : setsWithoutDocument(reading.declared)),
    ...normalised.flatMap(({ diagnostics }) => diagnostics),
    ...unlessKnownClean(memory, { texts: reading.digest, assembly }, (some) => [
      ...crossChecks({ sets: join(tunnelSets, some ?? readable).sets, resources: some ?? readable }, kinds),
      ...judgements(
        first.map(({ manifest }) => manifest),
        whole,
      ),
    ]),
  ]
  const left = withoutRepeats(answered(findings, manifests, now))
  const tests = first.filter(({ manifest }) => manifest.kind === TRAFFIC_TEST).map(({ manifest }) => manifest)
  const desired = { ...join(tunnelSets, whole), ...(tests.length > 0 && { tests }) }
  const found = left.sort(byPosition)
  return { desired, resources: desired.resources.length, diagnostics: found, declared: reading.declared }
}

/** A resource keeps its spec while its text does, and is the same object while its file does. */
function normaliseOnce({ manifest, unplaced, origin }: Declared, kinds: Kinds, memory: Memory): Normalised {
  return recall(memory.resources, manifest, () => {
    const kind = kinds.get(manifest.kind)!
    const checked = recall(memory.specs, unplaced, () => kind.normalise(unplaced))
    return {
      resource: new DeclaredResource({ kind, manifest, checked }, memory.forms.get(unplaced)),
      isWhole: checked.ok && manifest.broken.size === 0,
      diagnostics: checked.diagnostics.map((found) =>
        origin ? relocateDiagnostic(found, origin) : withRelatedPlaces(found),
      ),
    }
  })
}

interface Declaration {
  readonly kind: Kind
  readonly manifest: Manifest
  readonly checked: Checked<JsonObject>
}

/** Its spec is made when somebody asks for it, as that of a `LazyManifest`. */
class DeclaredResource implements Resource {
  readonly kind: Kind
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  declare readonly formerly?: readonly string[]
  readonly manifest: Manifest
  declare readonly form?: Form
  readonly #checked: Checked<JsonObject>
  #address: Address | undefined

  constructor({ kind, manifest, checked }: Declaration, form: Form | undefined) {
    const { name, set, labels, formerly } = manifest
    this.kind = kind
    this.name = name
    this.set = set
    this.labels = labels
    if (formerly) this.formerly = formerly
    this.manifest = manifest
    if (form) this.form = form
    this.#checked = checked
  }

  get address(): Address {
    this.#address ??= addressOf({ kind: this.kind, name: this.name })
    return this.#address
  }

  /** Of one that earlier processes knew, nearly nobody asks for more than its form. */
  get spec(): JsonObject {
    return this.#checked.ok ? this.#checked.value : ((this.#checked.partial ?? {}) as JsonObject)
  }
}

/** A resource of an unknown set has a finding and is left out. */
function join(sets: readonly TunnelSet[], resources: readonly Resource[]): Desired {
  const names = new Set(sets.map((set) => set.name))
  const implicit = !names.has(DEFAULT_SET) && resources.some((resource) => resource.set === DEFAULT_SET)
  if (implicit) names.add(DEFAULT_SET)
  return {
    sets: implicit ? [...sets, implicitSet()] : sets,
    resources: resources.filter((resource) => names.has(resource.set)),
  }
}

interface Together {
  /** digest of all texts; absent: nothing is remembered of them */
  readonly texts: string | undefined
  /** absent: more than resources is held against each other */
  readonly assembly: Assembly | undefined
}

/**
 * All texts together were found to agree by an earlier process, or that is remembered now.
 *
 * @param check some of them, or all
 */
function unlessKnownClean(
  { results, agreement }: Memory,
  { texts, assembly }: Together,
  check: (some?: readonly Resource[]) => readonly Diagnostic[],
): readonly Diagnostic[] {
  const digest = results && texts !== undefined ? hash(OWN_DIGEST, `checked together ${texts}`) : undefined
  const isKnown = digest !== undefined && results?.trees.get(digest) !== undefined
  const some = isKnown ? [] : assembly && agreement.inDoubt(assembly)
  const isClean = some && (some.length === 0 || check(some).length === 0)
  // where some have a finding, all findings are wanted
  const found = isClean ? [] : check()
  if (found.length === 0 && assembly) agreement.settle(assembly)
  if (found.length === 0 && digest !== undefined && !isKnown) results?.trees.put(digest, 'clean')
  return found
}

function crossChecks({ resources, sets }: Desired, kinds: Kinds): Diagnostic[] {
  return [...kinds.values()].flatMap((kind) => {
    const own = resources.filter((resource) => resource.kind === kind)
    return own.length === 0 ? [] : (kind.crossCheck?.(own, sets) ?? [])
  })
}
