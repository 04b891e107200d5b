// node keep-compiled.mjs keep|check COMPILED DIRECTORY WORD...: runs a command of the program that was built, and keeps what V8 has compiled
// for it; or fails where V8 compiles again what was kept.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [node, , deed, compiled, directory, ...words] = process.argv
const { CompiledFiles } = await import(pathToFileURL(compiled).href)
const files = new CompiledFiles(directory)
process.argv = [node, join(directory, 'main.js'), ...words]
process.on('exit', () => {
  if (process.exitCode !== 0) return
  if (deed === 'keep') return files.keep()
  for (const name of files.compiledAgain) {
    process.exitCode = 1
    console.error(`${name} was kept, and V8 did not take it`)
  }
})
files.load('program.js')
