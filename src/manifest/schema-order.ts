/** Members in the order in which a schema describes them: how people expect to read a document. */

import type { Json, JsonObject } from '../base/json.ts'

interface Node {
  readonly $ref?: string
  readonly properties?: { readonly [name: string]: Node }
  readonly items?: Node
  readonly $defs?: { readonly [name: string]: Node }
}

/** @returns the value with members ordered as the schema lists them; members it does not know come last, in their own order */
export function inSchemaOrder<T extends Json>(value: T, schema: object): T {
  return ordered(value, schema as Node, schema as Node) as T
}

function ordered(value: Json, schema: Node, root: Node): Json {
  const node = schema.$ref?.startsWith('#/$defs/') ? (root.$defs?.[schema.$ref.slice('#/$defs/'.length)] ?? {}) : schema
  if (Array.isArray(value)) return value.map((item) => ordered(item, node.items ?? {}, root))
  if (typeof value !== 'object' || value === null) return value
  const members = value as JsonObject
  const known = Object.keys(node.properties ?? {}).filter((name) => Object.hasOwn(members, name))
  const names = new Set([...known, ...Object.keys(members)])
  return Object.fromEntries(
    [...names].map((name) => [name, ordered(members[name] as Json, node.properties?.[name] ?? {}, root)]),
  )
}
