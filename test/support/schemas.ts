/** The published schemas, as somebody uses them who has nothing of us but those files. */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { readSchema } from '../../src/manifest/schema/files.ts'

/** In the order of the schema for all of them. */
export const KIND_NAMES = [
  'TunnelSet',
  'IPsecTunnel',
  'KeyManager',
  'TunnelTemplate',
  'TunnelInstances',
  'TrafficTest',
  'Policy',
] as const

/** Of the schema for all kinds, which refers to theirs. */
export function publishedValidator(): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  for (const kind of KIND_NAMES) ajv.addSchema(readSchema(kind))
  return ajv.compile(readSchema('wfpctl'))
}
