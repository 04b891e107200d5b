/** docs/fields.md: every field of every kind, made from the schemas by `npm run docs:fields`. */

import { expect, it } from 'vitest'
import { resolve, type Schema, schemaKinds, schemaOf } from '../../src/cli/commands/schema.ts'

interface Field {
  readonly path: string
  readonly schema: Schema
  readonly isRequired: boolean
}

function fieldsBelow(schema: Schema, root: Schema, path: string): Field[] {
  const item = itemOf(schema, root)
  return Object.entries(item.properties ?? {}).flatMap(([name, inner]) => {
    const own = resolve(inner, root)
    const isList = own.items !== undefined
    const here = `${path}${path === '' ? '' : '.'}${name}`
    const field = { path: here, schema: own, isRequired: item.required?.includes(name) === true }
    return [field, ...fieldsBelow(own, root, `${here}${isList ? '[]' : ''}`)]
  })
}

/** A list is shown as what it is a list of. */
function itemOf(schema: Schema, root: Schema): Schema {
  const own = resolve(schema, root)
  return own.items ? itemOf(own.items, root) : own
}

function typeOf(schema: Schema, root: Schema): string {
  if (schema.items) return `list of ${typeOf(resolve(schema.items, root), root)}`
  if (schema.enum) return schema.enum.map((word) => `\`${String(word)}\``).join(', ')
  return [schema.type ?? typeof schema.const].flat().join(' or ')
}

function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', String.raw`\|`)
}

function rowOf(root: Schema): (field: Field) => string {
  return ({ path, schema, isRequired }) => {
    const [example] = schema.examples ?? []
    const words = [
      schema.description ?? '',
      ...(schema.default === undefined ? [] : [`Default: \`${JSON.stringify(schema.default)}\`.`]),
      ...(example === undefined || typeof example === 'object' ? [] : [`Example: \`${String(example)}\`.`]),
    ]
    return `| \`${path}\`${isRequired ? ' *' : ''} | ${cell(typeOf(schema, root))} | ${cell(words.join(' '))} |\n`
  }
}

function sectionOf(kind: string): string {
  const root = schemaOf(kind)
  const rows = fieldsBelow(root, root, '').map(rowOf(root))
  return `## ${kind}\n\n${root.description ?? ''}\n\n| field | type | meaning |\n| --- | --- | --- |\n${rows.join('')}`
}

it('docs/fields.md says what the schemas say', async () => {
  const head = `# Fields

Every field of every kind; \`*\` marks what is required, and \`[]\` the items of a list. \`wfpctl explain KIND.field\` says the same on a command line,
with the structure of Windows that it becomes. This page is made from \`schemas\` by \`npm run docs:fields\`.

`
  const page = head + schemaKinds().map(sectionOf).join('\n')
  expect(page.split('\n').length).toBeGreaterThan(100)
  await expect(page).toMatchFileSnapshot('../../docs/fields.md')
})
