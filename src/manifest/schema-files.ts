/** The JSON Schemas that the package ships: the contract with users and editors, and what manifests are checked against. */

import { readFileSync } from 'node:fs'

const FOLDER = new URL('../../schemas/', import.meta.url)

/** @param kind as in manifests: `IPsecTunnel` is read from `schemas/ipsectunnel.schema.json` */
export function readSchema(kind: string): object {
  return JSON.parse(schemaText(kind)) as object
}

/** The file as it is; `wfpctl` is the all-in-one schema that editors take. */
export function schemaText(kind: string): string {
  return readFileSync(new URL(`${kind.toLowerCase()}.schema.json`, FOLDER), 'utf8')
}
