/** Texts: their order, their number, what they name, and the word that the user probably wanted. */

import { isIPv4 } from 'node:net'

/** By code unit, so that the order is the same in every locale. For `sort`. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `1 tunnel`, `2 tunnels`; `many` where the plural does not end in s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** @param host a name or an address as a URL has it: an address of version 6 with or without its brackets (RFC 6761, RFC 5735, RFC 4291) */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'))
}

const MAX_DISTANCE = 2

/**
 * The candidate nearest to a word, at most two edits away. Case counts half as much as a letter, so `ipsectunnel` finds `IPsecTunnel`.
 * A word of one or two letters is near to everything, so there at most one edit counts.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = word.length <= 2 ? 1 : MAX_DISTANCE
  let best: string | undefined
  let bestDistance = limit + 0.5
  for (const candidate of candidates) {
    const distance = nearness(word, candidate)
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/** ``did you mean `pfs`?``, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = suggest(word, candidates)
  return near === undefined ? undefined : `did you mean \`${near}\`?`
}

function nearness(word: string, candidate: string): number {
  if (Math.abs(word.length - candidate.length) > MAX_DISTANCE) return Number.POSITIVE_INFINITY
  if (word.toLowerCase() === candidate.toLowerCase()) return word === candidate ? 0 : 0.5
  // of two words equally far, one of the same length: `dh21` is rather `dh20` than `dh1`
  return editDistance(word.toLowerCase(), candidate.toLowerCase()) + (word.length === candidate.length ? 0 : 0.25)
}

/** Levenshtein distance where swapping two neighbouring letters is one edit (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? beforePrevious[j - 2]! + 1 : replace
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, replace, swap))
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length]!
}

/** The same text, in memory of its own: a piece that is cut out keeps the whole, and what is read from the piece does so, too. */
export function apart(text: string): string {
  const encoding = ONE_BYTE_EACH.test(text) ? 'latin1' : 'utf16le'
  return Buffer.from(text, encoding).toString(encoding)
}

/** What V8 keeps in one byte a character. */
const ONE_BYTE_EACH = /^[\0-\xff]*$/
