/**
 * `explain KIND[.path]`: what a field means, from its JSON Schema, as kubectl explains; `spec.` may be left out. `explain WORD`: what a word of
 * another tool becomes.
 */

import { rowOf, suggest } from '../../base/index.ts'
import { type FieldWord, meaningsOf } from '../../importers/words.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import type { Invocation } from './command.ts'
import { resolve, type Schema, schemaKinds, schemaOf } from './schema.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const asked = args[0] ?? ''
  const meanings = isKind(asked) ? [] : meaningsOf(asked)
  if (meanings.length > 0) {
    terminal.answer(
      terminal.json ? toJson({ formatVersion: FORMAT_VERSION, word: asked, meanings }) : renderWord(meanings),
    )
    return EXIT.done
  }
  const { kind, root, found } = lookUp(asked)
  terminal.answer(
    terminal.json
      ? toJson({ formatVersion: FORMAT_VERSION, kind, path: found.path, schema: found.schema })
      : options.recursive === true
        ? renderTree(kind, found, root)
        : render(kind, found, root),
  )
  return EXIT.done
}

function isKind(text: string): boolean {
  const [first = ''] = text.replaceAll(/\[\d*\]/g, '').split('.')
  return schemaKinds().some((kind) => kind.toLowerCase() === first.toLowerCase())
}

/** A word of another tool: what it is here, wherever the tools have it. */
function renderWord(meanings: readonly FieldWord[]): string {
  const parts = meanings.map(({ tool, scope, word, field, says }) => {
    const facts = [
      ['WORD', word],
      ['OF', `${tool}, ${scope}`],
      ['FIELD', field === undefined ? '(none)' : `IPsecTunnel.${field}`],
    ]
    return `${facts.map(([name, text]) => `${`${name}:`.padEnd(11)}${text}`).join('\n')}\n${indent(says)}\n`
  })
  return parts.join('\n')
}

/** What lies below a kind or a field, e.g. `IPsecTunnel.traffic`. @throws CommandFailure where there is none such */
export function fieldsBelow(
  text: string,
): readonly { readonly name: string; readonly help: string; readonly hasFields: boolean }[] {
  const { root, found } = lookUp(text)
  return Object.entries(fieldsOf(found.schema, root)).map(([name, field]) => ({
    name,
    help: firstSentence(resolve(field, root).description),
    hasFields: Object.keys(fieldsOf(field, root)).length > 0,
  }))
}

/** @param text `IPsecTunnel.traffic.local[0]`, the kind in any case */
function lookUp(text: string): { readonly kind: string; readonly root: Schema; readonly found: Found } {
  const [kindText = '', ...path] = text.replaceAll(/\[\d*\]/g, '').split('.')
  const kind = schemaKinds().find((k) => k.toLowerCase() === kindText.toLowerCase())
  if (!kind)
    throw new CommandFailure(
      EXIT.usage,
      `unknown kind ${kindText}; there are ${schemaKinds().join(', ')}, and the words of other tools (docs/words.md)`,
    )
  const root = schemaOf(kind)
  return { kind, root, found: find(root, kind, path) }
}

interface Found {
  readonly path: readonly string[]
  readonly schema: Schema
  readonly required: boolean
}

function find(root: Schema, kind: string, path: readonly string[]): Found {
  const top = path[0]
  const full = top === undefined || Object.hasOwn(fieldsOf(root, root), top) ? path : ['spec', ...path]
  return full.reduce<Found>(
    (at, step) => {
      const fields = fieldsOf(at.schema, root)
      const next = rowOf(fields, step)
      if (next)
        return {
          path: [...at.path, step],
          schema: resolve(next, root),
          required: itemOf(at.schema, root).required?.includes(step) ?? false,
        }
      const near = suggest(step, Object.keys(fields))
      const hint = near ? `; did you mean ${near}?` : `; there are ${Object.keys(fields).join(', ') || 'no fields'}`
      throw new CommandFailure(EXIT.usage, `${[kind, ...at.path].join('.')} has no field ${step}${hint}`)
    },
    { path: [], schema: root, required: true },
  )
}

/** A list is explained as what it is a list of. */
function itemOf(schema: Schema, root: Schema): Schema {
  const resolved = resolve(schema, root)
  return resolved.items ? itemOf(resolved.items, root) : resolved
}

function fieldsOf(schema: Schema, root: Schema): { readonly [name: string]: Schema } {
  return itemOf(schema, root).properties ?? {}
}

function render(kind: string, { path, schema, required }: Found, root: Schema): string {
  const facts: [string, string][] = [
    ['TYPE', typeText(schema, root)],
    ['REQUIRED', required ? 'yes' : 'no'],
    ['DEFAULT', schema.default === undefined ? '' : spaced(schema.default)],
    ['VALUES', (schema.enum ?? []).join(' | ')],
    ['EXAMPLES', (schema.examples ?? []).map(spaced).join(', ')],
    ['WFP', [schema['x-wfp'] ?? []].flat().join(', ')],
  ]
  const header = [`KIND:      ${kind}`, ...(path.length > 0 ? [`FIELD:     ${path.join('.')}`] : [])]
  const told =
    path.length > 0
      ? facts.filter(([, text]) => text !== '').map(([name, text]) => `${`${name}:`.padEnd(11)}${text}`)
      : []
  const description = ['', 'DESCRIPTION:', indent(schema.description ?? '(none)')]
  const fields = Object.entries(fieldsOf(schema, root))
  const list = fields.flatMap(([name, field]) => {
    const resolved = resolve(field, root)
    const mark = itemOf(schema, root).required?.includes(name) ? ' -required-' : ''
    return [`  ${name} <${typeText(resolved, root)}>${mark}`, indent(firstSentence(resolved.description), 4)]
  })
  return `${[...header, ...told, ...description, ...(list.length > 0 ? ['', 'FIELDS:', ...list] : [])].join('\n')}\n`
}

/** As `kubectl explain --recursive`: names and types, indented, without words. */
function renderTree(kind: string, { path, schema }: Found, root: Schema): string {
  return `${[[kind, ...path].join('.'), ...treeOf(schema, root, 1)].join('\n')}\n`
}

function treeOf(schema: Schema, root: Schema, depth: number): string[] {
  const { required } = itemOf(schema, root)
  return Object.entries(fieldsOf(schema, root)).flatMap(([name, field]) => {
    const resolved = resolve(field, root)
    const mark = required?.includes(name) ? ' -required-' : ''
    return [`${'  '.repeat(depth)}${name} <${typeText(resolved, root)}>${mark}`, ...treeOf(resolved, root, depth + 1)]
  })
}

/** JSON on one line, with blanks in it, so that it can be broken at them. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ')
}

function typeText(schema: Schema, root: Schema): string {
  if (schema.items) return `[]${typeText(resolve(schema.items, root), root)}`
  return [schema.type ?? (schema.const === undefined ? 'any' : typeof schema.const)].flat().join(' | ')
}

function firstSentence(text: string | undefined): string {
  return text?.match(/^.*?[.](?=\s|$)/s)?.[0] ?? text ?? ''
}

function indent(text: string, spaces = 2): string {
  return text.replaceAll(/^/gm, ' '.repeat(spaces))
}
