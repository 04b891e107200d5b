/** A controller's hands for the time of one command. */

import type { ControllerPlane } from '../fleet/plane.ts'
import { fleetServersFrom, withFleetErrors } from './fleet-servers.ts'

/** @throws CommandFailure where the fleet is not reached, or refuses */
export async function withPlane<T>(
  options: Readonly<Record<string, unknown>>,
  work: (plane: ControllerPlane) => Promise<T>,
): Promise<T> {
  const servers = await fleetServersFrom(options)
  const { openControllerPlane } = await import('../fleet/nats/controller-plane.ts')
  const plane = await withFleetErrors(openControllerPlane(servers))
  try {
    return await withFleetErrors(work(plane))
  } finally {
    await plane.close()
  }
}
