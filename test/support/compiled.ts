/** The sources as plain JavaScript, for tests that need a second process: Node 20 runs no TypeScript. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Compiled {
  readonly directory: string
  remove(): void
}

/** Compiles `src` into a folder under `dist` (the packages must be found from there). Takes about two seconds. */
export function compileSources(): Compiled {
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const directory = mkdtempSync(join(ROOT, 'dist', 'test-'))
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript-7/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', directory])
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}
