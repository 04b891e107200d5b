/** The examples of the package, as source files: `quickstart` → its YAML files. */

import { readdirSync, readFileSync } from 'node:fs'
import type { SourceFile } from '../../src/base/source.ts'

const folder = new URL('../../examples/', import.meta.url)

export const exampleNames: readonly string[] = readdirSync(folder).sort()

export function exampleFiles(name: string): SourceFile[] {
  const files = readdirSync(new URL(`${name}/`, folder)).filter((file) => file.endsWith('.yaml'))
  return files.sort().map((file) => ({
    path: `examples/${name}/${file}`,
    text: readFileSync(new URL(`${name}/${file}`, folder), 'utf8'),
  }))
}
