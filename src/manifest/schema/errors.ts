/** Which words a schema violation gets: one line per keyword of JSON Schema. */

import * as fields from './fields.ts'
import { type Context, combination, type SchemaError, type SchemaFinding } from './finding.ts'
import * as values from './values.ts'

const explanations: { readonly [keyword: string]: (error: SchemaError, context: Context) => SchemaFinding } = {
  additionalProperties: fields.unknownField,
  unevaluatedProperties: fields.unknownField,
  required: fields.missingField,
  dependentRequired: fields.missingCompanion,
  minProperties: fields.tooFewFields,
  maxProperties: fields.tooManyFields,
  propertyNames: fields.badFieldName,
  'false schema': fields.forbiddenField,
  not: fields.forbiddenCombination,
  oneOf: fields.choice,
  anyOf: fields.choice,
  type: values.wrongType,
  enum: values.notAllowed,
  const: values.notAllowed,
  pattern: values.wrongForm,
  format: values.wrongForm,
  minimum: values.outOfRange,
  maximum: values.outOfRange,
  exclusiveMinimum: values.outOfRange,
  exclusiveMaximum: values.outOfRange,
  multipleOf: values.notMultiple,
  minLength: values.wrongLength,
  maxLength: values.wrongLength,
  minItems: values.tooFewItems,
  maxItems: values.tooManyItems,
  uniqueItems: values.repeatedItem,
}

export function explainError(error: SchemaError, context: Context): SchemaFinding {
  return (explanations[error.keyword] ?? combination)(error, context)
}
