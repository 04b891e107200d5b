/** `fleet rollout start | pause | resume | abort | back | watch | show`: one answer for all, the rollout as it stands. */

import { hostname } from 'node:os'
import { parseDuration } from '../../../base/index.ts'
import { act, back, control, look, start } from '../../../fleet/controller.ts'
import { isCommit, type Rollout } from '../../../fleet/model.ts'
import { type ControllerPlane, FleetError } from '../../../fleet/plane.ts'
import { isFinal, type Order, type Verb } from '../../../fleet/rollout.ts'
import { type RolloutView, rolloutView } from '../../../fleet/view.ts'
import { parseWaves } from '../../../fleet/waves.ts'
import { systemClock as clock } from '../../../reconcile/watch/clock.ts'
import { CommandFailure, EXIT, type ExitCode } from '../../exit.ts'
import { withPlane } from '../../fleet-plane.ts'
import { withFleetErrors } from '../../fleet-servers.ts'
import { actorOf, interrupted } from '../../process.ts'
import { FORMAT_VERSION, toJson } from '../../render/index.ts'
import type { Terminal } from '../../terminal.ts'
import type { CommandModule, Invocation } from '../command.ts'
import { rolloutText } from './text.ts'

type Options = Invocation['options']

/** What is asked for is checked before anybody is connected to. */
type Doing = (word: string | undefined, options: Options) => (plane: ControllerPlane) => Promise<Rollout>

const acting =
  (verb: Verb): Doing =>
  (id) =>
  (plane) =>
    act(plane, { verb, id, clock })

const DOING: { readonly [verb: string]: Doing } = {
  start: (commit, options) => {
    if (!isCommit(commit))
      throw new CommandFailure(EXIT.usage, `${commit} is no commit in full; \`git rev-parse ${commit}\` prints it`)
    const order = orderFrom(options)
    return (plane) => start(plane, { ...order, aim: { commit } }, clock)
  },
  back: (id, options) => {
    const order = orderFrom(options)
    return (plane) => back(plane, order, { id, clock })
  },
  pause: acting('pause'),
  resume: acting('resume'),
  abort: acting('abort'),
  watch: (id) => (plane) => chosen(plane, id),
  show: (id) => (plane) => chosen(plane, id),
}

export function running(verb: string): CommandModule['run'] {
  return (invocation) => withFleetErrors(ran(verb, invocation))
}

async function ran(verb: string, { args: [word], options, terminal }: Invocation): Promise<ExitCode> {
  const doing = (DOING[verb] as Doing)(word, options)
  return withPlane(options, async (plane) => {
    const { id } = await doing(plane)
    if (options.wait === true || verb === 'watch') return waitedFor({ plane, id, terminal })
    const { view } = await viewOf(plane, id)
    terminal.answer(answerText(view, terminal))
    return EXIT.done
  })
}

function orderFrom(options: Options): Omit<Order, 'aim'> {
  return {
    waves: parseWaves(String(options.waves ?? '100%')),
    maxFailures: countFrom(options.maxFailures ?? '0'),
    timeoutSeconds: secondsFrom(options, 'timeout', '15m'),
    bakeSeconds: secondsFrom(options, 'bake', '0s'),
    by: `${actorOf('fleet rollout').by}@${hostname()}`,
  }
}

function countFrom(text: unknown): number {
  if (/^\d{1,7}$/.test(String(text))) return Number(text)
  throw new CommandFailure(EXIT.usage, `${text} is no number of hosts (--max-failures)`)
}

function secondsFrom(options: Options, name: 'timeout' | 'bake', otherwise: string): number {
  const text = String(options[name] ?? otherwise)
  const seconds = parseDuration(text)
  if (seconds !== undefined && (seconds > 0 || name === 'bake')) return seconds
  throw new CommandFailure(EXIT.usage, `${text} is not a duration (--${name}); write for instance 15m or 30s`)
}

/** @param id absent: the newest */
async function chosen(plane: ControllerPlane, id: string | undefined): Promise<Rollout> {
  const rollouts = await plane.rollouts()
  const found = id === undefined ? rollouts.at(-1) : rollouts.find(({ value }) => value.id === id)
  if (found) return found.value
  const known = rollouts.map(({ value }) => value.id).join(', ')
  throw new FleetError(
    'invalid',
    id === undefined || known === '' ? 'there is no rollout yet' : `there is no rollout ${id}; there are ${known}`,
  )
}

interface Viewed {
  readonly view: RolloutView
  readonly isWell: boolean
}

async function viewOf(plane: ControllerPlane, id: string): Promise<Viewed> {
  const seen = await look(plane, clock)
  const rollout = seen.rollouts.find(({ value }) => value.id === id)?.value as Rollout
  const view = rolloutView(rollout, seen)
  return { view, isWell: view.waves.every(({ hosts, synced }) => hosts === synced) }
}

/** Takes the steps until the rollout ends or stands still, with a line for each wave on stderr. */
async function waitedFor({
  plane,
  id,
  terminal,
}: {
  plane: ControllerPlane
  id: string
  terminal: Terminal
}): Promise<ExitCode> {
  const signal = interrupted()
  let last = ''
  const tell = (text: string) => {
    if (text !== last) terminal.talk(text)
    last = text
  }
  await control(plane, {
    clock,
    signal,
    seen: ({ rollouts }) => {
      const rollout = rollouts.find(({ value }) => value.id === id)?.value
      if (rollout) tell(progressText(rollout))
      return rollout === undefined || isFinal(rollout) || rollout.state === 'halted'
    },
    trouble: ({ message }) => tell(`${message}; trying again\n`),
  })
  if (signal.aborted) return EXIT.interrupted
  const { view, isWell } = await viewOf(plane, id)
  terminal.answer(answerText(view, terminal))
  if (view.state === 'done') return isWell ? EXIT.done : EXIT.changes
  return EXIT.refusedBySafety
}

function progressText({ id, state, wave, waves }: Rollout): string {
  const name = waves[wave - 1]?.name
  return `Rollout ${id}: ${state}${name === undefined ? '' : `, wave ${wave} of ${waves.length} (${name})`}\n`
}

function answerText(view: RolloutView, { json, width }: Terminal): string {
  return json ? toJson({ formatVersion: FORMAT_VERSION, rollout: view }) : rolloutText(view, width)
}
