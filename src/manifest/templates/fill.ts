/** The body of a template with the values of one row in it; and where each value of that comes from. */

import {
  isJsonObject,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  parsePointer,
  type Span,
} from '../../base/index.ts'
import type { Document, Manifest, Written } from '../document.ts'
import { DEFAULT_SET } from '../envelope.ts'
import type { Row } from './table.ts'
import { BODY, knownPiecesOf, objectOf, type Template } from './template.ts'

/** What one row gives to the template, and what of it cannot be used. */
export interface Values {
  readonly given: { readonly [name: string]: Json }
  readonly broken: ReadonlySet<string>
}

/** The set and the labels of the instances hold where the template has none of its own. */
export function bodyOf({ body }: Template, instances: Manifest, values: Values): JsonObject {
  const metadata = objectOf(fillIn(body.metadata ?? {}, values))
  const labels = { ...instances.labels, ...objectOf(metadata.labels) }
  return {
    metadata: {
      ...(instances.set !== DEFAULT_SET && { set: instances.set }),
      ...metadata,
      ...(Object.keys(labels).length > 0 && { labels }),
    },
    spec: fillIn(body.spec ?? {}, values) ?? {},
  }
}

/** @returns undefined for what is left out: a parameter that is not given, as a whole value */
function fillIn(node: Json, values: Values): Json | undefined {
  if (typeof node === 'string') return fillText(node, values)
  if (Array.isArray(node)) return itemsLeft(node, values).map(([, item]) => fillIn(item, values) ?? null)
  if (!isJsonObject(node)) return node
  const fields = Object.entries(node).map(([field, value]) => [field, fillIn(value, values)] as const)
  return Object.fromEntries(fields.filter((entry): entry is [string, Json] => entry[1] !== undefined))
}

function fillText(text: string, { given, broken }: Values): Json | undefined {
  const pieces = knownPiecesOf(text)
  const names = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.name]))
  if (names.some((name) => broken.has(name))) return undefined
  const [first] = pieces
  if (pieces.length === 1 && typeof first === 'object') return given[first.name]
  return pieces.map((piece) => (typeof piece === 'string' ? piece : String(given[piece.name] ?? ''))).join('')
}

/** Items of a list that are not left out, with their places in the template. What is broken keeps its place. */
function itemsLeft(list: readonly Json[], { given, broken }: Values): (readonly [index: number, item: Json])[] {
  return [...list.entries()].filter(([, item]) => {
    const name = typeof item === 'string' ? wholeName(item) : undefined
    return name === undefined || broken.has(name) || given[name] !== undefined
  })
}

/** The parameter that a text is, and nothing else. */
function wholeName(text: string): string | undefined {
  const pieces = knownPiecesOf(text)
  const [first] = pieces
  return pieces.length === 1 && typeof first === 'object' ? first.name : undefined
}

/** Pointers of the document whose values come from what cannot be used. */
export function* brokenIn(node: Json, pointer: Pointer, broken: ReadonlySet<string>): Generator<Pointer> {
  if (typeof node === 'string') {
    if (knownPiecesOf(node).some((piece) => typeof piece === 'object' && broken.has(piece.name))) yield pointer
  } else if (typeof node === 'object' && node !== null) {
    for (const [field, inner] of Object.entries(node))
      yield* brokenIn(inner as Json, joinPointer(pointer, field), broken)
  }
}

interface Origins {
  readonly row: Row
  readonly template: Template
  readonly instances: Manifest
  readonly values: Values
  /** of what the row or the host gives */
  readonly place: Written['at']
  readonly isGiven: (name: string) => boolean
  readonly rendering: object
}

/** `at` of a document that a template has made. */
export function placesOf(origins: Origins): Document['at'] {
  const { row, template, instances, rendering } = origins
  const made = (at: Span, other: string, span: Span): Span => ({ ...span, other: { text: other, at, rendering } })
  const ofRow = () => row.at('')
  return (pointer, part) => {
    if (!/^\/(?:metadata|spec)(?:\/|$)/.test(pointer)) {
      return made(template.manifest.at('/metadata/name'), 'made by the template', ofRow())
    }
    const { templatePointer, name, rest } = follow(pointer, origins)
    const inTemplate = template.manifest.at(templatePointer, part)
    if (name !== undefined && origins.isGiven(name)) {
      return made(
        template.manifest.at(templatePointer),
        'filled into the template',
        origins.place(joinPointer('', name) + rest, part),
      )
    }
    const inherited = inheritedField(pointer, template)
    if (inherited !== undefined) return made(ofRow(), 'for the row', instances.at(inherited, part))
    const inDefault = name === undefined ? undefined : template.parameters.get(name)
    const span =
      inDefault?.schema.default === undefined
        ? inTemplate
        : template.manifest.at(`${inDefault.pointer}/default${rest}`, part)
    return made(ofRow(), 'for the row', span)
  }
}

/** @returns the pointer of a field that the instances give, where the template does not */
function inheritedField(pointer: Pointer, { body }: Template): Pointer | undefined {
  const metadata = objectOf(body.metadata)
  const [, field = '', label] = parsePointer(pointer)
  if (field === 'set' && metadata.set === undefined) return '/metadata/set'
  if (field !== 'labels' || label === undefined || Object.hasOwn(objectOf(metadata.labels), label)) return undefined
  return pointer
}

/** From a pointer into the document to the place in the template, and the parameter that stands there. */
function follow(pointer: Pointer, { template, values }: Origins) {
  const steps = parsePointer(pointer)
  let node: Json | undefined = template.body
  let templatePointer: Pointer = BODY
  for (const [i, step] of steps.entries()) {
    if (typeof node === 'string') {
      const rest = steps.slice(i).reduce<Pointer>((at, inner) => joinPointer(at, inner), '')
      return { templatePointer, name: wholeName(node), rest }
    }
    const index: string = Array.isArray(node) ? String(itemsLeft(node, values)[Number(step)]?.[0] ?? step) : step
    node = typeof node === 'object' && node !== null ? (node as JsonObject)[index] : undefined
    templatePointer = joinPointer(templatePointer, index)
  }
  const named = typeof node === 'string' ? knownPiecesOf(node).find((piece) => typeof piece === 'object') : undefined
  return { templatePointer, name: typeof named === 'object' ? named.name : undefined, rest: '' }
}
