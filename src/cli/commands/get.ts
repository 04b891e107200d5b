/** `get`: what is in the engine, reading no manifest. */

import { didYouMean } from '../../base/index.ts'
import { isEnabled, type Kind } from '../../manifest/index.ts'
import type { EngineRefusal, Listed } from '../../reconcile/provider.ts'
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
    terminal.answer(await FORMATS[String(options.output)]!(listed, terminal))
    return EXIT.done
  })
}

const FORMATS: {
  readonly [format: string]: (listed: readonly Listed[], terminal: Terminal) => string | Promise<string>
} = {
  table: (listed, { width }) =>
    listed.length === 0
      ? 'Nothing here.\n'
      : renderTable(
          ['ADDRESS', 'SET', 'KEY', 'MANAGED'],
          listed.map((l) => [l.address, l.set ?? '-', l.key, isEnabled(l) ? (l.managed ? 'yes' : 'no') : 'yes, off']),
          width,
        ),
  json: (listed) => toJson({ formatVersion: FORMAT_VERSION, resources: listed.map((l) => listedJson(l)) }),
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
