// Writes dist: the command line and the library in few files, for a start of Node costs what it has to open. What is native, or
// seldom needed, stays outside. The command line is built for `require`, which opens a file in half the time that `import` takes.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

rmSync('dist', { recursive: true, force: true })

/** What runs in threads of its own, as a file beside those that start it. */
const THREADS = {
  thread: 'src/providers/wfp/key-managers/handlers/thread.mjs',
  unlock: 'src/manifest/sops/unlock.mjs',
}
/** Of what is in the script of the page. */
const LICENCES = '/*! preact: MIT, (c) Jason Miller; uPlot: MIT, (c) Leon Sorokin */'
/** What a module makes for itself to load CommonJS, a file of CommonJS has. */
const MADE = '(0, node_module.createRequire)(require("url").pathToFileURL(__filename).href)'
/** Loaded with all that they load where somebody asks for anything of them: nearly no command does, and some libraries name them. */
const SELDOM = /= require\("(node:child_process|node:worker_threads)"\);/g
const LIBSQL = 'node_modules/libsql/index.js'
const build = digestOfSources()

/** What each start needs, for its usage: nothing of it may import anything else. */
const START =
  /src\/(base\/(characters|text|package)|reconcile\/provider|cli\/(commands\/(index|command|options|fleet)|exit|process|width))\.ts$/
/** What nearly every command needs together is one file; the rest is split as it is imported. */
const groups = [
  { name: 'start', test: START, priority: 1 },
  {
    name: 'core',
    test: /src\/(base|manifest\/(?!yaml\/write|templates\/|policies)|kinds|reconcile\/(plan|apply|reconcile|secrets|notes|history)|cli\/(load|results|terminal|render|engine))/,
  },
  {
    name: 'engine',
    test: /src\/providers\/(index|wfp\/(provider|kinds|engine|resources|tunnels|key-managers\/kind|binding))/,
  },
  { name: 'sandbox', test: /src\/providers\/wfp\/sandbox\/(?!admin|foreign|show)/ },
]

// each file lies as deep as src/base/package.ts, which looks for what stands beside the program
const program = await bundled(
  { program: 'src/cli/main.ts' },
  { dir: 'dist/cli', format: 'cjs', chunkFileNames: '[name].js', codeSplitting: { groups } },
)
await bundled({ main: 'src/cli/launch.ts' }, { dir: 'dist/cli', format: 'cjs' })
chmodSync('dist/cli/main.js', 0o755) // npx starts what it has linked before
plainIn('dist/cli')
await bundled({ libsql: LIBSQL }, { dir: 'dist/cli', format: 'cjs', plugins: [nativeOfLibsql()] })
writeFileSync('dist/cli/package.json', '{ "type": "commonjs" }\n')
await threadsIn('dist/cli')
await bundled(
  { index: 'src/index.ts', 'key-manager': 'src/key-manager.ts' },
  { dir: 'dist', format: 'esm', chunkFileNames: 'lib/[name].js', codeSplitting: { groups: groups.slice(1) } },
)
await threadsIn('dist/lib')

await validators(['dist/cli', 'dist/lib'])
await page()

const needless = program
  .filter(({ name }) => name === 'program' || name === 'start')
  .flatMap(({ imports }) => imports.filter((file) => /^(core|engine|sandbox)/.test(file)))
if (needless.length > 0)
  throw new Error(`each start would load ${needless.join(', ')}: what main.ts imports belongs to START`)

await compiled()

/** With one letter beyond ASCII, V8 holds and reads the text of a file in twice the room. Ours stand in strings and patterns alone. */
function plainIn(dir) {
  for (const name of readdirSync(dir).filter((file) => file.endsWith('.js'))) {
    const text = readFileSync(join(dir, name), 'utf8')
      .replaceAll(MADE, 'require')
      .replaceAll('require("libsql")', 'require("./libsql.js")')
      .replace(SELDOM, '= new Proxy({}, { get: (_, name) => require("$1")[name] });')
    if (text.includes('createRequire') && name !== 'main.js') throw new Error(`${name} makes a require of its own`)
    const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
    writeFileSync(join(dir, name), text.replace(/[^\0-\x7f]/g, escaped))
  }
}

/**
 * What commands call is compiled here, for the Node of this machine. Of a file that many need, that is what a plan needs that finds nothing: what
 * is kept is read by each of them. They run in a folder of their own: nobody else owns it, whoever owns this one.
 */
