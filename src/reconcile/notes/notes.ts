/** What a set has beside its resources: bytes under a name, which nobody reads who only looks at the set. */

import type { Address } from '../../manifest/index.ts'

/**
 * What is kept of a set beside its resources, each as bytes. `history`: what was done. `suspension`: who wants watches to leave it alone.
 * `confirmation`: what was applied and is to be confirmed; `former`: how it is taken back; `running`: stands until the engine stops.
 */
export const NOTES = ['history', 'suspension', 'confirmation', 'former', 'running'] as const
export type Note = (typeof NOTES)[number]
export type Notes = ReadonlyMap<Note, Uint8Array>

/** One thing that was done to an object, in a word. */
export interface Done {
  readonly action: string
  readonly address: Address
}
