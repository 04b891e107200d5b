/** Durations and amounts of data as other tools write them: `480min`, `8 h`, `PT8H`, `08:00:00`, `100000kb`, `1 GiB`. */

import { straightened } from '../../base/characters.ts'
import { formatSize } from '../../base/units.ts'
import { DATA_UNITS, TIME_UNITS } from '../vendor-words.ts'

const seconds = unitsOf(TIME_UNITS)
const kilobytes = unitsOf(DATA_UNITS)

/** What IKE of Microsoft's tools appends to a time: how many quick modes. */
const SESSIONS = /[,/]\s*\d+\s*sess(?:ions?)?$/
const ISO = /^p(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?$/
/** .NET's TimeSpan: `d.hh:mm:ss` */
const CLOCK = /^(?:(\d+)\.)?(\d{1,3}):(\d{2})(?::(\d{2}))?$/

/** @returns the seconds that are meant; nothing for a text that is no time, or whose unit nobody can tell */
export function meantSeconds(written: string): number | undefined {
  const text = straightened(written).toLowerCase().replace(SESSIONS, '').trim()
  const iso = text.length > 1 ? ISO.exec(text) : null
  if (iso) return total(iso, [604_800, 86_400, 3_600, 60, 1])
  const clock = CLOCK.exec(text)
  return clock ? total(clock, [86_400, 3_600, 60, 1]) : sumOf(text, seconds)
}

/** @returns kilobytes of the engine; nothing for a text that is no amount of data, or is none of whole kilobytes */
export function meantKilobytes(written: string): number | undefined {
  return sumOf(straightened(written).toLowerCase(), kilobytes)
}

/** Decimal units keep their number, which users know again: `100000kb` → `100000KB`. */
export function spelledSize(written: string, amount: number): string {
  const [, digits, unit = ''] = /^(\d+)\s*([kmg])/.exec(ungrouped(straightened(written).toLowerCase())) ?? []
  const kept = `${digits}${unit.toUpperCase()}B`
  return digits !== undefined && kilobytes.get(unit) === amount / Number(digits) ? kept : formatSize(amount)
}

function total(match: RegExpExecArray, factors: readonly number[]): number {
  return factors.reduce((sum, factor, i) => sum + Number(match[i + 1] ?? 0) * factor, 0)
}

/** `1 h 30 min`, `1.5h`, `100,000 kb`; every number has a unit, and nothing else stands between them. */
function sumOf(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const plain = ungrouped(text)
  const parts = [...plain.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\.?/g)]
  const rest = plain.replace(/(\d+(?:\.\d+)?)\s*([a-z]+)\.?/g, '').replace(/[\s,+]|and/g, '')
  const amounts = parts.map(([, number, unit]) => Number(number) * (units.get(unit!) ?? Number.NaN))
  const sum = amounts.reduce((all, amount) => all + amount, 0)
  return parts.length > 0 && rest === '' && Number.isSafeInteger(sum) ? sum : undefined
}

/** `100,000` → `100000` */
function ungrouped(text: string): string {
  return text.replace(/(?<=\d)[,_'](?=\d{3}(?!\d))/g, '')
}

function unitsOf(rows: readonly (readonly [factor: number, theirs: string])[]): ReadonlyMap<string, number> {
  return new Map(rows.flatMap(([factor, theirs]) => theirs.split(' ').map((their) => [their, factor] as const)))
}
