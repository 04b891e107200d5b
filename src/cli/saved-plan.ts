/**
 * A plan on disk: what was approved, as digests, and where it came from. It holds no manifest and no secret: `apply --plan` reads the
 * manifests again and applies them only if they still lead to exactly this plan.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import type { SetPlan } from '../reconcile/plan.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { planJson, toJson } from './render/json.ts'

export interface SavedPlan {
  readonly paths: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly digests: ReadonlyMap<string, string>
}

/** Options that shape a plan and therefore belong to it. */
const SHAPING = ['host', 'prune', 'allowEmpty', 'applyCosmetic', 'maxDelete', 'maxReplace'] as const

export function savePlan(
  file: string,
  engine: string,
  plans: readonly SetPlan[],
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
): void {
  const shaping = Object.fromEntries(
    SHAPING.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
  writeFileSync(file, toJson({ ...planJson(engine, plans, []), source: { paths, options: shaping } }), { mode: 0o600 })
}

export function readSavedPlan(file: string): SavedPlan {
  try {
    const saved = JSON.parse(readFileSync(file, 'utf8')) as {
      sets: { set: string; digest: string }[]
      source: { paths: string[]; options: Record<string, unknown> }
    }
    return {
      paths: saved.source.paths,
      options: saved.source.options,
      digests: new Map(saved.sets.map((s) => [s.set, s.digest])),
    }
  } catch (error) {
    throw new CommandFailure(
      EXIT.invalid,
      `${file} is not a plan saved by \`wfpctl plan --out\`: ${(error as Error).message}`,
    )
  }
}
