/** Where the manifests come from: PATHs, or a branch of a repository. */

import { parseDuration } from '../../base/units.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import type { WatchEvent } from '../../reconcile/watch/events.ts'
import { FileSource } from '../../reconcile/watch/file-source.ts'
import type { ManifestSource } from '../../reconcile/watch/source.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { withoutCredentials } from '../git/git.ts'
import { branchFrom } from '../git/options.ts'
import { GitSource } from '../git/source.ts'

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
  const branch = branchFrom(paths, options)
  if (!branch) return { source: new FileSource(paths), sourceNames: paths.length === 0 ? ['.'] : paths }
  const seconds = parseDuration(String(options.interval ?? DEFAULT_INTERVAL))
  if (seconds === undefined || seconds === 0)
    throw new CommandFailure(EXIT.usage, `${options.interval} is not an interval; write for instance 1m`)
  const time = () => systemClock.date().toISOString()
  const source = new GitSource({
    ...branch,
    intervalMilliseconds: seconds * 1000,
    clock: systemClock,
    signal,
    allowHistoryRewrite: options.allowHistoryRewrite === true,
    refused: (message, commit) =>
      listener({ event: 'git-refused', time: time(), message, ...(commit !== undefined && { commit }) }),
    healed: (commit) => listener({ event: 'git-healed', time: time(), commit }),
  })
  const names = [withoutCredentials(branch.url), branch.branch, branch.folder]
  return { source, sourceNames: [names.join(' ').trimEnd()] }
}
