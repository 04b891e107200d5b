/** All manifests → what they together ask for. Every finding of every file, in one run. */

import { byPosition, type Diagnostic, diagnostic, withoutRepeats } from './diagnostic.ts'
import type { Document } from './document.ts'
import { defaultSet, readEnvelope, toManifest } from './envelope.ts'
import { type Manifest, readDocuments } from './manifest.ts'
import type { Checked, Desired, JsonObject, Resource, ResourceKind, TunnelSet } from './model.ts'
import { positionOf, type SourceFile } from './source.ts'
import { didYouMean } from './suggest.ts'
import { implicitSet, toTunnelSet, tunnelSetKind, tunnelSetSchema } from './tunnel-set.ts'
import { validateDocument } from './validate.ts'

export interface LoadedDesired {
  /** when there are errors: what could be read in spite of them */
  readonly desired: Desired
  readonly diagnostics: readonly Diagnostic[]
}

type Kinds = ReadonlyMap<string, ResourceKind>

/** What the documents hold, one by one. */
interface Reading {
  readonly manifests: readonly Manifest[]
  readonly diagnostics: readonly Diagnostic[]
  /** something could not be read at all, so what seems to be missing may stand there */
  readonly incomplete: boolean
}

/** What was read before: a file that is still the same object need not be read again. For one collection of kinds. */
export class Memory {
  readonly files = new WeakMap<SourceFile, Reading>()
  readonly specs = new WeakMap<Manifest, Checked<JsonObject>>()
}

export function loadDesired(files: readonly SourceFile[], kinds: Kinds, memory = new Memory()): LoadedDesired {
  const reading = joinReadings(files.map((file) => recall(memory.files, file, () => readFile(file, kinds))))
  const sets = reading.manifests.filter((manifest) => manifest.kind === tunnelSetKind)
  const others = reading.manifests.filter((manifest) => manifest.kind !== tunnelSetKind)
  const normalised = normaliseAll(firstOfEach(others), kinds, memory)
  const tunnelSets = firstOfEach(sets).map(toTunnelSet)
  const desired = join(tunnelSets, normalised.resources)
  const findings = [
    ...reading.diagnostics,
    ...duplicates(reading.manifests),
    ...(reading.incomplete || sets.some(isNameless) ? [] : setsWithoutDocument(sets, others)),
    ...normalised.diagnostics,
    ...crossChecks({ sets: join(tunnelSets, normalised.readable).sets, resources: normalised.readable }, kinds),
  ]
  return { desired, diagnostics: withoutRepeats(findings).sort(byPosition) }
}

function recall<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}

function joinReadings(readings: readonly Reading[]): Reading {
  return {
    manifests: readings.flatMap((reading) => reading.manifests),
    diagnostics: readings.flatMap((reading) => reading.diagnostics),
    incomplete: readings.some((reading) => reading.incomplete),
  }
}

function readFile(file: SourceFile, kinds: Kinds): Reading {
  const known = [tunnelSetKind, ...kinds.keys()]
  const manifests: Manifest[] = []
  const read = readDocuments(file)
  // lists of lists: hostile text has more findings than a call may have arguments
  const found: (readonly Diagnostic[])[] = [read.diagnostics]
  let { incomplete } = read
  for (const document of read.documents) {
    const { manifest, diagnostics } = readManifest(document, known, kinds)
    found.push(diagnostics)
    if (manifest === undefined) incomplete = true
    else manifests.push(manifest)
  }
  return { manifests, diagnostics: found.flat(), incomplete }
}

/** No manifest: its kind cannot be told. */
function readManifest(document: Document, known: readonly string[], kinds: Kinds) {
  const enveloped = readEnvelope(document, known)
  if (enveloped.kind === undefined) return { diagnostics: enveloped.diagnostics }
  const schema = kinds.get(enveloped.kind)?.schema ?? tunnelSetSchema()
  const validated = validateDocument({ ...document, broken: enveloped.broken }, schema)
  const diagnostics = [...enveloped.diagnostics, ...validated.diagnostics]
  return { manifest: toManifest(enveloped, validated.broken), diagnostics }
}

