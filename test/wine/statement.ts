/** The test DLL's statement of what it received, one JSON object a line, and how a JavaScript value looks in it. */
import { readFileSync } from 'node:fs'

export type Json = null | number | string | boolean | Json[] | { [key: string]: Json }
export type Line = { [key: string]: Json }

/** Lines that are whole: the last one may be in the writing. */
export function readStatement(path: string): Line[] {
  const text = readFileSync(path, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** `{ lifetime: 5n, key: Uint8Array [1, 2] }` → `{ lifetime: '5', key: '0102' }` */
export function asWitnessed(value: unknown): Json {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf'
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(asWitnessed)
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no place in C`)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asWitnessed(inner)]))
}

/** The statement without the counts, which JavaScript's arrays have built in; each must be the length of an array beside it. */
export function withoutCounts(stated: Json, expected: Json): Json {
  if (Array.isArray(stated))
    return stated.map((item, i) => withoutCounts(item, Array.isArray(expected) ? (expected[i] ?? null) : null))
  // no elements may be a NULL pointer
  if (stated === null && Array.isArray(expected) && expected.length === 0) return []
  if (stated === null || typeof stated !== 'object') return stated
  const asked = expected !== null && typeof expected === 'object' && !Array.isArray(expected) ? expected : {}
  const lengths = Object.values(stated).flatMap((value) =>
    Array.isArray(value) ? [value.length] : value === null ? [0] : [],
  )
  // an arm the tables do not know is a NULL pointer here
  const kept = Object.entries(stated).filter(
    ([key, value]) => key in asked || !(value === null || lengths.includes(value as number)),
  )
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutCounts(value, asked[key] ?? null)]))
}
