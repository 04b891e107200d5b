/** Units are in the value: `8h`, `100MB`, `25%`. Each unit has one parser and one canonical spelling. */

/** A budget: a number of objects, or a share (0–1) of the set's live tunnels, rounded up, at least 1. */
export type Budget = { readonly count: number } | { readonly share: number }

/** Largest first; the order is also the one in which a compound duration is written: `1h30m`. */
const DURATION_UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** In the engine's kilobytes (lifetimeKilobytes): KB is 1, MB is 1 000, GB is 1 000 000. */
const SIZE_UNITS = [
  ['GB', 1_000_000],
  ['MB', 1_000],
  ['KB', 1],
] as const

const DURATION_FORM = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/
const SIZE_FORM = /^(\d+)(GB|MB|KB)$/
const SHARE_FORM = /^(\d+(?:\.\d+)?)%$/

/** @returns seconds; `undefined` for anything but `8h`, `90s`, `1h30m` (units in falling order, each once) */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_FORM.exec(text)
  if (match === null) return undefined
  return exact(DURATION_UNITS.reduce((sum, [, seconds], i) => sum + Number(match[i + 1] ?? 0) * seconds, 0))
}

/** The one spelling of a duration: the largest of d, h, m, s that divides it. `5400` → `90m`. */
export function formatDuration(seconds: number): string {
  return format(seconds, DURATION_UNITS, 's')
}

/** @returns the engine's kilobytes; `undefined` for anything but `500KB`, `100MB`, `2GB` */
export function parseSize(text: string): number | undefined {
  const match = SIZE_FORM.exec(text)
  if (match === null) return undefined
  const [, kilobytes] = SIZE_UNITS.find(([unit]) => unit === match[2])!
  return exact(Number(match[1]) * kilobytes)
}

/** The one spelling of a data volume: the largest of GB, MB, KB that divides it. `100000` → `100MB`. */
export function formatSize(kilobytes: number): string {
  return format(kilobytes, SIZE_UNITS, 'KB')
}

/** `3` is a count, `25%` a share; `undefined` for anything else. */
export function parseBudget(value: unknown): Budget | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? { count: value } : undefined
  const match = typeof value === 'string' ? SHARE_FORM.exec(value) : null
  if (match === null) return undefined
  const share = Number(match[1]) / 100
  return share > 0 && share <= 1 ? { share } : undefined
}

function format(amount: number, units: readonly (readonly [string, number])[], smallest: string): string {
  const unit = amount === 0 ? undefined : units.find(([, factor]) => amount % factor === 0)
  return unit === undefined ? `${amount}${smallest}` : `${amount / unit[1]}${unit[0]}`
}

/** A number so large that it lost digits is not a number that the user wrote. */
function exact(amount: number): number | undefined {
  return Number.isSafeInteger(amount) ? amount : undefined
}
