/** `resume`: watches look after a set again. */

import { printable } from '../../base/index.ts'
import { remember } from '../../reconcile/history.ts'
import { decodeSuspension, suspensionText } from '../../reconcile/notes/index.ts'
import { withProvider } from '../engine.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { actorOf } from '../process.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import { setsFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run({ args: [set = ''], options, terminal }: Invocation): Promise<ExitCode> {
  return withProvider(options, terminal, async (provider) => {
    await setsFrom([set], provider)
    const ended = await provider.transaction(set, async (tx) => {
      const suspension = decodeSuspension(await tx.noted('suspension'))
      if (!suspension) return { commit: false, value: undefined }
      await tx.note('suspension', undefined)
      await remember(tx, { actor: actorOf('resume'), reason: suspensionText(suspension) })
      return { commit: true, value: suspension }
    })
    const text = ended ? `resumed; it was ${suspensionText(ended)}` : 'was not suspended; nothing was changed'
    terminal.answer(
      terminal.json
        ? toJson({ formatVersion: FORMAT_VERSION, set, ...(ended && { resumed: ended }) })
        : `${printable(`Set ${set}: ${text}`)}\n`,
    )
    return EXIT.done
  })
}
