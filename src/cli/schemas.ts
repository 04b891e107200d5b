/** The JSON Schemas of this package: what users, editors, `explain` and the validator read. */

import { readdirSync, readFileSync } from 'node:fs'

/** A JSON Schema object, as far as `explain` reads it. */
export interface Schema {
  readonly $id?: string
  readonly $ref?: string
  readonly $defs?: { readonly [name: string]: Schema }
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly 'x-wfp'?: string | readonly string[]
}

const FOLDER = new URL('../../schemas/', import.meta.url)

export function schemaText(kind: string): string {
  return readFileSync(new URL(`${kind.toLowerCase()}.schema.json`, FOLDER), 'utf8')
}

export function schemaOf(kind: string): Schema {
  return JSON.parse(schemaText(kind)) as Schema
}

/** Kinds that have a schema, as users write them: `IPsecTunnel`. The all-in-one schema and those of answers are not among them. */
export function schemaKinds(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.schema.json') && !name.startsWith('wfpctl.'))
    .flatMap((name) => kindName(schemaOf(name.replace('.schema.json', ''))) ?? [])
    .sort()
}

function kindName(schema: Schema): string | undefined {
  const kind = schema.properties?.kind?.const
  return typeof kind === 'string' ? kind : undefined
}

/** Follows `$ref` inside the document; a reference elsewhere is left as it is. */
export function resolve(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.startsWith('#/$defs/') ? schema.$ref.slice('#/$defs/'.length) : undefined
  if (name === undefined) return schema
  const { $ref: _, ...own } = schema
  return { ...resolve(root.$defs?.[name] ?? {}, root), ...own }
}
