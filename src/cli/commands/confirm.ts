/** `confirm`: what was applied on condition stays, or is taken back: by somebody who says so, or by a process that waits for nobody to. */

import { printable } from '../../base/index.ts'
import { confirm, type Ended, takeBack } from '../../reconcile/confirm/ending.ts'
import { decodeHistory } from '../../reconcile/history.ts'
import { confirmationText, suspensionOf } from '../../reconcile/notes/index.ts'
import type { WatchableProvider } from '../../reconcile/provider.ts'
import { openAnnounced, withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode, worst } from '../exit.ts'
import { awaitConfirmations, decidingNow, waitingIn } from '../guard.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import { setsFrom } from '../selector.ts'
import type { Terminal } from '../terminal.ts'
import type { Invocation } from './command.ts'

type How = 'confirm' | 'revert' | 'expired'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const asked = (['revert', 'expired', 'await'] as const).filter((one) => options[one] === true)
  if (asked.length > 1)
    throw new CommandFailure(EXIT.usage, `--${asked.join(' and --')} exclude each other: choose one`)
  const [how = 'confirm'] = asked
  if (how === 'await') return awaitConfirmations(() => openAnnounced(options, terminal), args, terminal)
  return withProvider(options, terminal, async (provider) => {
    const waiting = await waitingIn(provider, how === 'expired' ? [] : args)
    if (waiting.length === 0 && how !== 'expired') return tellNothing(provider, args, terminal)
    const results: Result[] = []
    for (const { set, confirmation } of waiting) {
      const ended = await ENDINGS[how](provider, set, { ...decidingNow(), id: confirmation.id })
      results.push({ set, ended })
      if (!terminal.json) terminal.answer(sentence({ set, ended }))
    }
    if (terminal.json) terminal.answer(toJson({ formatVersion: FORMAT_VERSION, sets: results.map(resultJson) }))
    else if (results.length === 0) terminal.answer('Nothing waits for a confirmation.\n')
    return worst(results.map(codeOf))
  })
}

const ENDINGS: { readonly [how in How]: typeof confirm } = {
  confirm,
  revert: takeBack,
  expired: (provider, set, deciding) => takeBack(provider, set, { ...deciding, onlyOver: true }),
}

interface Result {
  readonly set: string
  readonly ended: Ended
}

/** Whoever wants to decide must hear that somebody else has, and how. */
async function tellNothing(
  provider: WatchableProvider,
  names: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  for (const set of await setsFrom(names, provider)) {
    const notes = await provider.notes(set)
    const last = decodeHistory(notes.get('history')).find(({ command }) => ['confirm', 'rollback'].includes(command))
    const suspension = suspensionOf(notes)
    if (!last) continue
    const what = last.command === 'confirm' ? 'was confirmed' : `was taken back (${last.reason ?? 'asked for'})`
    terminal.talk(printable(`set ${set}: the last one ${what}, at ${last.time.slice(0, 19)}Z by ${last.by}`))
    terminal.talk(suspension ? `; watches leave it alone until \`wfpctl resume ${set}\`\n` : '\n')
  }
  throw new CommandFailure(EXIT.stale, 'nothing waits for a confirmation; nothing was changed')
}

function sentence({ set, ended }: Result): string {
  switch (ended.status) {
    case 'confirmed':
      return `${printable(`Set ${set}: confirmed; ${confirmationText(ended.confirmation)} stays.`)}\n`
    case 'taken-back':
      return `${printable(`Set ${set}: taken back; ${confirmationText(ended.confirmation)} is undone.`)}\n  A watch leaves the set alone until \`wfpctl resume ${set}\`.\n`
    case 'impossible':
      return [
        printable(`Set ${set}: cannot be taken back; nothing was changed, and it still waits.`),
        ...ended.obstacles.map(({ address, why }) => printable(`  ! ${address}: ${why}`)),
        `      help: remove what stands in the way and try again, or keep it with \`wfpctl confirm ${set}\``,
        '',
      ].join('\n')
    case 'waits':
      return `Set ${set}: its time is not over.\n`
    case 'none':
      return `Set ${set}: somebody else has decided meanwhile; nothing was changed.\n`
  }
}

function resultJson({ set, ended }: Result): object {
  const about = 'confirmation' in ended ? { confirmation: ended.confirmation } : {}
  return { set, status: ended.status, ...about, ...('obstacles' in ended && { obstacles: ended.obstacles }) }
}

const CODES: { readonly [status in Ended['status']]: ExitCode } = {
  confirmed: EXIT.done,
  'taken-back': EXIT.done,
  waits: EXIT.done,
  none: EXIT.stale,
  impossible: EXIT.refusedBySafety,
}

function codeOf({ ended }: Result): ExitCode {
  return CODES[ended.status]
}
