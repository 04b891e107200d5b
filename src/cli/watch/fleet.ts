/** `watch --fleet`: this host as a member of a fleet, between what its watch knows and what the fleet wants. */

import { hostname } from 'node:os'
import { toolVersion } from '../../base/index.ts'
import { Agent } from '../../fleet/agent.ts'
import type { WatchStanding } from '../../fleet/host-status.ts'
import { hostToken } from '../../fleet/model.ts'
import { Backoff } from '../../reconcile/watch/backoff.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import { tellTo, type WatchEvent } from '../../reconcile/watch/events.ts'
import { setSummaryOf } from '../../reconcile/watch/set-status.ts'
import type { Watcher, WatchStatus } from '../../reconcile/watch/watcher.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { fleetServersFrom, withFleetErrors } from '../fleet-servers.ts'
import { diagnosticsToJson } from '../render/index.ts'

type Options = Readonly<Record<string, unknown>>

/** All of a fleet may have lost its servers at the same moment. */
const RETRY = { firstMilliseconds: 2_000, longestMilliseconds: 60_000 }

/** @throws CommandFailure where a file cannot be used, or an address is none; servers that are away are waited for */
export async function agentFrom(options: Options, listener: (event: WatchEvent) => void): Promise<Agent> {
  if (typeof options.git !== 'string')
    throw new CommandFailure(EXIT.usage, '--fleet says which commit is enforced; write --git URL, too')
  if (options.once === true) throw new CommandFailure(EXIT.usage, '--once follows no fleet; omit --fleet')
  const { openHostPlane } = await import('../../fleet/nats/host.ts')
  const { serverUrls } = await import('../../fleet/nats/connect.ts')
  const { url } = await fleetServersFrom(options)
  await withFleetErrors((async () => serverUrls(url))())
  const host = hostToken(String(options.fleetName ?? hostname()))
  return new Agent({
    host,
    version: toolVersion(),
    open: async () => openHostPlane(await fleetServersFrom(options), host), // what has been renewed is read again
    clock: systemClock,
    random: Math.random,
    backoff: new Backoff(systemClock, Math.random, RETRY),
    tell: tellTo(listener, systemClock),
  })
}

/** Lets the one hear of the other. @returns what a watch's listener is to be */
export function between(agent: Agent, watcher: Watcher): (event: WatchEvent) => void {
  return (event) => {
    if (event.event === 'pass') agent.passed(standingOf(watcher.status), event.durationMilliseconds)
    if (event.event === 'fleet-wanted') watcher.mark('fleet')
  }
}

function standingOf({ commit, read, tree, findings, engine, sets }: WatchStatus): WatchStanding {
  const finding = tree === 'invalid' ? firstErrorOf(findings) : undefined
  return {
    ...(commit !== undefined && { commit }),
    ...(read !== undefined && { read }),
    tree,
    ...(finding !== undefined && { finding }),
    engineOpen: engine.connected,
    sets: sets.map((set) => ({
      ...setSummaryOf(set),
      ...(set.why !== undefined && { why: set.why }),
      consecutiveErrors: set.consecutiveErrors,
    })),
  }
}

/** `E203 gw/a.yaml:3:9: 10.1.0.0/33 is not an IPv4 network` */
function firstErrorOf(findings: WatchStatus['findings']): string | undefined {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = diagnosticsToJson((errors.length > 0 ? errors : findings).slice(0, 1))
  if (!first) return undefined
  const place = first.file === undefined ? '' : ` ${first.file}:${first.line}:${first.column}`
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return `${first.code}${place}: ${first.message}${more}`
}
