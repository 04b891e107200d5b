/** A stored image given out as it is: it stands for its value wherever a pointer to that is packed, and nobody reads it before. */

import type { CType } from './fields.ts'
import type { StructType } from './struct.ts'
import type { Writer } from './writer.ts'

const SCALAR_WORDS: ReadonlySet<string> = new Set(['number', 'bigint'])

/** An image, or what holds one: it is asked for when it is packed, and no sooner. */
export type HeldImage = Uint8Array | { readonly image: Uint8Array }

/** What is known beside an image: a field, and where it lies. */
interface Completion<T> {
  readonly offset: number
  readonly write: (writer: Writer, at: number, value: T) => void
}

export class EmbeddedImage<T = unknown> {
  readonly #held: HeldImage
  readonly #completion: Completion<T>
  readonly #value: T

  constructor(held: HeldImage, completion: Completion<T>, value: T) {
    this.#held = held
    this.#completion = completion
    this.#value = value
  }

  /** Packs the value; its offset. */
  place(writer: Writer): number {
    const held = this.#held
    const at = writer.embed(held instanceof Uint8Array ? held : held.image)
    this.#completion.write(writer, at + this.#completion.offset, this.#value)
    return at
  }
}

/** Makes values of images of `type`, whose scalar `name` is given beside: what an engine adds to what it was given. */
export function embedImage<T, const Name extends string & keyof T>(
  type: StructType<T>,
  name: Name,
): (held: HeldImage, value: T[Name]) => T {
  const completion = scalarOf(type, name)
  // to its caller it is a value; only a pointer type ever looks inside
  return (held, value) => new EmbeddedImage(held, completion, value) as unknown as T
}

/** A pointer written over would be turned twice, and a NULL not at all. */
function scalarOf<T, const Name extends string & keyof T>(type: StructType<T>, name: Name): Completion<T[Name]> {
  const member = type.members.find((m) => m.name === name)
  const field = type.fields[name]
  if (member === undefined || field === undefined || !('word' in field) || !SCALAR_WORDS.has(field.word))
    throw new TypeError(`${type.name}.${name} is not a scalar`)
  return { offset: member.offset, write: (field as CType<T[Name]>).write }
}
