// Writes dist: the command line and the library in few files, for a start of Node costs what it has to open. What is native, or
// seldom needed, stays outside.

import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })

const bundle = await rolldown({
  input: {
    'cli/main': 'src/cli/main.ts',
    index: 'src/index.ts',
    'key-manager': 'src/key-manager.ts',
    'lib/thread': 'src/providers/wfp/key-managers/handlers/thread.js',
  },
  platform: 'node',
  external: ['koffi', 'libsql', 'yaml'],
})
// each file lies as deep as src/base/package.ts, which looks for what stands beside the program
await bundle.write({ dir: 'dist', format: 'esm', chunkFileNames: 'lib/[name].js' })
await bundle.close()
