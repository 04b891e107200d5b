/** A stored image given out as it is: it stands for its value wherever a pointer to that is packed, and nobody reads it before. */
import type { StructType } from './struct.ts'
import type { CType } from './types.ts'
import type { Writer } from './writer.ts'

const SCALAR_WORDS: ReadonlySet<string> = new Set(['number', 'bigint'])

export class EmbeddedImage {
  readonly #image: Uint8Array
  readonly #complete: (writer: Writer, at: number) => void

  constructor(image: Uint8Array, complete: (writer: Writer, at: number) => void) {
    this.#image = image
    this.#complete = complete
  }

  /** Packs the value; its offset. */
  place(writer: Writer): number {
    const at = writer.embed(this.#image)
    this.#complete(writer, at)
    return at
  }
}

/** Makes values of images of `type`, whose scalar `name` is given beside: what an engine adds to what it was given. */
export function embedImage<T, const Name extends string & keyof T>(
  type: StructType<T>,
  name: Name,
): (image: Uint8Array, value: T[Name]) => T {
  const { offset, write } = scalarOf(type, name)
  // to its caller it is a value; only a pointer type ever looks inside
  return (image, value) => new EmbeddedImage(image, (w, at) => write(w, at + offset, value)) as unknown as T
}

/** A pointer written over would be turned twice, and a NULL not at all. */
function scalarOf<T, const Name extends string & keyof T>(type: StructType<T>, name: Name) {
  const member = type.members.find((m) => m.name === name)
  const field = type.fields[name]
  if (member === undefined || field === undefined || !('word' in field) || !SCALAR_WORDS.has(field.word))
    throw new TypeError(`${type.name}.${name} is no scalar`)
  return { offset: member.offset, write: (field as CType<T[Name]>).write }
}
