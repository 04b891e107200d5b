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
  checks: { ineffectiveDynamicImport: false }, // a file of commands that load the rest is not split further
  transform: { define: { WFPCTL_BUILD: JSON.stringify(digestOfSources()) } },
})
/** What nearly every command needs together is one file; the rest is split as it is imported. */
const groups = [
  {
    name: 'base',
    test: /src\/(base|reconcile\/provider|cli\/(commands\/index|engine|exit|process|width))/,
    priority: 1,
  },
  {
    name: 'core',
    test: /src\/(manifest\/(?!yaml\/write)|kinds|reconcile\/(plan|apply|reconcile|secrets)|cli\/(load|results|terminal|render))/,
  },
  {
    name: 'engine',
    test: /src\/providers\/(index|wfp\/(provider|kinds|engine|resources|tunnels|key-managers\/(kind|register|callbacks)|binding))/,
  },
  { name: 'sandbox', test: /src\/providers\/wfp\/sandbox\/(?!admin|foreign|show)/ },
]
// each file lies as deep as src/base/package.ts, which looks for what stands beside the program
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: 'lib/[name].js',
  codeSplitting: { groups },
})
await bundle.close()
const needless = output
  .find(({ name }) => name === 'cli/main')
  .imports.filter((file) => /lib\/(core|engine|sandbox)/.test(file))
if (needless.length > 0)
  throw new Error(`each start would load ${needless.join(', ')}: what main.ts imports belongs to base`)

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
