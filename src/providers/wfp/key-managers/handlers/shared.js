// @ts-check
/** What both sides of a handler's thread need. Plain JavaScript, as the thread is: Node starts it as it stands. */

/** An error whose message is ours, and so safe to print. */
export class BadAnswer extends Error {}

/**
 * What may be said of an error: our own words, or the class and the innermost place of somebody else's.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function whereabouts(error) {
  if (error instanceof BadAnswer) return error.message
  if (!(error instanceof Error)) return `it threw a ${typeof error}`
  const place = String(error.stack)
    .split('\n')
    .find((line) => /^\s+at /.test(line))
  const name = error.constructor.name
  return place === undefined ? name : `${name} ${place.trim()}`
}

/**
 * Zeroes every byte that a value holds.
 *
 * @param {unknown} value
 */
export function wipeDeep(value) {
  if (value instanceof Uint8Array) value.fill(0)
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) wipeDeep(inner)
}

/**
 * The same value with bytes of its own, to be handed to another thread instead of being copied: nothing of a key stays behind.
 *
 * @param {unknown} value
 * @param {ArrayBuffer[]} transferred gets what is to be handed over
 * @returns {unknown}
 */
export function movable(value, transferred) {
  if (value instanceof Uint8Array) {
    const own = new Uint8Array(value)
    transferred.push(own.buffer)
    return own
  }
  if (Array.isArray(value)) return value.map((item) => movable(item, transferred))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, movable(inner, transferred)]))
}

/**
 * Makes everything but bytes unchangeable.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function frozen(value) {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}
