/** `forget`: the record goes, what it stands beside stays, and is nobody's. */

import { didYouMean } from '../../base/index.ts'
import { addressOf } from '../../manifest/index.ts'
import { forget } from '../../reconcile/adoption.ts'
import { stands } from '../../reconcile/plan/index.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { actorOf } from '../process.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import { isWanted, oneFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const [text = ''] = args
  return withProvider(options, terminal, async (provider) => {
    const wanted = oneFrom(text, provider)
    const states = await provider.observe([])
    const ours = states.flatMap(({ resources }) => [...resources.values()])
    const found = ours.find((one) => isWanted(one, wanted))
    if (!found) {
      const foreign = (await provider.list({ all: true, unlisted: () => {} })).find((one) => isWanted(one, wanted))
      if (foreign) return tell({ ...foreign, status: 'unchanged' })
      const help = didYouMean(text, ours.map(addressOf)) ?? '`wfpctl get` lists what is ours'
      throw new CommandFailure(EXIT.invalid, `no wfpctl set owns ${text}; ${help}`)
    }
    const address = addressOf(found)
    const { set, key } = found
    if (!terminal.json)
      terminal.answer(
        `  ~ ${address}  ${key}: its record in set ${set} goes, ${stands(found) ? "the tunnel stays and is nobody's" : 'nothing else is left of it'}\n`,
      )
    if (options.dryRun || options.whatIf || options.noop) return tell({ address, set, key, status: 'skipped' })
    if (options.autoApprove !== true && (await terminal.confirm(`Forget ${address}?`)) !== true) {
      terminal.talk('Not approved; nothing was changed. Pass --auto-approve to go ahead without being asked.\n')
      tell({ address, set, key, status: 'skipped' })
      return EXIT.refusedBySafety
    }
    const ended = await forget(provider, found, actorOf('forget'))
    if (ended === 'forgotten') return tell({ address, set, key, status: 'applied' })
    if (ended === 'ineffective')
      throw new CommandFailure(
        EXIT.readBackDiffers,
        `${address} was not forgotten: its record still stands after it was deleted; nothing was changed`,
      )
    throw new CommandFailure(
      EXIT.stale,
      `${address} is not what it was when it was looked at; nothing was changed, try again`,
    )
  })

  function tell({ address, set, key, status }: Result): ExitCode {
    const outcomes = [{ address, action: 'forget', status }]
    if (terminal.json)
      terminal.answer(
        toJson({ formatVersion: FORMAT_VERSION, address, ...(set !== undefined && { set }), key, outcomes }),
      )
    else if (status === 'applied') terminal.answer(`${address} is forgotten; nothing but its record was touched.\n`)
    else if (status === 'unchanged') terminal.answer(`${address} is not ours; nothing was changed.\n`)
    return EXIT.done
  }
}

interface Result {
  readonly address: string
  readonly set?: string
  readonly key: string
  readonly status: 'applied' | 'unchanged' | 'skipped'
}
