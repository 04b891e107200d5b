/** Paths on the command line → desired state; choices on the command line → policy. */

import { hostname } from 'node:os'
import { kindsByName } from '../providers/wfp/kinds/index.ts'
import { loadDesired } from '../reconcile/desired.ts'
import { type Diagnostic, hasErrors } from '../reconcile/diagnostic.ts'
import { readManifestFiles } from '../reconcile/files.ts'
import type { Budget, Desired } from '../reconcile/model.ts'
import type { Policy } from '../reconcile/policy.ts'
import type { SourceFile } from '../reconcile/source.ts'
import { parseBudget } from '../reconcile/units.ts'
import { CommandFailure, EXIT } from './exit.ts'

export interface Loaded {
  readonly files: readonly SourceFile[]
  readonly desired: Desired
  readonly diagnostics: readonly Diagnostic[]
  readonly valid: boolean
}

export async function loadManifests(paths: readonly string[]): Promise<Loaded> {
  const read = await readManifestFiles(paths.length === 0 ? ['.'] : paths)
  const { desired, diagnostics: found } = loadDesired(read.files, kindsByName)
  const diagnostics = [...read.diagnostics, ...found]
  return { files: read.files, desired, diagnostics, valid: !hasErrors(diagnostics) }
}

export function policyFrom(options: Readonly<Record<string, unknown>>): Policy {
  const maxDelete = budgetFrom(options, 'maxDelete')
  const maxReplace = budgetFrom(options, 'maxReplace')
  return {
    host: typeof options.host === 'string' ? options.host : hostname(),
    ...(options.prune === false && { prune: false as const }),
    allowEmpty: options.allowEmpty === true,
    applyCosmetic: options.applyCosmetic === true,
    ...(maxDelete && { maxDelete }),
    ...(maxReplace && { maxReplace }),
  }
}

function budgetFrom(options: Readonly<Record<string, unknown>>, name: 'maxDelete' | 'maxReplace'): Budget | undefined {
  const text = options[name]
  if (text === undefined) return undefined
  const budget = parseBudget(/^\d+$/.test(String(text)) ? Number(text) : text)
  if (!budget) throw new CommandFailure(EXIT.usage, `${text} is not a budget; write a number, or a share such as 25%`)
  return budget
}
