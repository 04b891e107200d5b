// node keep-compiled.mjs run|keep|check COMPILED DIRECTORY WORD...: runs a command of the program that was built. Keeps what V8 compiled for
// it of files of which nothing was kept; or fails where V8 compiled any of them again.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [node, , deed, compiled, directory, ...words] = process.argv
const { CompiledFiles } = await import(pathToFileURL(compiled).href)
const files = new CompiledFiles(directory)
process.argv = [node, join(directory, 'main.js'), ...words]
process.on('exit', () => {
  if (process.exitCode !== 0) return
  if (deed === 'keep') files.keep()
  if (deed !== 'check' || files.compiledAgain.length === 0) return
  console.error(`V8 does not take what was kept: ${files.compiledAgain.join(', ')}`)
  process.exitCode = 1
})
files.load('program.js')
