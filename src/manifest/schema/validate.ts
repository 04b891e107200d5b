/**
 * Document × JSON Schema (2020-12) → findings in plain English.
 *
 * One mistake is one finding, on the leaf that is wrong. A schema talks to its readers through annotations:
 * `errorMessage` (or `x-hint`, which editors do not show) is the help, `x-label` stands beside the carets, `x-code` replaces the generic code, `x-sensitive` masks the value,
 * `x-words` names the words that the kind knows at that place, `x-form` a form that the kind reads itself: its `pattern` is for editors.
 */

import { covers, type Diagnostic, diagnostic, joinPointer, type Pointer, suggest } from '../../base/index.ts'
import type { Document } from '../document.ts'
import type { Advise } from '../model.ts'
import { validatorOf } from './compile.ts'
import { explainError, unknownFieldOf } from './explanations.ts'
import { isSensitive, type SchemaContext, type SchemaError, type SchemaFinding } from './finding.ts'

export interface Validated {
  readonly diagnostics: readonly Diagnostic[]
  /** what was broken before, and what the schema found */
  readonly broken: ReadonlySet<Pointer>
}

/**
 * @param schema a whole schema; it is compiled at its first use and kept
 * @param advise what is known of words that the schema does not take
 */
export function validateDocument(document: Document, schema: object, advise: Advise = () => undefined): Validated {
  const validate = validatorOf(schema)
  if (validate(document.value)) return { diagnostics: [], broken: document.broken }
  const errors = collapseBranches((validate.errors ?? []) as readonly SchemaError[])
  return report({ document, advise }, errors)
}

function report(context: SchemaContext, errors: readonly SchemaError[]): Validated {
  const { document } = context
  const broken = new Set(document.broken)
  const diagnostics: Diagnostic[] = []
  for (const pointer of misspelt(document, errors)) broken.add(pointer)
  for (const error of deepestFirst(withoutEchoes(errors))) {
    const finding = explainError(error, context)
    if (finding.broken.every((pointer) => covers(broken, pointer))) continue
    for (const pointer of finding.broken) broken.add(pointer)
    diagnostics.push(toDiagnostic(document, error, finding))
  }
  return { diagnostics, broken }
}

/** Fields that are there under a name with a typing mistake: the name has a finding, so the field is not missing too. */
function* misspelt(document: Document, errors: readonly SchemaError[]): Generator<Pointer> {
  for (const error of errors) {
    const unknown = unknownFieldOf(error)
    if (unknown === undefined || document.broken.has(joinPointer(error.instancePath, unknown))) continue
    const meant = suggest(unknown, Object.keys(error.parentSchema.properties ?? {}))
    if (meant !== undefined && !Object.hasOwn(error.data as object, meant)) yield joinPointer(error.instancePath, meant)
  }
}

/** A field that is unknown is not also one too many; what has no fields at all has not chosen the wrong ones. */
function withoutEchoes(errors: readonly SchemaError[]): SchemaError[] {
  const mistyped = new Set(errors.flatMap(({ keyword, instancePath }) => (keyword === 'type' ? [instancePath] : [])))
  return errors.filter((error) => {
    if (error.keyword === 'oneOf') return !mistyped.has(error.instancePath)
    if (error.keyword !== 'maxProperties') return true
    const unknown = errors.filter((e) => e.instancePath === error.instancePath && unknownFieldOf(e) !== undefined)
    return Object.keys(error.data as object).length - unknown.length > (error.schema as number)
  })
}

/** What is wrong with a whole list or mapping must not hide what is wrong inside it. */
function deepestFirst(errors: readonly SchemaError[]): SchemaError[] {
  const depth = ({ instancePath }: SchemaError) => instancePath.split('/').length
  return [...errors].sort((a, b) => depth(b) - depth(a))
}

function toDiagnostic(document: Document, error: SchemaError, finding: SchemaFinding): Diagnostic {
  const { code, at, part, message, label, help, related } = finding
  const secrets = holdsSecret(error) ? finding.broken.map((pointer) => document.at(pointer)) : undefined
  return diagnostic(code, document.at(at, part), message, {
    ...(label !== undefined && { label }),
    ...(help !== undefined && { help }),
    ...(related !== undefined && { related }),
    ...(secrets !== undefined && { secrets }),
  })
}

/** An unknown field beside one that is sensitive may be that field, misspelt. */
function holdsSecret(error: SchemaError): boolean {
  if (isSensitive(error)) return true
  const siblings = Object.values(error.parentSchema.properties ?? {})
  return unknownFieldOf(error) !== undefined && siblings.some((schema) => schema['x-sensitive'] === true)
}

/** @param errors in ajv's order: the complaints of the branches stand directly before that of their `oneOf` or `anyOf` */
function collapseBranches(errors: readonly SchemaError[]): SchemaError[] {
  const kept: SchemaError[] = []
  for (const error of errors) {
    if (error.propertyName !== undefined && error.keyword !== 'propertyNames') continue
    if (error.keyword === 'if') continue // what `then` or `else` found is in the list
    if (error.keyword !== 'oneOf' && error.keyword !== 'anyOf') kept.push(error)
    else for (const meant of collapse(error, takeBranches(error, kept))) kept.push(meant)
  }
  return kept
}

function takeBranches(composite: SchemaError, kept: SchemaError[]): SchemaError[] {
  let from = kept.length
  while (from > 0 && isWithin(kept[from - 1]!, composite)) from--
  return kept.splice(from)
}

function isWithin({ instancePath }: SchemaError, composite: SchemaError): boolean {
  return instancePath === composite.instancePath || instancePath.startsWith(`${composite.instancePath}/`)
}

function collapse(composite: SchemaError, branches: readonly SchemaError[]): SchemaError[] {
  const here = branches.filter((error) => error.instancePath === composite.instancePath)
  const types = here.filter((error) => error.keyword === 'type')
  const others = branches.filter((error) => error.instancePath !== composite.instancePath || error.keyword !== 'type')
  if (others.length > 0 && types.length > 0) return others
  if (types.length > 0) {
    const type = [...new Set(types.flatMap((error) => error.params.type as string | string[]))]
    return [{ ...types[0]!, params: { type }, parentSchema: { ...composite.parentSchema } }]
  }
  return [composite]
}