async function compiled() {
  const work = mkdtempSync(join(tmpdir(), 'wfpctl-build-'))
  await bundled({ compiled: 'src/cli/compiled.ts' }, { dir: work, format: 'esm', entryFileNames: '[name].mjs' })
  cpSync('examples/quickstart', join(work, 'manifests'), { recursive: true })
  // what is set for wfpctl is not meant for a build, and flags of V8 change what it takes
  const inherited = Object.entries(process.env).filter(([name]) => !/^(WFPCTL_|NODE_OPTIONS$)/i.test(name))
  const run = (deed, state, command, ...options) => {
    const env = { ...Object.fromEntries(inherited), CACHE_DIRECTORY: join(work, `${state}-cache`) }
    const paths = [join(work, 'compiled.mjs'), resolve('dist/cli')]
    const words = [command, join(work, 'manifests'), ...options, '--engine', `sandbox:${join(work, state)}`]
    execFileSync(process.execPath, ['scripts/keep-compiled.mjs', deed, ...paths, ...words], { env })
  }
  run('run', 'known', 'apply', '--auto-approve')
  for (const deed of ['run', 'keep', 'check']) run(deed, 'known', 'plan')
  run('keep', 'new', 'apply', '--auto-approve')
  run('check', 'another', 'apply', '--auto-approve')
  rmSync(work, { recursive: true })
}

/** What a browser loads from `--listen`: one script, one style sheet, and the document that names them. */
async function page() {
  const bundle = await rolldown({
    input: { page: 'src/page/main.tsx' },
    platform: 'browser',
    transform: { target: 'es2022' },
  })
  await bundle.write({ dir: 'dist/page', format: 'esm', minify: true, banner: LICENCES })
  await bundle.close()
  const styles = ['node_modules/uplot/dist/uPlot.min.css', 'src/page/page.css'].map((file) =>
    readFileSync(file, 'utf8'),
  )
  writeFileSync('dist/page/page.css', styles.join('\n'))
  for (const file of ['index.html', 'icon.svg']) copyFileSync(`src/page/${file}`, `dist/page/${file}`)
}

/** Each is one file: what two of them shared would be a module that a folder of CommonJS cannot hold. */
async function threadsIn(dir) {
  for (const [name, file] of Object.entries(THREADS))
    await bundled({ [name]: file }, { dir, format: 'esm', entryFileNames: '[name].mjs' })
}

/** A schema of manifests is compiled here, not at each start that meets a new text: ajv alone takes longer to load than the rest. */
async function validators(folders) {
  const work = mkdtempSync('dist/validators-')
  await bundled(
    { compile: 'src/manifest/schema/compile.ts' },
    { dir: work, format: 'esm', entryFileNames: '[name].mjs' },
  )
  const { compiledFile, schemaCalled, sourceOf } = await import(pathToFileURL(join(work, 'compile.mjs')))
  for (const name of ['envelope', ...kindsWithSchema()]) {
    const file = join(work, compiledFile(name))
    writeFileSync(file, sourceOf(schemaCalled(name)))
    for (const dir of folders)
      await bundled({ [name]: file }, { dir, format: 'cjs', entryFileNames: compiledFile(name), minify: true })
  }
  rmSync(work, { recursive: true })
}

/** Not those of what is answered: nobody here is to be held to them. */
function kindsWithSchema() {
  const names = readdirSync('schemas').map((file) => file.replace('.schema.json', ''))
  return names.filter((name) => !/-(output|event)$/.test(name) && name !== 'wfpctl')
}

async function bundled(input, { plugins, ...output }) {
  const bundle = await rolldown({
    input,
    plugins,
    platform: 'node',
    external: ['koffi', 'libsql', 'yaml'],
    treeshake: { moduleSideEffects: (id) => !id.includes('/src/') }, // nothing of ours does anything by being imported
    checks: { ineffectiveDynamicImport: false }, // a file of commands that load the rest is not split further
    transform: { define: { WFPCTL_BUILD: JSON.stringify(build) } },
  })
  const written = await bundle.write({ ...output, comments: { legal: true, annotation: false, jsdoc: false } })
  await bundle.close()
  return written.output
}

/**
 * To know which of its natives is meant, libsql has a report made of the whole process, twice: that takes three times as long as the rest of
 * a sandbox's start. The program's own file tells as well.
 */
function nativeOfLibsql() {
  return {
    name: 'native-of-libsql',
    transform(code, id) {
      if (!id.endsWith(LIBSQL)) return null
      const changed = code.replace(/^const \{ load, currentTarget \} = [\s\S]*?^}$/m, String(requireNative))
      if (changed === code) throw new Error('libsql finds its native in another way than it did')
      return changed
    },
  }
}

/** In its place, in a file of the program. */
function requireNative() {
  const { closeSync, openSync, readSync } = require('node:fs')
  const { createRequire } = require('node:module')
  const { platform, arch } = process
  const near = createRequire(createRequire(__filename).resolve('libsql'))
  const library = platform === 'linux' && loaderOfNode().includes('/ld-musl-') ? 'musl' : 'gnu'
  const ending = { win32: '-msvc', linux: arch === 'arm' ? `-${library}eabihf` : `-${library}` }[platform] ?? ''
  return near(`@libsql/${platform}-${arch}${ending}`)

  /** Where a program for Linux begins, it says what loads its libraries. */
  function loaderOfNode() {
    const begin = Buffer.alloc(4096)
    try {
      const file = openSync(process.execPath)
      readSync(file, begin)
      closeSync(file)
    } catch {
      // it may be run, and not read
    }
    return begin
  }
}

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
