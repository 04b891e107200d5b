/** Looks up the words of other tools (vendor-words.ts): what they mean, in the manifest's words where those have it. */

import { straightened } from '../base/characters.ts'
import type { Row } from './vendor-words.ts'

export interface Meaning {
  /** the manifest's word, or a name of its own where the manifest has none */
  readonly word: string
  /** what it is, as people say it */
  readonly name: string
}

const SIZES = ['128', '192', '256'] as const

/** A table by their words, with every size of a key in place of `#`. */
export function wordTable(rows: readonly Row[]): ReadonlyMap<string, Meaning> {
  const table = new Map<string, Meaning>()
  for (const [word, name, theirs] of rows) {
    for (const size of [word, name, theirs].some((text) => text.includes('#')) ? SIZES : ['']) {
      const sized = (text: string) => text.replaceAll('#', size)
      for (const their of sized(theirs).split(' ')) table.set(their, { word: sized(word), name: sized(name) })
    }
  }
  return table
}

/**
 * @param decoration what only says where a word is used, and does not count
 * @returns nothing for a word that no row has
 */
export function meaningOf(
  table: ReadonlyMap<string, Meaning>,
  written: string,
  decoration?: RegExp,
): Meaning | undefined {
  const plain = straightened(written)
    .toLowerCase()
    .replace(/[\s_\-.:/()]+/g, '')
    // netsh: `qmpfs=dhgroup14`
    .replace(/^[a-z]+=/, '')
  return table.get(plain) ?? (decoration && table.get(plain.replace(decoration, '')))
}
