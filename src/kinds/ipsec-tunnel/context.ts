/** What decides about the rest of a tunnel: its key module and its mode, and the checks that hang on them. */

import type { SpecReader } from '../spec-reader.ts'
import type { Flag, FlagTable } from './flags.ts'
import type { KeyModule } from './spec.ts'
import { type WeakPlace, weaknessOf } from './strength.ts'

export interface TunnelContext {
  readonly module: SpecReader
  readonly mode: SpecReader
}

/** @returns false when the key module is known and is none of those given; what cannot be read is not judged */
export function knows({ module }: TunnelContext, modules: readonly KeyModule[] | undefined): boolean {
  const word = module.word<KeyModule>()
  return word === undefined || modules === undefined || modules.includes(word)
}

type SectionReader<T> = (place: SpecReader, context: TunnelContext) => T

/** As many as stand between each other. */
const MOST_SECTIONS = 4

/**
 * A section that many tunnels have in the same words is one object (`Sections` in manifest/yaml). What it means follows from that and from
 * what decides about the rest, as long as there is nothing to be said about it: a finding has its place in each of them.
 */
export function readOnce<T>(read: SectionReader<T>): SectionReader<T> {
  let last: readonly { readonly value: object; readonly words: string; readonly result: T }[] = []
  return (place, context) => {
    const { value, findings } = place
    const isWell = findings.manifest.broken.size === 0 && place.sound
    if (typeof value !== 'object' || value === null || !isWell) return read(place, context)
    const words = `${context.module.text()} ${context.mode.text()}`
    const known = last.find((one) => one.value === value && one.words === words)
    if (known) return known.result
    const said = findings.list.length
    const result = read(place, context)
    if (findings.list.length === said) last = [{ value, words, result }, ...last.slice(0, MOST_SECTIONS - 1)]
    return result
  }
}

/** Warns where a word is a weak algorithm. */
export function warnIfWeak(place: SpecReader, table: WeakPlace): void {
  const weakness = weaknessOf(table, place.text() ?? '')
  if (!weakness) return
  const help = `write \`${weakness.instead}\`, if the peer has it`
  place.report('W220', `weak cryptography: \`${place.text()}\` ${weakness.rule}`, { help })
}

/** Reads a list of flags: sorted, without duplicates, checked against the key module, the mode and the method. */
export function readFlags(place: SpecReader, table: FlagTable, context: TunnelContext, method?: string): string[] {
  const items = place.items()
  for (const item of items) {
    const flag = table[item.text() ?? '']
    if (flag) checkFlag(item, flag, { items, context, method })
    if (flag?.needs && place.sound) checkNeeds(item, flag.needs, items)
  }
  return [...new Set(items.map((item) => item.text()).filter((word) => word !== undefined))].sort()
}

interface FlagList {
  readonly items: readonly SpecReader[]
  readonly context: TunnelContext
  readonly method: string | undefined
}

function checkFlag(item: SpecReader, flag: Flag, { items, context, method }: FlagList): void {
  const word = item.text()
  const { module, mode } = context
  const { modules = [], modes = [], methods = [] } = flag
  const other = items.find((candidate) => candidate.text() === flag.excludes)
  if (!knows(context, flag.modules)) {
    const help = `leave out the flag, or set keyModule to ${modules.join(' or ')}`
    item.disagree(module, 'E231', `\`${word}\` is a flag of ${modules.join(' and ')} alone`, { help })
  } else if (!isAmong(modes, mode.text())) {
    item.disagree(mode, 'E231', `\`${word}\` is a flag of ${modes.join(' and ')} tunnels alone`)
  } else if (!isAmong(methods, method)) {
    item.report('E231', `\`${word}\` is a flag of ${methods.join(' and ')} alone`)
  } else if (other && items.indexOf(other) < items.indexOf(item)) {
    // the pair is reported once: by its second flag
    item.disagree(other, 'E237', `\`${word}\` and \`${flag.excludes}\` contradict each other`)
  }
}

function checkNeeds(item: SpecReader, needed: string, all: readonly SpecReader[]): void {
  if (all.some((candidate) => candidate.text() === needed)) return
  item.report('E237', `\`${item.text()}\` means nothing without \`${needed}\``, { help: `add \`${needed}\`` })
}

/** An empty list admits everything; what is not known is not judged. */
function isAmong(words: readonly string[], word: string | undefined): boolean {
  return words.length === 0 || word === undefined || words.includes(word)
}

export const DEFAULTS = {
  virtualInterface: false,
  persistence: 'persistent',
  protect: 'none',
  secretEncoding: 'utf8',
  signature: 'rsa',
  impersonation: 'none',
  mainMode: {
    encryption: 'aes256',
    integrity: 'sha384',
    dh: 'dh20',
    // the documented default of Windows: 8 hours
    lifetime: '8h',
    quickModeLimit: 0,
    maxDynamicFilters: 0,
    // ikev2 alone: the shortest time that is documented, and what an engine that takes less would refuse
    retransmitFor: '2m',
  },
  quickMode: {
    pfs: 'none',
    // values of Microsoft's tunnel-mode sample; packets = 0 would switch replay checking off
    lifetime: { time: '1h', data: '100MB', packets: 2_147_483_647 },
    idleTimeout: { normal: '5m', failover: '1m' },
  },
  selector: { protocol: 0, port: '0-65535' },
} as const
