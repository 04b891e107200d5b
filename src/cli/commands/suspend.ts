/** `suspend`: watches leave a set alone, until a time, or until `resume`. Neither an `apply` nor what stands is touched by it. */

import { parseDuration, printable } from '../../base/index.ts'
import { remember } from '../../reconcile/history.ts'
import { encodeSuspension, suspensionOf, suspensionText } from '../../reconcile/notes/index.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { actorOf } from '../process.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import { setsFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

const LONGEST_REASON = 256

export async function run({ args: [set = ''], options, terminal }: Invocation): Promise<ExitCode> {
  const reason = options.reason === undefined ? undefined : String(options.reason).trim()
  if (reason !== undefined && (reason === '' || reason.length > LONGEST_REASON))
    throw new CommandFailure(EXIT.usage, `--reason takes 1 to ${LONGEST_REASON} characters`)
  const actor = actorOf('suspend')
  const now = actor.date()
  const until = untilFrom(options.for, now)
  const suspension = {
    by: actor.by,
    time: now.toISOString(),
    ...(until !== undefined && { until }),
    ...(reason !== undefined && { reason }),
  }
  return withProvider(options, terminal, async (provider) => {
    await setsFrom([set], provider)
    await provider.transaction(set, async (tx) => {
      await tx.note('suspension', encodeSuspension(suspension))
      await remember(tx, { actor, reason: suspensionText(suspension) })
      return { commit: true, value: undefined }
    })
    terminal.answer(
      terminal.json
        ? toJson({ formatVersion: FORMAT_VERSION, set, suspension: suspensionOf(await provider.notes(set)) })
        : `${printable(`Set ${set}: ${suspensionText(suspension)}.`)} Watches leave it alone; \`wfpctl resume ${set}\` ends that.\n`,
    )
    return EXIT.done
  })
}

function untilFrom(text: unknown, now: Date): string | undefined {
  if (text === undefined) return undefined
  const seconds = parseDuration(String(text))
  const until = new Date(now.getTime() + (seconds ?? 0) * 1000)
  if (!seconds || Number.isNaN(until.getTime()))
    throw new CommandFailure(EXIT.usage, `${text} is not a duration; write for instance 2h or 30m`)
  return until.toISOString()
}
