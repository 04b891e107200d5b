/** Paths, or a branch, on the command line → what is declared; choices on the command line → policy. */

import { realpathSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import {
  type Budget,
  type Diagnostic,
  hasErrors,
  type OnProgress,
  parseBudget,
  type SourceFile,
  untold,
} from '../base/index.ts'
import { kindsByName } from '../kinds/index.ts'
import {
  type Desired,
  expandWildcards,
  loadDesired,
  type ManifestFiles,
  Memory,
  readManifestFiles,
  readRegularFile,
  readValuesFile,
  STDIN,
  STDIN_NAME,
  shownPath,
} from '../manifest/index.ts'
import type { KnownTree } from '../reconcile/known-pass.ts'
import { type Policy, strictly } from '../reconcile/plan/index.ts'
import type { Loaded } from '../reconcile/reconcile.ts'
import { engineIdentity, workTreeAbove } from './engine.ts'
import { CommandFailure, EXIT } from './exit.ts'
import { branchFrom } from './git/branch.ts'
import type { Commit } from './git/commit.ts'
import { withoutCredentials } from './git/git.ts'
import { openResults } from './results.ts'
import { selectionFrom } from './selector.ts'
import type { Terminal } from './terminal.ts'
import { knowFileAccess } from './trusted.ts'

export interface ManifestsRead {
  readonly files: readonly SourceFile[]
  readonly desired: Desired
  /** how many there are in it */
  readonly resources: number
  readonly known?: KnownTree
  readonly diagnostics: readonly Diagnostic[]
  /** Git commit that the files were read from */
  readonly commit?: string
}

type Options = Readonly<Record<string, unknown>>

/** Said, and no error: a folder may well be empty. */
export const NO_MANIFESTS = 'No manifests here: the PATHs hold no file named *.yaml or *.yml.\n'

/** The first step of the spine. */
export async function loadManifests(paths: readonly string[], options: Options, terminal: Terminal): Promise<Loaded> {
  const read = await readManifests(paths, options, { progress: terminal.progress })
  const { files, diagnostics, commit, known } = read
  if (hasErrors(diagnostics)) return { ok: false, diagnostics }
  if (files.length === 0) terminal.talk(NO_MANIFESTS)
  return {
    ok: true,
    get value() {
      return read.desired
    },
    diagnostics,
    ...(known && { known }),
    ...(commit !== undefined && { commit }),
  }
}

interface Reading {
  /** false where nothing is done with what is read */
  readonly acts?: boolean
  readonly progress?: OnProgress
}

export async function readManifests(
  paths: readonly string[],
  options: Options = {},
  { acts = true, progress = untold }: Reading = {},
): Promise<ManifestsRead> {
  await knowFileAccess()
  const commit = await readCommit(paths, options)
  progress('reading manifests')
  const found = commit ?? (await readManifestFiles(expandedPaths(paths), { acts }))
  const read =
    typeof options.values === 'string' ? withHost(found, await readValuesFile(options.values, { acts })) : found
  const results = openResults(placesOf(paths, options), options)
  const loaded = loadDesired(read.files, kindsByName, new Memory(results, progress))
  results?.texts.save()
  results?.trees.save()
  const findings = strictly([...read.diagnostics, ...loaded.diagnostics], { strict: options.strict === true })
  return {
    files: read.files,
    get desired() {
      return loaded.desired
    },
    resources: loaded.resources,
    diagnostics: findings,
    ...(results &&
      loaded.clean &&
      read.diagnostics.length === 0 && { known: { results: results.passes, ...loaded.clean } }),
    ...(commit && { commit: commit.id }),
  }
}

function expandedPaths(paths: readonly string[]): readonly string[] {
  return paths.length === 0 ? ['.'] : expandWildcards(paths)
}

/** What results are remembered by: every process that reads the same manifests names the same places. */
export function placesOf(paths: readonly string[], { git, path }: Options): readonly string[] {
  return git === undefined ? expandedPaths(paths) : [String(git), String(path ?? '')]
}

/** What is read, with what `--values` gives to its templates. */
function withHost({ files, diagnostics }: ManifestFiles, host: ManifestFiles): ManifestFiles {
  return { files: [...files, ...host.files], diagnostics: [...diagnostics, ...host.diagnostics] }
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

/** @param paths of the manifests, where they come from files */
export function policyFrom(options: Options, paths: readonly string[]): Policy {
  const maxDelete = budgetFrom(options, 'maxDelete')
  const maxReplace = budgetFrom(options, 'maxReplace')
  return {
    host: typeof options.host === 'string' ? options.host : hostname(),
    engine: engineIdentity(options),
    root: rootOf(options, paths),
    ...filesOf(options, paths),
    ...selectionFrom(options),
    ...(options.secrets === false && { secrets: false as const }),
    ...(options.strict === true && { strict: true }),
    ...(options.takeOver === true && { takeOver: true }),
    ...(options.prune === false && { prune: false as const }),
    allowEmpty: options.allowEmpty === true,
    applyCosmetic: options.applyCosmetic === true,
    ...(maxDelete && { maxDelete }),
    ...(maxReplace && { maxReplace }),
  }
}

/** Where files alone are given, and nobody says that they are everything. */
function filesOf({ git, whole }: Options, paths: readonly string[]): Pick<Policy, 'files'> {
  const places = expandWildcards(paths)
  const isFile = (path: string) => path === STDIN || isFileAt(path)
  if (git !== undefined || whole === true || places.length === 0 || !places.every(isFile)) return {}
  return { files: places.map((path) => (path === STDIN ? STDIN_NAME : shownPath(path))).sort() }
}

/** What cannot be looked at has a finding of its own when it is read. */
function isFileAt(path: string): boolean {
  try {
    return !statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** What manifests belong to, so that two clones of one repository are the same: its address, or the directory that holds them. */
function rootOf({ git }: Options, paths: readonly string[]): string {
  if (typeof git === 'string') return repositoryName(git)
  const common = paths.map((path) => directoryOf(path)).reduce(commonDirectory, directoryOf(paths[0] ?? '.'))
  const top = workTreeAbove(common)
  return (top && originOf(top)) ?? (top ?? common).replaceAll('\\', '/')
}

function directoryOf(path: string): string {
  try {
    const real = realpathSync.native(path)
    return statSync(real).isDirectory() ? real : dirname(real)
  } catch {
    return dirname(resolve(path)) // reading it has a finding
  }
}

function commonDirectory(a: string, b: string): string {
  if (a === b || b.startsWith(`${a}${sep}`)) return a
  return a === dirname(a) ? a : commonDirectory(dirname(a), b)
}

const MAX_CONFIG_BYTES = 1_000_000

/** The address that a clone was made from, as its configuration says. */
function originOf(workTree: string): string | undefined {
  try {
    const config = readRegularFile(join(workTree, '.git', 'config'), MAX_CONFIG_BYTES).toString('utf8')
    const url = /^\[remote "origin"\][^[]*?^\s*url\s*=\s*(\S+)/m.exec(config)?.[1]
    return url && repositoryName(url)
  } catch {
    return undefined // a work tree of its own, or one that we may not read: its directory names it
  }
}

function repositoryName(url: string): string {
  return withoutCredentials(url)
    .replace(/^file:\/\//, '')
    .replace(/\/*(?:\.git)?\/*$/, '')
}

function budgetFrom(options: Options, name: 'maxDelete' | 'maxReplace'): Budget | undefined {
  const text = options[name]
  if (text === undefined) return undefined
  const budget = parseBudget(/^\d+$/.test(String(text)) ? Number(text) : text)
  if (!budget) throw new CommandFailure(EXIT.usage, `${text} is not a budget; write a number, or a share such as 25%`)
  return budget
}
