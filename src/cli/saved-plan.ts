/**
 * A plan on disk: what was approved, as digests, and where it came from. It holds no manifest and no secret: `apply --plan` reads the
 * manifests again and applies them only if they still lead to exactly this plan.
 */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { isJsonObject } from '../base/json.ts'
import type { SetPlan } from '../reconcile/plan/model.ts'
import type { Planned } from '../reconcile/reconcile.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { savableGit } from './git/source.ts'
import { diagnosticsToJson } from './render/frames.ts'
import { FORMAT_VERSION, planJson, toJson } from './render/json.ts'

export interface SavedPlan {
  readonly paths: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  /** `--git` and what goes with it, as given; empty where the plan came from PATHs */
  readonly git: Readonly<Record<string, unknown>>
  readonly digests: ReadonlyMap<string, string>
}

const OWNER_ONLY = 0o600

/** Options that shape a plan and therefore belong to it. */
const SHAPING = ['host', 'prune', 'allowEmpty', 'applyCosmetic', 'maxDelete', 'maxReplace'] as const

/** What a plan was made from, as it stood on the command line. */
export interface PlanSource {
  readonly paths: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

export function savePlan(file: string, planned: Planned, { paths, options }: PlanSource): void {
  const shaping = Object.fromEntries(
    SHAPING.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
  const git = savableGit(options)
  const source = { paths, options: shaping, ...(Object.keys(git).length > 0 && { git }) }
  const plan = planJson(planned, diagnosticsToJson(planned.diagnostics))
  try {
    writeFileSync(file, toJson({ ...plan, source }), { mode: OWNER_ONLY })
    chmodSync(file, OWNER_ONLY) // the mode above is for a new file only
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `cannot save the plan: ${(error as Error).message}`)
  }
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
  return {
    paths: saved.source.paths,
    options: saved.source.options,
    git: saved.source.git ?? {},
    digests: new Map(saved.sets.map(({ set, digest }) => [set, digest])),
  }
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
  readonly sets: readonly { readonly set: string; readonly digest: string }[]
  readonly source: {
    readonly paths: readonly string[]
    readonly options: Readonly<Record<string, unknown>>
    readonly git?: Readonly<Record<string, unknown>>
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandFailure(EXIT.invalid, `cannot read the saved plan: ${(error as Error).message}`)
  }
}

function parseSavedPlan(file: string, text: string): PlanFile {
  try {
    const value: unknown = JSON.parse(text)
    if (isPlanFile(value)) return value
  } catch {
    // not even JSON: the same mistake to whoever made it
  }
  throw new CommandFailure(EXIT.invalid, `${file} is not a plan saved by \`wfpctl plan --out\``)
}

function isPlanFile(value: unknown): value is PlanFile {
  const { formatVersion, sets, source } = (value ?? {}) as { [field in keyof PlanFile]?: unknown }
  const { paths, options, git = {} } = (source ?? {}) as { [field in keyof PlanFile['source']]?: unknown }
  return (
    typeof formatVersion === 'string' &&
    Array.isArray(sets) &&
    sets.every((entry) => typeof entry?.set === 'string' && typeof entry.digest === 'string') &&
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string') &&
    isJsonObject(options) &&
    isJsonObject(git)
  )
}
