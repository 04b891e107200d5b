/**
 * Sections that stand in one document as they stood in another: block collections below a key. In many tunnels the same words say how keys
 * are exchanged. Their value is one object, so what follows from it can be known again by it.
 */

import type { Json } from '../../base/index.ts'
import { isLetter } from './codes.ts'

/** Where a section begins and ends, and how deep it stands. */
export interface Section {
  /** from its first character to the first of the line behind it that says something, or to the end of the text */
  readonly text: string
  /** nothing stands behind it */
  readonly isLast: boolean
  /** where its lines begin */
  readonly column: number
  /** how many collections it stands in */
  readonly depth: number
  readonly value: Json
}

/** Of each key: documents of a few sorts may stand between each other. */
const MOST_OF_A_KEY = 4
/** Below some keys no two documents say the same. After so many of them, only some are looked at. */
const PATIENCE = 8
const SELDOM = 16

/** For the reading of some files: what is kept here keeps their texts. */
export class Sections {
  readonly #ofKey = new Map<string, SectionsOfKey>()

  /** @returns those below a key; undefined: this one is not worth the effort */
  below(key: string): SectionsOfKey | undefined {
    let known = this.#ofKey.get(key)
    if (!known) {
      known = new SectionsOfKey()
      this.#ofKey.set(key, known)
    }
    return known.countAsked() ? known : undefined
  }
}

export class SectionsOfKey {
  #last: readonly Section[] = []
  #asked = 0
  #missed = 0

  /** @returns whether this one is looked at */
  countAsked(): boolean {
    this.#asked++
    return this.#missed < PATIENCE || this.#asked % SELDOM === 0
  }

  /** @returns the section that stands at a place of the text, if it is among those read last */
  find(
    text: string,
    { at, column, depth }: Pick<Section, 'column' | 'depth'> & { readonly at: number },
  ): Section | undefined {
    const found = this.#last.find(
      (section) =>
        section.column === column &&
        section.depth === depth &&
        text.startsWith(section.text, at) &&
        endsAlike(section, text.charCodeAt(at + section.text.length)),
    )
    this.#missed = found ? 0 : this.#missed + 1
    return found
  }

  keep(section: Section): void {
    // the lines of a literal end where the next begins, whatever stands there
    if (!section.text.includes('|')) this.#last = [section, ...this.#last.slice(0, MOST_OF_A_KEY - 1)]
  }
}

/**
 * A letter begins what comes next: blanks, comments and line ends would still belong to the section.
 *
 * @param next NaN where the text ends
 */
function endsAlike({ isLast }: Section, next: number): boolean {
  return isLast ? Number.isNaN(next) : isLetter(next)
}
