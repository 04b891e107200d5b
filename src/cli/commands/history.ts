/** `history`: what was done to a set, as the engine remembers it. */

import { plural } from '../../base/index.ts'
import { decodeHistory, type HistoryEntry, newestFirst, type SetEntry } from '../../reconcile/history.ts'
import { withProvider } from '../engine.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { FORMAT_VERSION, renderTable, toJson } from '../render/index.ts'
import { setsFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  return withProvider(options, terminal, async (provider) => {
    const histories = new Map<string, readonly HistoryEntry[]>()
    for (const set of await setsFrom(args, provider))
      histories.set(set, decodeHistory((await provider.notes(set)).get('history')))
    const found = newestFirst(histories)
    terminal.answer(
      terminal.json ? toJson({ formatVersion: FORMAT_VERSION, entries: found }) : render(found, terminal.width),
    )
    return EXIT.done
  })
}

function render(entries: readonly SetEntry[], width: number | undefined): string {
  if (entries.length === 0) return 'Nothing is remembered.\n'
  const rows = entries.map((one) => [
    `${one.time.slice(0, 19)}Z`,
    one.set,
    one.by,
    one.command,
    one.commit?.slice(0, 12) ?? '-',
    one.digest?.slice(0, 'sha256:'.length + 8) ?? '-',
    changesText(one),
  ])
  return renderTable(['TIME', 'SET', 'BY', 'COMMAND', 'COMMIT', 'DIGEST', 'CHANGES'], rows, width)
}

const MOST_SHOWN = 3

function changesText({ changes, total, reason }: HistoryEntry): string {
  const shown = changes.slice(0, MOST_SHOWN).map(({ action, address }) => `${action} ${address}`)
  const more = total - shown.length
  const texts = [...shown, ...(more > 0 ? [`and ${plural(more, 'other')}`] : [])].join(', ')
  return [...(reason === undefined ? [] : [reason]), ...(texts === '' ? [] : [texts])].join(': ')
}
