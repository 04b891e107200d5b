/** `canary:2,10%,50%,100%` → parts of the fleet, each holding those before it. */

import { compareText, plural } from '../base/index.ts'
import { type HostToken, orderOf, type Wave } from './model.ts'
import { FleetError } from './plane.ts'

export type WaveShare = Pick<Wave, 'name' | 'share'>

const EVERY = 'ffffffffffffffff'
const MOST_WAVES = 20

/** @throws FleetError that says which one, at which character, and what to write */
export function parseWaves(text: string): readonly WaveShare[] {
  const words = text.split(',')
  if (words.length > MOST_WAVES) throw new FleetError('invalid', `${words.length} waves; at most ${MOST_WAVES}`)
  let at = 1
  const waves = words.map((word) => {
    const wave = parseWave(word, at)
    at += word.length + 1
    return wave
  })
  refuseShrinking(waves)
  return waves
}

function parseWave(word: string, at: number): WaveShare {
  const { name, share } =
    /^(?:(?<name>[a-z][a-z0-9-]{0,30}):)?(?<share>[1-9]\d{0,6}%?)$/.exec(word.trim())?.groups ?? {}
  if (share === undefined || (share.endsWith('%') && Number.parseInt(share, 10) > 100)) throw noWave(word, at)
  return { name: name ?? share, share }
}

function noWave(word: string, at: number): FleetError {
  const what = 'a number of hosts from 1, or a share from 1% to 100%, with a name before it if you like'
  return new FleetError('invalid', `\`${word}\`, at character ${at}, is no wave; write ${what}: canary:2,10%,50%,100%`)
}

/** Numbers and shares can be compared only with their own sort before the hosts are known. */
function refuseShrinking(waves: readonly WaveShare[]): void {
  for (const isShare of [true, false]) {
    const sizes = waves.filter(({ share }) => share.endsWith('%') === isShare)
    const smaller = sizes.find(({ share }, i) => i > 0 && !isLess(sizes[i - 1]?.share, share))
    if (smaller)
      throw new FleetError(
        'invalid',
        `wave ${smaller.name} is no larger than one before it; each wave holds those before`,
      )
  }
}

function isLess(a = '', b: string): boolean {
  return Number.parseInt(a, 10) < Number.parseInt(b, 10)
}

/**
 * Where each wave ends in the order of all hosts. A place instead of a list: the document stays small, and a host that appears later
 * falls into a wave as if it had been there.
 */
export function placeWaves(shares: readonly WaveShare[], hosts: readonly HostToken[]): readonly Wave[] {
  const order = hosts.map(orderOf).sort(compareText)
  let count = 0
  return shares.map(({ name, share }) => {
    count = Math.max(count, sizeOf(share, order.length))
    return { name, share, upTo: share === '100%' ? EVERY : (order[count - 1] ?? EVERY) }
  })
}

function sizeOf(share: string, hosts: number): number {
  const size = Number.parseInt(share, 10)
  return Math.min(hosts, share.endsWith('%') ? Math.ceil((size * hosts) / 100) : size)
}

/** @returns from 1; undefined: no wave holds it */
export function waveOf(waves: readonly Wave[], host: HostToken): number | undefined {
  const order = orderOf(host)
  const index = waves.findIndex(({ upTo }) => order <= upTo)
  return index < 0 ? undefined : index + 1
}

/** `2 hosts failed (a, b) and 1 said nothing in time (c)` */
export function hostsInWords(sorts: readonly (readonly [hosts: readonly HostToken[], what: string])[]): string {
  const told = sorts.filter(([hosts]) => hosts.length > 0)
  return told.map(([hosts, what]) => `${plural(hosts.length, 'host')} ${what} (${named(hosts)})`).join(' and ')
}

const MOST_NAMED = 5

function named(hosts: readonly HostToken[]): string {
  const rest = hosts.length - MOST_NAMED
  return [...hosts.slice(0, MOST_NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
