/**
 * Reads a manifest's JSON and remembers which fields were read with which value: an expectation that overlooks a field is noticed.
 * Fields are spelled as in the schema: `/mainMode/authentication/-/presharedKey/env`.
 */

export class Reading {
  readonly #value: unknown
  readonly #field: string
  readonly #seen: Map<string, Set<string>>

  constructor(value: unknown, field: string, seen: Map<string, Set<string>>) {
    this.#value = value
    this.#field = field
    this.#seen = seen
  }

  get written(): boolean {
    return this.#value !== undefined
  }

  /** What is written here; the field counts as read. */
  get value(): unknown {
    if (this.written) this.#seen.set(this.#field, (this.#seen.get(this.#field) ?? new Set()).add(String(this.#value)))
    return this.#value
  }

  /** Text of a scalar: `443` and `"443"` are the same. */
  get text(): string {
    return String(this.value)
  }

  get isList(): boolean {
    return Array.isArray(this.#value)
  }

  at(...names: readonly string[]): Reading {
    return names.reduce<Reading>((reading, name) => reading.#child(name), this)
  }

  #child(name: string): Reading {
    const inner = (this.#value as { readonly [name: string]: unknown } | undefined)?.[name]
    return new Reading(inner, `${this.#field}/${name}`, this.#seen)
  }

  /** The items of a list of objects; none when nothing is written. */
  get items(): Reading[] {
    return ((this.#value ?? []) as unknown[]).map((item) => new Reading(item, `${this.#field}/-`, this.#seen))
  }

  /** The items of a list of scalars, as text. */
  get texts(): string[] {
    const list = ((this.#value ?? []) as unknown[]).map(String)
    if (this.written) this.#seen.set(this.#field, new Set([...(this.#seen.get(this.#field) ?? []), ...list]))
    return list
  }

  /** `convert` of the text, or what stands for a field that is left away. */
  or<Default, Result = string>(absent: Default, convert: (text: string) => Result): Default | Result {
    return this.written ? convert(this.text) : absent
  }
}
