/** `fleet host`: one host of a fleet. */

import { didYouMean } from '../../../base/index.ts'
import { look } from '../../../fleet/controller.ts'
import { hostToken } from '../../../fleet/model.ts'
import { FleetError } from '../../../fleet/plane.ts'
import { hostView } from '../../../fleet/view.ts'
import { systemClock } from '../../../reconcile/watch/clock.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { withPlane } from '../../fleet-plane.ts'
import { FORMAT_VERSION, toJson } from '../../render/index.ts'
import type { Invocation } from '../command.ts'
import { hostText, isWell } from './text.ts'

export async function run({ args: [name = ''], options, terminal }: Invocation): Promise<ExitCode> {
  const token = hostToken(name)
  const host = await withPlane(options, async (plane) => {
    const { hosts, now } = await look(plane, systemClock)
    const record = hosts.get(token)
    if (!record)
      throw new FleetError(
        'invalid',
        [`no host ${name} is known`, didYouMean(token, hosts.keys())].filter(Boolean).join('; '),
      )
    if (options.forget === true) await plane.forget(token)
    return hostView(record, now)
  })
  terminal.answer(terminal.json ? toJson({ formatVersion: FORMAT_VERSION, ...host }) : hostText(host, terminal.width))
  if (options.forget === true) terminal.talk(`${token} is forgotten, until it reports again.\n`)
  return options.forget === true || isWell(host) ? EXIT.done : EXIT.changes
}
