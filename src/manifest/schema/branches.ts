/**
 * Alternatives of a schema (`oneOf`, `anyOf`) complain once for every branch that a value does not take. Here the complaints become
 * the one that the user needs: the branch that was meant is the one whose type the value has.
 */

import type { SchemaError } from './finding.ts'

/** @param errors in ajv's order: the complaints of the branches stand directly before that of their `oneOf` or `anyOf` */
export function collapseBranches(errors: readonly SchemaError[]): SchemaError[] {
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
