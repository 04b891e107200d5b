/**
 * The JSON Schemas that the package ships: the contract with users and editors, what manifests are checked against, and the order in
 * which people expect the members of a document.
 */

import { type Json, type JsonObject, packagedText } from '../../base/index.ts'

const known = new Map<string, object>()
const kinds = new WeakMap<object, string>()

/**
 * @param kind as in manifests: `IPsecTunnel` is read from `schemas/ipsectunnel.schema.json`
 * @returns the same object at every call
 */
export function readSchema(kind: string): object {
  const schema = known.get(kind) ?? (JSON.parse(schemaText(kind)) as object)
  known.set(kind, schema)
  kinds.set(schema, kind)
  return schema
}

/** @returns undefined for a schema that `readSchema` has not read */
export function packagedKindOf(schema: object): string | undefined {
  return kinds.get(schema)
}

/** The file as it is; `wfpctl` is the all-in-one schema that editors take. */
export function schemaText(kind: string): string {
  return packagedText(`schemas/${kind.toLowerCase()}.schema.json`)
}

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
