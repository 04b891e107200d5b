/** `wfpctl schema`: the JSON Schemas that users, editors, `explain` and the validator read. */

import { kindsByName } from '../../kinds/index.ts'
import { CORE_KINDS, readSchema, schemaText } from '../../manifest/index.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import type { Invocation } from './command.ts'

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

/** Kinds that have a schema, as users write them. */
export function schemaKinds(): string[] {
  return [...kindsByName.keys(), ...CORE_KINDS].sort()
}

export function schemaOf(kind: string): Schema {
  return readSchema(kind) as Schema
}

/** Follows `$ref` inside the document; a reference elsewhere is left as it is. */
export function resolve(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.startsWith('#/$defs/') ? schema.$ref.slice('#/$defs/'.length) : undefined
  if (name === undefined) return schema
  const { $ref: _, ...own } = schema
  return { ...resolve(root.$defs?.[name] ?? {}, root), ...own }
}

export async function run({ args, terminal }: Invocation): Promise<ExitCode> {
  const asked = args[0]
  const kind = asked === undefined ? 'wfpctl' : schemaKinds().find((k) => k.toLowerCase() === asked.toLowerCase())
  if (!kind) throw new CommandFailure(EXIT.usage, `unknown kind ${asked}; there are ${schemaKinds().join(', ')}`)
  terminal.answer(schemaText(kind))
  return EXIT.done
}
