/** Equality of values. The only door to `fast-deep-equal`. */

import equal from 'fast-deep-equal'

/** Deep equality of two values without cycles: JSON, or structures with bytes and 64-bit numbers in them. */
export const same: (a: unknown, b: unknown) => boolean = equal

/** The very same items, in the same order. */
export function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]))
}

export function isSameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  if (a.size !== b.size) return false
  for (const one of a) if (!b.has(one)) return false
  return true
}

/** @param isSame of two values; absent: they are the very same */
export function isSameMap<K, V>(
  a: ReadonlyMap<K, V>,
  b: ReadonlyMap<K, V>,
  isSame: (a: V, b: V) => boolean = Object.is,
): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !isSame(value, other)) return false
  }
  return true
}
