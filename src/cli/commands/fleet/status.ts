/** `fleet status`: what runs where. */

import { look } from '../../../fleet/controller.ts'
import { fleetView } from '../../../fleet/view.ts'
import { systemClock } from '../../../reconcile/watch/clock.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { withPlane } from '../../fleet-plane.ts'
import { FORMAT_VERSION, toJson } from '../../render/index.ts'
import type { Invocation } from '../command.ts'
import { fleetText, isWell } from './text.ts'

export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  const fleet = await withPlane(options, async (plane) => fleetView(await look(plane, systemClock), true))
  terminal.answer(
    terminal.json ? toJson({ formatVersion: FORMAT_VERSION, ...fleet }) : fleetText(fleet, terminal.width),
  )
  if (fleet.rollout?.state === 'halted') return EXIT.refusedBySafety
  return fleet.hosts.every(isWell) ? EXIT.done : EXIT.changes
}
