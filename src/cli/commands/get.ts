/** `get`: what is in the engine, reading no manifest. */

import { didYouMean, formatDuration, printable } from '../../base/index.ts'
import { isEnabled, type Kind } from '../../manifest/index.ts'
import {
  type Confirmation,
  confirmationOf,
  confirmationText,
  isSuspended,
  type Suspension,
  secondsLeft,
  suspensionOf,
  suspensionText,
} from '../../reconcile/notes/index.ts'
import type { EngineRefusal, Listed, Provider } from '../../reconcile/provider.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { FORMAT_VERSION, listedJson, renderTable, toJson } from '../render/index.ts'
import { isWanted, type Selector, selected, selectionFrom, selectorFrom } from '../selector.ts'
import type { Terminal } from '../terminal.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  return withProvider(options, terminal, async (provider) => {
    const wanted = selectorFrom(args[0], provider)
    const unlisted = (kind: Kind, refusal: EngineRefusal): void => {
      if (wanted.kind === kind.name) throw refusal
      terminal.talk(`the engine does not list any ${kind.noun}: ${refusal.message}\n`)
    }
    const all = await provider.list({
      all: options.all === true || wanted.name !== undefined,
      ...(wanted.kind !== undefined && { kind: wanted.kind }),
      unlisted,
    })
    const found = selected(all, selectionFrom(options)).filter((l) => isWanted(l, wanted))
    const listed = options.all === true ? found : found.filter((l) => l.managed)
    if (wanted.name !== undefined && listed.length === 0) throw notFound(wanted, found.length > 0, all)
    const noted = await notedSets(listed, provider)
    if (options.output !== 'json') for (const one of noted) terminal.talk(`${noteLine(one)}\n`)
    terminal.answer(await FORMATS[String(options.output)]!(listed, terminal, noted))
    return EXIT.done
  })
}

/** A set of which more is to be said than what it holds. */
interface NotedSet {
  readonly set: string
  readonly confirmation?: Confirmation
  readonly suspension?: Suspension
}

async function notedSets(listed: readonly Listed[], provider: Provider): Promise<readonly NotedSet[]> {
  const sets = listed.length === 0 ? await provider.ownedSets() : listed.flatMap(({ set }) => set ?? [])
  const found: NotedSet[] = []
  for (const set of [...new Set(sets)].sort()) {
    const notes = await provider.notes(set)
    const [confirmation, suspension] = [confirmationOf(notes), suspensionOf(notes)]
    const isLeft = suspension && isSuspended(suspension, new Date())
    if (confirmation || isLeft)
      found.push({ set, ...(confirmation && { confirmation }), ...(isLeft && { suspension }) })
  }
  return found
}

function noteLine({ set, confirmation, suspension }: NotedSet): string {
  const left = confirmation && Math.ceil(secondsLeft(confirmation, systemClock.uptime()))
  const time = left === 0 ? 'its time is over' : `${formatDuration(left ?? 0)} left`
  const waits = confirmation && `waits for a confirmation of ${confirmationText(confirmation)}, ${time}`
  return printable(
    `Set ${set} ${[waits, suspension && `is ${suspensionText(suspension)}`].filter(Boolean).join('; it ')}`,
  )
}

const NOTHING = 'Nothing here.\n'

function managedText(listed: Listed): string {
  return isEnabled(listed) ? (listed.managed ? 'yes' : 'no') : 'yes, off'
}

function wideRow(listed: Listed): string[] {
  const { kind, spec, address, set = '-', key, commit, appliedAt } = listed
  const { peer = '-', traffic = '-' } = isEnabled(listed) ? (kind.columns?.(spec) ?? {}) : {}
  const applied = appliedAt === undefined ? '-' : `${appliedAt.slice(0, 19)}Z`
  return [address, set, peer, traffic, commit?.slice(0, 12) ?? '-', applied, managedText(listed), key]
}

const FORMATS: {
  readonly [format: string]: (
    listed: readonly Listed[],
    terminal: Terminal,
    noted: readonly NotedSet[],
  ) => string | Promise<string>
} = {
  table: (listed, { width }) =>
    listed.length === 0
      ? NOTHING
      : renderTable(
          ['ADDRESS', 'SET', 'KEY', 'MANAGED'],
          listed.map((l) => [l.address, l.set ?? '-', l.key, managedText(l)]),
          width,
        ),
  wide: (listed, { width }) =>
    listed.length === 0
      ? NOTHING
      : renderTable(
          ['ADDRESS', 'SET', 'PEER', 'TRAFFIC', 'COMMIT', 'APPLIED', 'MANAGED', 'KEY'],
          listed.map(wideRow),
          width,
        ),
  name: (listed) => listed.map(({ address }) => `${printable(address)}\n`).join(''),
  json: (listed, _terminal, sets) =>
    toJson({
      formatVersion: FORMAT_VERSION,
      resources: listed.map((l) => listedJson(l)),
      ...(sets.length > 0 && { sets }),
    }),
  yaml: async (listed) => {
    const { manifestYaml } = await import('../../reconcile/export.ts')
    return manifestYaml(listed)
  },
}

/** A name that was asked for and is not there: whoever asked relied on it. */
function notFound({ kind, name = '' }: Selector, isForeign: boolean, all: readonly Listed[]): CommandFailure {
  const address = `${kind}/${name}`
  if (isForeign) return new CommandFailure(EXIT.invalid, `no wfpctl set owns ${address}; --all shows it`)
  const names = all.filter((listed) => listed.kind.name === kind).map((listed) => listed.name)
  const help = didYouMean(name, names) ?? '`wfpctl get --all` lists what it holds'
  return new CommandFailure(EXIT.invalid, `the engine holds no ${address}; ${help}`)
}
