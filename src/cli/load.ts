/** Paths, or a branch, on the command line → what is declared; choices on the command line → policy. */

import { hostname } from 'node:os'
import { type Diagnostic, hasErrors } from '../base/diagnostic.ts'
import type { SourceFile } from '../base/source.ts'
import { type Budget, parseBudget } from '../base/units.ts'
import { kindsByName } from '../kinds/index.ts'
import { readManifestFiles } from '../manifest/files.ts'
import { loadDesired } from '../manifest/load.ts'
import type { Desired } from '../manifest/model.ts'
import type { Policy } from '../reconcile/plan/policy.ts'
import type { Loaded } from '../reconcile/reconcile.ts'
import { engineIdentity } from './engine.ts'
import { CommandFailure, EXIT } from './exit.ts'
import type { Commit } from './git/repository.ts'
import { branchFrom } from './git/source.ts'
import type { Terminal } from './terminal.ts'

export interface ManifestsRead {
  readonly files: readonly SourceFile[]
  readonly desired: Desired
  readonly diagnostics: readonly Diagnostic[]
  /** Git commit that the files were read from */
  readonly commit?: string
}

type Options = Readonly<Record<string, unknown>>

/** Said, and no error: a folder may well be empty. */
export const NO_MANIFESTS = 'No manifests here: the PATHs hold no file named *.yaml or *.yml.\n'

/** The first step of the spine. */
export async function loadManifests(paths: readonly string[], options: Options, terminal: Terminal): Promise<Loaded> {
  const { files, desired, diagnostics, commit } = await readManifests(paths, options)
  if (hasErrors(diagnostics)) return { ok: false, diagnostics }
  if (files.length === 0) terminal.talk(NO_MANIFESTS)
  return { ok: true, value: desired, diagnostics, ...(commit !== undefined && { commit }) }
}

export async function readManifests(paths: readonly string[], options: Options = {}): Promise<ManifestsRead> {
  const commit = await readCommit(paths, options)
  const read = commit ?? (await readManifestFiles(paths.length === 0 ? ['.'] : paths))
  const { desired, diagnostics } = loadDesired(read.files, kindsByName)
  const findings = [...read.diagnostics, ...diagnostics]
  return { files: read.files, desired, diagnostics: findings, ...(commit && { commit: commit.id }) }
}

/** @returns undefined where no repository was named. One look: what cannot be fetched now is not planned from memory. */
async function readCommit(paths: readonly string[], options: Options): Promise<Commit | undefined> {
  const branch = branchFrom(paths, options)
  if (!branch) return undefined
  const { GitFailure } = await import('./git/git.ts')
  const { Repository } = await import('./git/repository.ts')
  try {
    const repository = await Repository.open(branch)
    return await repository.read(await repository.tip())
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    throw new CommandFailure(EXIT.invalid, `git: ${error.message}`)
  }
}

export function policyFrom(options: Options): Policy {
  const maxDelete = budgetFrom(options, 'maxDelete')
  const maxReplace = budgetFrom(options, 'maxReplace')
  return {
    host: typeof options.host === 'string' ? options.host : hostname(),
    engine: engineIdentity(options),
    ...(options.prune === false && { prune: false as const }),
    allowEmpty: options.allowEmpty === true,
    applyCosmetic: options.applyCosmetic === true,
    ...(maxDelete && { maxDelete }),
    ...(maxReplace && { maxReplace }),
  }
}

function budgetFrom(options: Options, name: 'maxDelete' | 'maxReplace'): Budget | undefined {
  const text = options[name]
  if (text === undefined) return undefined
  const budget = parseBudget(/^\d+$/.test(String(text)) ? Number(text) : text)
  if (!budget) throw new CommandFailure(EXIT.usage, `${text} is not a budget; write a number, or a share such as 25%`)
  return budget
}
