/** What the package ships beside the program: schemas, its own description. */

import { readFileSync } from 'node:fs'

/** The program stands two folders below it, as source and as it is built. */
const ROOT = new URL('../../', import.meta.url)

/** @param path from the package's root: `schemas/tunnelset.schema.json` */
export function packagedText(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** The version of this program. */
export function toolVersion(): string {
  return (JSON.parse(packagedText('package.json')) as { readonly version: string }).version
}
