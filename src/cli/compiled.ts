/**
 * The files of the program, loaded with what V8 has compiled of them before: compiling is half of what a small command takes. The build keeps
 * it beside the files, for the Node, the processor and the flags of V8 that it runs with. With others, or where a byte differs, they are
 * compiled as ever.
 *
 * Who may write what is kept may write the files themselves, too: it needs no more trust than they.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/vm.html#scriptcreatecacheddata
 * @see https://nodejs.org/docs/latest-v20.x/api/v8.html#v8cacheddataversiontag
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'
import { constants, Script } from 'node:vm'
import { crc32 } from 'node:zlib'

const FITTING = `${process.version}-${process.platform}-${process.arch}-${cachedDataVersionTag().toString(16)}`
const CHECKSUM_BYTES = 4

type Wrapped = (exports: unknown, require: unknown, module: unknown, filename: string, dirname: string) => void

export class CompiledFiles {
  readonly #directory: string
  readonly #modules = new Map<string, { exports: unknown }>()
  readonly #scripts = new Map<string, { readonly text: Buffer; readonly script: Script }>()
  readonly #others: NodeJS.Require

  /** @param directory of CommonJS files, which load each other as `./name.js` */
  constructor(directory: string) {
    this.#directory = directory
    this.#others = createRequire(join(directory, 'any.js'))
  }

  /** @returns what the file exports. Again: the same. */
  load(name: string): unknown {
    const known = this.#modules.get(name)
    if (known) return known.exports
    const module = { exports: {} }
    this.#modules.set(name, module)
    const filename = join(this.#directory, name)
    const require = (id: string): unknown => (id.startsWith('./') ? this.load(id.slice(2)) : this.#others(id))
    try {
      const run = this.#script(name, filename).runInThisContext() as Wrapped
      run(module.exports, require, module, filename, this.#directory)
    } catch (error) {
      this.#modules.delete(name) // half of it: who asks again is to hear the reason again
      throw error
    }
    return module.exports
  }

  /** Names of files that were loaded and of which nothing was kept, or nothing that V8 takes. */
  get compiledAgain(): readonly string[] {
    return [...this.#scripts].flatMap(([name, { script }]) => (script.cachedDataRejected === false ? [] : [name]))
  }

  /** Keeps what V8 has compiled of those files, as far as their functions were called. */
  keep(): void {
    mkdirSync(join(this.#directory, 'compiled', FITTING), { recursive: true })
    for (const name of this.compiledAgain) {
      const { text, script } = this.#scripts.get(name)!
      const data = script.createCachedData()
      writeFileSync(this.#fileOf(name), Buffer.concat([checksumOf(text, data), data]))
    }
  }

  #script(name: string, filename: string): Script {
    const text = readFileSync(filename)
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
      filename,
      cachedData: this.#kept(name, text),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    this.#scripts.set(name, { text, script })
    return script
  }

  /** V8 looks at its version, its flags and a length, and believes the rest. */
  #kept(name: string, text: Buffer): Buffer | undefined {
    let file: Buffer
    try {
      file = readFileSync(this.#fileOf(name))
    } catch {
      return undefined
    }
    const data = file.subarray(CHECKSUM_BYTES)
    return checksumOf(text, data).equals(file.subarray(0, CHECKSUM_BYTES)) ? data : undefined
  }

  #fileOf(name: string): string {
    return join(this.#directory, 'compiled', FITTING, `${name}.bin`)
  }
}

function checksumOf(text: Buffer, data: Buffer): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_BYTES)
  checksum.writeUInt32LE(crc32(data, crc32(text)))
  return checksum
}
