/** `get`: what is in the engine, reading no manifest. */

import type { Listed, Provider } from '../../reconcile/provider.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { FORMAT_VERSION, listedJson, toJson } from '../render/json.ts'
import { renderTable } from '../render/table.ts'
import type { Invocation } from './index.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  return withProvider(options, terminal, async (provider) => {
    const wanted = selector(args[0], provider)
    const listed = (await provider.list({ all: options.all === true })).filter(wanted)
    terminal.answer(await FORMATS[String(options.output)]!(listed, provider))
    return EXIT.done
  })
}

const FORMATS: {
  readonly [format: string]: (listed: readonly Listed[], provider: Provider) => string | Promise<string>
} = {
  table: (listed) =>
    listed.length === 0
      ? 'Nothing here.\n'
      : renderTable(
          ['ADDRESS', 'SET', 'KEY', 'MANAGED'],
          listed.map((l) => [l.address, l.set ?? '-', l.key, l.managed ? 'yes' : 'no']),
        ),
  json: (listed, provider) =>
    toJson({ formatVersion: FORMAT_VERSION, resources: listed.map((l) => listedJson(l, provider.kinds)) }),
  yaml: async (listed, { kinds }) => {
    const { manifestYaml } = await import('../../reconcile/export.ts')
    return manifestYaml(listed, kinds)
  },
}

/** `IPsecTunnel`, `IPsecTunnel/hq-dallas`, in any case. */
function selector(text: string | undefined, provider: Provider): (listed: Listed) => boolean {
  if (text === undefined) return () => true
  const [kindText = '', name] = text.split('/', 2)
  const kind = [...provider.kinds.keys()].find((k) => k.toLowerCase() === kindText.toLowerCase())
  if (!kind)
    throw new CommandFailure(EXIT.usage, `unknown kind ${kindText}; there are ${[...provider.kinds.keys()].join(', ')}`)
  return (listed) => listed.kind === kind && (name === undefined || listed.name === name)
}
