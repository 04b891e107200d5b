/** `--git` and what goes with it → the branch that is read. */

import { resolve } from 'node:path'
import { flagOf } from '../commands/command.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { checkFolder, checkRef, checkUrl, savableUrl } from './git.ts'
import type { BranchOptions } from './repository.ts'

type Options = Readonly<Record<string, unknown>>

/** Options that mean nothing without `--git`. Left alone, `--path gw` would plan everything in the working directory. */
const DEPENDENT = ['ref', 'path', 'gitCache', 'requireSigned', 'interval', 'allowHistoryRewrite'] as const
/** Options that say what a plan was read from. */
const NAMING = ['ref', 'path', 'gitCache', 'requireSigned'] as const

/** @returns undefined where manifests are read from PATHs */
export function branchFrom(paths: readonly string[], options: Options): BranchOptions | undefined {
  if (typeof options.git !== 'string') {
    const lost = DEPENDENT.find((name) => options[name] !== undefined)
    if (lost === undefined) return undefined
    throw new CommandFailure(EXIT.usage, `${flagOf(lost)} goes with --git URL, and there is none`)
  }
  if (paths.length > 0)
    throw new CommandFailure(EXIT.usage, 'give PATHs or --git, not both; --path names a directory of the repository')
  return {
    url: checkUrl(options.git),
    ref: checkRef(String(options.ref ?? 'main')),
    folder: checkFolder(String(options.path ?? '')),
    requireSigned: options.requireSigned === true,
    ...(typeof options.gitCache === 'string' && { cache: options.gitCache }),
  }
}

/** What a saved plan remembers of these options: no password, no token. */
export function savableGit(options: Options): Options {
  if (typeof options.git !== 'string') return {}
  const naming = NAMING.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]))
  const cache = typeof options.gitCache === 'string' && { gitCache: resolve(options.gitCache) }
  return { git: savableUrl(options.git), ...Object.fromEntries(naming), ...cache }
}
