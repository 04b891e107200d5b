/** Where the manifests come from: PATHs, or a branch of a repository. */

import { parseDuration } from '../../reconcile/units.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import type { WatchEvent } from '../../reconcile/watch/events.ts'
import { FileSource } from '../../reconcile/watch/file-source.ts'
import type { ManifestSource } from '../../reconcile/watch/source.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { checkBranch, checkFolder, checkUrl, withoutCredentials } from './git.ts'
import { GitSource } from './git-source.ts'

const DEFAULT_INTERVAL = '1m'

interface Chosen {
  readonly source: ManifestSource
  readonly sourceNames: readonly string[]
}

export function sourceFrom(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
  listener: (event: WatchEvent) => void,
  signal: AbortSignal,
): Chosen {
  if (typeof options.git !== 'string')
    return { source: new FileSource(paths), sourceNames: paths.length === 0 ? ['.'] : paths }
  if (paths.length > 0)
    throw new CommandFailure(EXIT.usage, 'give PATHs or --git, not both; --path names a directory of the repository')
  const url = checkUrl(options.git)
  const branch = checkBranch(String(options.ref ?? 'main'))
  const folder = checkFolder(String(options.path ?? ''))
  const seconds = parseDuration(String(options.interval ?? DEFAULT_INTERVAL))
  if (seconds === undefined || seconds === 0)
    throw new CommandFailure(EXIT.usage, `${options.interval} is not an interval; write for instance 1m`)
  const time = () => systemClock.date().toISOString()
  const source = new GitSource({
    url,
    branch,
    folder,
    intervalMilliseconds: seconds * 1000,
    clock: systemClock,
    signal,
    allowHistoryRewrite: options.allowHistoryRewrite === true,
    requireSigned: options.requireSigned === true,
    ...(typeof options.gitCache === 'string' && { cache: options.gitCache }),
    refused: (message, commit) =>
      listener({ event: 'git-refused', time: time(), message, ...(commit !== undefined && { commit }) }),
    healed: (commit) => listener({ event: 'git-healed', time: time(), commit }),
  })
  return { source, sourceNames: [`${withoutCredentials(url)} ${branch}${folder === '' ? '' : ` ${folder}`}`] }
}
