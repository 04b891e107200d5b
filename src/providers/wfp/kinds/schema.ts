/** The JSON Schemas of the package, read once: beside `src/` in the checkout, beside `dist/` when installed. */

import { readFileSync } from 'node:fs'

/** @param name `ipsectunnel` for `schemas/ipsectunnel.schema.json` */
export function loadSchema(name: string): object {
  // src/providers/wfp/kinds/ and dist/providers/wfp/kinds/ lie equally deep
  return JSON.parse(readFileSync(new URL(`../../../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object
}
