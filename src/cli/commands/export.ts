/** `export`: the live state as manifests, with the policy of their sets. Planning the owned ones changes nothing. */

import { manifestDocuments, manifestYaml } from '../../reconcile/export.ts'
import { withProvider } from '../engine.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import { selected, selectionFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  return withProvider(options, terminal, async (provider) => {
    const set = options.set
    terminal.progress('reading the engine')
    const all = await provider.list({ all: options.all === true })
    const listed = selected(all, selectionFrom(options)).filter((l) => set === undefined || l.set === set)
    terminal.answer(
      options.output === 'json'
        ? toJson({ formatVersion: FORMAT_VERSION, manifests: manifestDocuments(listed, all) })
        : manifestYaml(listed, all),
    )
    return EXIT.done
  })
}
