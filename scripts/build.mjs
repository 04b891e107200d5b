// Writes dist: the command line and the library in few files, for a start of Node costs what it has to open. What is native, or
// seldom needed, stays outside.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

rmSync('dist', { recursive: true, force: true })

const bundle = await rolldown({
  input: {
    'cli/main': 'src/cli/main.ts',
    index: 'src/index.ts',
    'key-manager': 'src/key-manager.ts',
    'lib/thread': 'src/providers/wfp/key-managers/handlers/thread.js',
  },
  platform: 'node',
  external: ['koffi', 'libsql', 'yaml'],
  transform: { define: { WFPCTL_BUILD: JSON.stringify(digestOfSources()) } },
})
// each file lies as deep as src/base/package.ts, which looks for what stands beside the program
await bundle.write({ dir: 'dist', format: 'esm', chunkFileNames: 'lib/[name].js' })
await bundle.close()

/** Of all that decides what the program does: what one build has found out is nothing to another. */
function digestOfSources() {
  const digest = createHash('sha256')
  const files = ['src', 'schemas'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  for (const file of ['package.json', 'package-lock.json', ...files.sort()]) {
    digest.update(`${file}\n`).update(readFileSync(file))
  }
  return digest.digest('hex')
}
