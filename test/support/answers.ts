/** The published schemas of what commands answer with `-o json`. */

import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

export const ajv = new Ajv2020({ strict: true, formats: { 'date-time': true } })
export const schemaFiles = readdirSync('schemas').filter((name) => /^(watch-event|.*-output)\.schema\.json$/.test(name))
for (const name of schemaFiles) ajv.addSchema(JSON.parse(readFileSync(`schemas/${name}`, 'utf8')))

/** @param command `fleet host`; all commands of `fleet rollout` have one answer */
export function schemaName(command: string): string {
  return command.replace(/^(fleet rollout) .*/, '$1').replaceAll(' ', '-')
}

/** Whether something is as the schema of a command's answer says, which stands under the command's name. */
export function isAnswer(command: string): ValidateFunction {
  const name = schemaName(command)
  const validate = ajv.getSchema(`https://wfpctl.dev/schemas/v1alpha1/${name}-output.schema.json`)
  if (!validate) throw new Error(`there is no schemas/${name}-output.schema.json`)
  return validate as ValidateFunction
}
