/**
 * A plan on disk: what was approved, as digests, and where it came from. It holds no manifest and no secret: `apply --plan` reads the
 * manifests again and applies them only if they still lead to exactly this plan.
 */

import { resolve } from 'node:path'
import { isJsonObject } from '../base/index.ts'
import { readRegularFile, UnusableFile } from '../manifest/index.ts'
import type { SetPlan } from '../reconcile/plan/index.ts'
import type { Planned } from '../reconcile/reconcile.ts'
import { engineIdentity } from './engine.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { savableGit } from './git/branch.ts'
import { writeForOwner } from './owner-only.ts'
import { diagnosticsToJson, FORMAT_VERSION, planJson, toJson } from './render/index.ts'

export interface SavedPlan {
  readonly paths: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  /** `--git` and what goes with it, as given; empty where the plan came from PATHs */
  readonly git: Readonly<Record<string, unknown>>
  readonly digests: ReadonlyMap<string, string>
  /** what it was made for, as `engineIdentity` says it */
  readonly engine: string
}

/** A plan of 100 000 tunnels takes some 100 MB. */
const MAX_PLAN_BYTES = 512_000_000

/** Options that shape a plan and therefore belong to it. */
const SHAPING = [
  'host',
  'prune',
  'whole',
  'selector',
  'target',
  'takeOver',
  'allowEmpty',
  'applyCosmetic',
  'maxDelete',
  'maxReplace',
  'strict',
  'values',
] as const

/** What a plan was made from, as it stood on the command line. */
export interface PlanSource {
  readonly paths: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export function savePlan(file: string, planned: Planned, { paths, options }: PlanSource): void {
  const shaping = Object.fromEntries(
    SHAPING.flatMap((name) => (options[name] === undefined ? [] : [[name, savable(name, options[name])]])),
  )
  const git = savableGit(options)
  const made = { engine: engineIdentity(options), directory: process.cwd() }
  const source = { paths, options: shaping, ...(Object.keys(git).length > 0 && { git }), ...made }
  const plan = planJson(planned, diagnosticsToJson(planned.diagnostics))
  try {
    writeForOwner(file, toJson({ ...plan, source }))
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `cannot save the plan: ${(error as Error).message}`)
  }
}

/** A path is the same file from every directory. */
function savable(name: (typeof SHAPING)[number], value: unknown): unknown {
  return name === 'values' ? resolve(String(value)) : value
}

export function readSavedPlan(file: string): SavedPlan {
  const saved = parseSavedPlan(file, textOf(file))
  const [major] = String(saved.formatVersion).split('.')
  if (major !== FORMAT_VERSION.split('.')[0]) {
    throw new CommandFailure(
      EXIT.invalid,
      `${file} was saved in format ${saved.formatVersion}, this wfpctl reads ${FORMAT_VERSION}; plan again`,
    )
  }
  const { paths, options, git = {}, engine = '', directory } = saved.source
  const isElsewhere = directory !== undefined && directory !== process.cwd()
  const given = paths.length === 0 ? ['.'] : paths
  return {
    paths: isElsewhere && git.git === undefined ? given.map((path) => resolve(directory, path)) : paths,
    options,
    git,
    engine: engine.startsWith(`${saved.engine?.name} `) ? engine : String(saved.engine?.name),
    digests: new Map(saved.sets.map(({ set, digest }) => [set, digest])),
  }
}

/** What was approved for one engine says nothing about another, nor about another machine. */
export function refuseOtherEngine(saved: SavedPlan, options: PlanSource['options']): void {
  const here = engineIdentity(options)
  if (saved.engine === here) return
  throw new CommandFailure(
    EXIT.stale,
    `the saved plan is stale: it was made for engine ${saved.engine}, and this is engine ${here}; nothing was changed, plan again`,
  )
}

/** A set that was approved and is no longer in any manifest would otherwise be passed over in silence. */
export function refuseMissingSets(saved: SavedPlan, plans: readonly SetPlan[]): void {
  const present = new Set(plans.map((plan) => plan.set.name))
  const missing = [...saved.digests.keys()].filter((set) => !present.has(set))
  if (missing.length === 0) return
  throw new CommandFailure(
    EXIT.stale,
    `the saved plan is stale: no manifest declares set ${missing.join(', ')} any more; nothing was changed, plan again`,
  )
}

interface PlanFile {
  readonly formatVersion: string
  readonly engine?: { readonly name: string }
  readonly sets: readonly { readonly set: string; readonly digest: string }[]
  readonly source: {
    readonly paths: readonly string[]
    readonly options: Readonly<Record<string, unknown>>
    readonly git?: Readonly<Record<string, unknown>>
    readonly engine?: string
    /** relative paths begin there */
    readonly directory?: string
  }
}

function textOf(file: string): string {
  try {
    return readRegularFile(file, MAX_PLAN_BYTES).toString('utf8')
  } catch (error) {
    if (error instanceof UnusableFile) throw new CommandFailure(EXIT.invalid, `the saved plan ${file} ${error.message}`)
    throw new CommandFailure(EXIT.invalid, `cannot read the saved plan: ${(error as Error).message}`)
  }
}

/** @throws CommandFailure for a text that is no saved plan */
export function parseSavedPlan(file: string, text: string): PlanFile {
  try {
    const value: unknown = JSON.parse(text)
    if (isPlanFile(value)) return value
  } catch {
    // not even JSON: the same mistake to whoever made it
  }
  throw new CommandFailure(EXIT.invalid, `${file} is not a plan saved by \`wfpctl plan --out\``)
}

function isPlanFile(value: unknown): value is PlanFile {
  const { formatVersion, engine, sets, source } = (value ?? {}) as { [field in keyof PlanFile]?: unknown }
  const from = (source ?? {}) as { [field in keyof PlanFile['source']]?: unknown }
  const { paths, options, git = {} } = from
  return (
    typeof formatVersion === 'string' &&
    (engine === undefined || (isJsonObject(engine) && typeof engine.name === 'string')) &&
    [from.engine, from.directory].every((text) => text === undefined || typeof text === 'string') &&
    Array.isArray(sets) &&
    sets.every((entry) => typeof entry?.set === 'string' && typeof entry.digest === 'string') &&
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string') &&
    isJsonObject(options) &&
    isJsonObject(git)
  )
}
