/**
 * Blocks that stand in one document as they stood in another: in many tunnels the same words say how keys are exchanged. Their value is
 * one object, so whatever follows from it can be known again by it.
 */

import type { Json } from '../../base/index.ts'
import { isLetter } from './codes.ts'

/** Where a block begins and ends, and how deep it stands. */
export interface Block {
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

/** For the reading of some files: what is kept here keeps their texts. */
export class Blocks {
  readonly #ofKey = new Map<string, Block[]>()

  /** @returns the block that stands at a place of the text, under a key, if it is among those read last */
  find(key: string, text: string, place: Pick<Block, 'column' | 'depth'> & { readonly at: number }): Block | undefined {
    return this.#ofKey
      .get(key)
      ?.find(
        (block) =>
          block.column === place.column &&
          block.depth === place.depth &&
          text.startsWith(block.text, place.at) &&
          endsAlike(block, text.charCodeAt(place.at + block.text.length)),
      )
  }

  keep(key: string, block: Block): void {
    // the lines of a literal end where the next begins, whatever stands there
    if (block.text.includes('|')) return
    const others = this.#ofKey.get(key) ?? []
    this.#ofKey.set(key, [block, ...others.slice(0, MOST_OF_A_KEY - 1)])
  }
}

/**
 * A letter begins what comes next: blanks, comments and line ends would still belong to the block.
 *
 * @param next NaN where the text ends
 */
function endsAlike({ isLast }: Block, next: number): boolean {
  return isLast ? Number.isNaN(next) : isLetter(next)
}
