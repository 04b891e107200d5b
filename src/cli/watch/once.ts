/** `watch --once`: one pass for cron and CI, with the exit codes of `apply` (or of `drift`, where it only reports). */

import type { WatchEvent } from '../../reconcile/watch/events.ts'
import type { PassResult, Watcher } from '../../reconcile/watch/watcher.ts'
import { EXIT, type ExitCode, exitCodeOf, worst } from '../exit.ts'

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
  return [...reports.map(exitCodeOf), ...left.map(() => EXIT.changes)]
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