function normaliseAll(manifests: readonly Manifest[], kinds: Kinds, memory: Memory) {
  const resources: Resource[] = []
  // beside those: the ones with findings, as far as they could be read
  const readable: Resource[] = []
  const found: (readonly Diagnostic[])[] = []
  for (const manifest of manifests) {
    const checked = recall(memory.specs, manifest, () => kinds.get(manifest.kind)!.normalise(manifest))
    found.push(checked.diagnostics)
    const { kind, name, set, labels } = manifest
    const spec = checked.ok ? checked.value : ((checked.partial ?? {}) as JsonObject)
    const resource = { kind, name, set, labels, spec, manifest }
    readable.push(resource)
    if (checked.ok && manifest.broken.size === 0) resources.push(resource)
  }
  return { resources, readable, diagnostics: found.flat() }
}

/** A resource of an unknown set has a finding and is left out. */
function join(sets: readonly TunnelSet[], resources: readonly Resource[]): Desired {
  const names = new Set(sets.map((set) => set.name))
  const implicit = !names.has(defaultSet) && resources.some((resource) => resource.set === defaultSet)
  if (implicit) names.add(defaultSet)
  return {
    sets: implicit ? [...sets, implicitSet()] : sets,
    resources: resources.filter((resource) => names.has(resource.set)),
  }
}

function crossChecks({ resources, sets }: Desired, kinds: Kinds): Diagnostic[] {
  return [...kinds.values()].flatMap((kind) => {
    const own = resources.filter((resource) => resource.kind === kind.kind)
    return own.length === 0 ? [] : (kind.crossCheck?.(own, sets) ?? [])
  })
}

function isNameless({ name, broken }: Manifest): boolean {
  return name === '' || broken.has('/metadata') || broken.has('/metadata/name')
}

const addressOf = ({ kind, name }: Manifest) => `${kind}/${name}`

/** The second of two with one name has a finding; what it says counts for nothing else. A nameless one stands for itself. */
function firstOfEach(manifests: readonly Manifest[]): Manifest[] {
  const taken = new Set<string>()
  return manifests.filter((manifest) => {
    if (isNameless(manifest)) return true
    const isFirst = !taken.has(addressOf(manifest))
    taken.add(addressOf(manifest))
    return isFirst
  })
}

function duplicates(manifests: readonly Manifest[]): Diagnostic[] {
  const first = new Map<string, Manifest>()
  const found: Diagnostic[] = []
  for (const manifest of manifests) {
    if (isNameless(manifest)) continue
    const other = first.get(addressOf(manifest))
    if (other === undefined) first.set(addressOf(manifest), manifest)
    else found.push(duplicate(manifest, other))
  }
  return found
}

function duplicate(manifest: Manifest, first: Manifest): Diagnostic {
  const { line, column } = positionOf(first.file, first.at('/metadata/name').start)
  const notes = [`first declared at ${first.file.path}:${line}:${column}`]
  const isSet = manifest.kind === tunnelSetKind
  const message = isSet ? `a second TunnelSet \`${manifest.name}\`` : `a second ${addressOf(manifest)}`
  const help = isSet ? 'keep one document per set' : 'names are unique per kind, across all sets'
  return diagnostic(isSet ? 'E125' : 'E124', manifest.at('/metadata/name'), message, { notes, help })
}

/** One finding per set that is missing, at the first resource that names it. */
function setsWithoutDocument(sets: readonly Manifest[], others: readonly Manifest[]): Diagnostic[] {
  const known = new Set([defaultSet, ...sets.map((set) => set.name)])
  const missing = new Map<string, Manifest[]>()
  for (const manifest of others) {
    if (known.has(manifest.set) || manifest.broken.has('/metadata/set')) continue
    const naming = missing.get(manifest.set)
    if (naming) naming.push(manifest)
    else missing.set(manifest.set, [manifest])
  }
  return [...missing].map(([set, [first, ...rest]]) => {
    const notes = rest.length === 0 ? {} : { notes: [`${rest.length} more of the resources given name this set`] }
    const help = didYouMean(set, known) ?? `add a document of kind TunnelSet with the name \`${set}\``
    return diagnostic('E126', first!.at('/metadata/set'), `set \`${set}\` has no TunnelSet document`, {
      ...notes,
      help,
    })
  })
}
