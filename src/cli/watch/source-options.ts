/** Where the manifests come from (PATHs, or a branch of a repository), and `--once`. */

import { parseDuration } from '../../base/index.ts'
import { expandWildcards, STDIN } from '../../manifest/index.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import type { WatchEvent } from '../../reconcile/watch/events.ts'
import { FileSource, WithValues } from '../../reconcile/watch/file-trigger.ts'
import type { ManifestSource } from '../../reconcile/watch/source.ts'
import type { PassResult, Watcher } from '../../reconcile/watch/watcher.ts'
import { CommandFailure, EXIT, type ExitCode, exitCodeOf, exitCodeOfHost, worst } from '../exit.ts'
import { branchFrom } from '../git/branch.ts'
import { withoutCredentials } from '../git/git.ts'
import { GitSource, type NamedCommit } from '../git/source.ts'

const DEFAULT_INTERVAL = '1m'

interface Chosen {
  readonly source: ManifestSource
  readonly sourceNames: readonly string[]
}

interface Surroundings {
  readonly listener: (event: WatchEvent) => void
  readonly signal: AbortSignal
  /** who says which commit; absent: the branch's newest */
  readonly named?: NamedCommit
}

export function sourceFrom(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
  surroundings: Surroundings,
): Chosen {
  if (paths.includes(STDIN))
    throw new CommandFailure(EXIT.usage, 'watch reads its manifests again and again; `-` can be read once')
  const chosen = chooseSource(paths, options, surroundings)
  return typeof options.values === 'string'
    ? { ...chosen, source: new WithValues(chosen.source, options.values) }
    : chosen
}

function chooseSource(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
  { listener, signal, named }: Surroundings,
): Chosen {
  const branch = branchFrom(paths, options)
  if (!branch)
    return { source: new FileSource(expandWildcards(paths)), sourceNames: paths.length === 0 ? ['.'] : paths }
  const seconds = parseDuration(String(options.interval ?? DEFAULT_INTERVAL))
  if (seconds === undefined || seconds === 0)
    throw new CommandFailure(EXIT.usage, `${options.interval} is not an interval; write for instance 1m`)
  const time = () => systemClock.date().toISOString()
  const source = new GitSource({
    ...branch,
    intervalMilliseconds: seconds * 1000,
    clock: systemClock,
    signal,
    ...(named && { named }),
    allowHistoryRewrite: options.allowHistoryRewrite === true,
    refused: (message, commit) =>
      listener({ event: 'git-refused', time: time(), message, ...(commit !== undefined && { commit }) }),
    healed: (commit) => listener({ event: 'git-healed', time: time(), commit }),
  })
  const names = [withoutCredentials(branch.url), branch.ref, branch.folder]
  return { source, sourceNames: [names.join(' ').trimEnd()] }
}

/** A tree that never comes to rest, or a repository that was never there. */
const PATIENCE_MILLISECONDS = 30_000

export async function runOnce(watcher: Watcher, listeners: Set<(event: WatchEvent) => void>): Promise<ExitCode> {
  const codes: ExitCode[] = []
  listeners.add((event) => codes.push(codeOfEvent(event)))
  try {
    const result = await watcher.once(PATIENCE_MILLISECONDS)
    if (!result.look.accepted || result.look.verdict !== 'good') return EXIT.invalid
    if (!result.looked) return EXIT.unavailable
    return worstOf([...codes, ...codesOf(result)])
  } finally {
    await watcher.stop('once')
  }
}

/** Of what was applied, and of what was only planned. */
function codesOf({ plans, reports }: PassResult): ExitCode[] {
  const applied = new Set(reports.map((report) => report.plan.set.name))
  const left = plans.filter((plan) => !applied.has(plan.set.name) && plan.changes.length > 0)
  return [exitCodeOfHost(plans), ...reports.map(exitCodeOf), ...left.map(() => EXIT.changes)]
}

function codeOfEvent(event: WatchEvent): ExitCode {
  if (event.event === 'held') return EXIT.busy
  if (event.event !== 'failure') return EXIT.done
  if (event.result === 'bug') return EXIT.bug
  if (event.result === 'invalid') return EXIT.invalid
  if (event.result === 'busy') return EXIT.busy
  return event.address === undefined ? EXIT.done : EXIT.keyManagerFailed // a set's own failure is in its report
}

function worstOf(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(EXIT.bug)) return EXIT.bug
  if (codes.includes(EXIT.invalid)) return EXIT.invalid
  const code = worst(codes)
  return code === EXIT.done && codes.includes(EXIT.changes) ? EXIT.changes : code
}
