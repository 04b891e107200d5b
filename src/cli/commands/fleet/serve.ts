/** `fleet serve`: a controller that stays, and a window into the fleet. */

import { control } from '../../../fleet/controller.ts'
import type { ControllerPlane, FleetError } from '../../../fleet/plane.ts'
import type { Look } from '../../../fleet/rollout.ts'
import { type FleetView, fleetView } from '../../../fleet/view.ts'
import { systemClock as clock } from '../../../reconcile/watch/clock.ts'
import type { ExitCode } from '../../exit.ts'
import { withPlane } from '../../fleet-plane.ts'
import { fleetUrlFrom } from '../../fleet-servers.ts'
import { fleetSite } from '../../http/fleet-site.ts'
import { listen } from '../../http/server.ts'
import { hearEndings } from '../../process.ts'
import type { Invocation } from '../command.ts'

const DEFAULT_ADDRESS = '9742'

export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  return withPlane(options, async (plane) => {
    const seen = new Seen()
    const name = fleetUrlFrom(options)
    const tell = (text: string) => terminal.talk(text)
    const listening = { address: String(options.listen ?? DEFAULT_ADDRESS), tell, ...tokenFileIn(options) }
    const server = await listen(
      listening,
      fleetSite(name, () => seen.view),
    )
    tell(`Listening on ${server.url}\n`)
    const stop = new AbortController()
    const ended = hearEndings().then((ending) => {
      stop.abort()
      return ending.exitCode
    })
    await stay(plane, {
      seen,
      signal: stop.signal,
      tell,
      changed: () => server.changed(),
      acts: options.control !== false,
    })
    await server.close()
    return ended
  })
}

function tokenFileIn({ listenTokenFile }: Invocation['options']): { readonly tokenFile?: string } {
  return listenTokenFile === undefined ? {} : { tokenFile: String(listenTokenFile) }
}

interface Staying {
  readonly seen: Seen
  readonly signal: AbortSignal
  readonly acts: boolean
  tell(text: string): void
  changed(): void
}

/** Until the signal; what goes wrong is told once, however often it does. */
async function stay(plane: ControllerPlane, { seen, signal, acts, tell, changed }: Staying): Promise<void> {
  await control(plane, {
    clock,
    signal,
    acts,
    seen: (look) => {
      if (seen.trouble) tell('The fleet answers again.\n')
      seen.note(look)
      changed()
      return false
    },
    trouble: (error) => {
      if (seen.trouble?.message !== error.message) tell(`${error.message}; trying again\n`)
      seen.trouble = error
      changed()
    },
  })
}

/** What was seen last; drawn when somebody looks. */
class Seen {
  trouble: FleetError | undefined
  #look: Look = { hosts: new Map(), rollouts: [], now: clock.date().getTime() }
  #drawn: { readonly look: Look; readonly connected: boolean; readonly view: FleetView } | undefined

  note(look: Look): void {
    this.#look = look
    this.trouble = undefined
  }

  get view(): FleetView {
    const [look, connected] = [this.#look, this.trouble === undefined]
    if (this.#drawn?.look !== look || this.#drawn.connected !== connected)
      this.#drawn = { look, connected, view: fleetView(look, connected) }
    return this.#drawn.view
  }
}
