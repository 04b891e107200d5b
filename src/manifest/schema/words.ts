/** How findings about values speak: of fields, types and lists of words. */

import { clip } from '../../base/characters.ts'
import type { Pointer } from '../../base/json.ts'
import { dotted, parentPointer, parsePointer } from '../../base/pointer.ts'

const typeNames: { readonly [type: string]: string } = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
}

export function typeName(type: string): string {
  return typeNames[type] ?? type
}

export function nameOfValue(data: unknown): string {
  if (Array.isArray(data)) return typeNames.array!
  return typeof data === 'boolean' ? String(data) : (typeNames[typeof data] ?? 'something else')
}

/** `/spec/traffic/local/0` → `` `local[0]` ``; the root is a manifest. */
export function field(pointer: Pointer): string {
  if (pointer === '') return 'a manifest'
  const last = parsePointer(pointer).at(-1)!
  return /^\d+$/.test(last) ? `\`${lastSegment(parentPointer(pointer))}[${last}]\`` : `\`${clip(last)}\``
}

function lastSegment(pointer: Pointer): string {
  return dotted(pointer).replace(/^.*\./, '')
}

export function joinedWords(names: readonly string[], conjunction = 'or'): string {
  const quoted = names.map((name) => `\`${name}\``)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${conjunction} ${quoted.at(-1)}`
}
