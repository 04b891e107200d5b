/** The manifests of a commit: what a walk over its work tree would find, without one. Links lead where they would lead on a disk. */

import { posix } from 'node:path'
import { compareText, type Diagnostic } from '../../base/index.ts'
import {
  fileFinding,
  HIDDEN,
  IGNORE_NAME,
  Ignored,
  MANIFEST_NAME,
  MAX_IGNORE_BYTES,
  OUTSIDE,
  type Surroundings,
} from '../../manifest/index.ts'

/** One line of `git ls-tree -r -l -z`. */
export interface Entry {
  readonly path: string
  readonly mode: string
  readonly id: string
  /** 0 for what is not a blob */
  readonly size: number
}

export const LINK = '120000'
const FILE = /^100/
/** More links on one way are a loop. */
const MAX_LINKS = 40
/** No path is longer. */
const MAX_LINK_BYTES = 4_096

export function entriesOf(listing: Buffer): Entry[] {
  const lines = listing.toString('utf8').split('\0')
  return lines.flatMap((line) => {
    const tab = line.indexOf('\t') // a path may hold more of them
    if (tab < 0) return []
    const [mode = '', , id = '', size = ''] = line.slice(0, tab).split(/ +/)
    return [{ path: line.slice(tab + 1), mode, id, size: Number.parseInt(size, 10) || 0 }]
  })
}

export interface Found {
  /** the path that users see, and what stands there or where it leads */
  readonly files: readonly { readonly path: string; readonly entry: Entry }[]
  readonly diagnostics: readonly Diagnostic[]
  /** @returns the table at a path, or why it is not read */
  tableAt(path: string): Entry | string
}

/** Links, and files of rules: what they hold has to be known before anything is found. */
export function guides({ mode, path, size }: Entry): boolean {
  if (mode === LINK) return size <= MAX_LINK_BYTES
  return posix.basename(path) === IGNORE_NAME && FILE.test(mode) && size <= MAX_IGNORE_BYTES
}

/** @param textOf what an entry that guides holds */
export function manifestsIn(entries: readonly Entry[], folder: string, textOf: (entry: Entry) => string): Found {
  const tree = new Tree(entries, textOf)
  const walk = new Walk(tree, textOf)
  walk.enter(folder)
  return {
    files: walk.files.sort((a, b) => compareText(a.path, b.path)),
    diagnostics: walk.diagnostics,
    tableAt: (path) => {
      const root = folder === '' ? '' : `${folder}/`
      if (!path.startsWith(root) || HIDDEN.test(path.slice(root.length))) return OUTSIDE
      const node = tree.at(path)
      if (typeof node === 'string') return node
      return 'mode' in node && FILE.test(node.mode) ? node : 'is no file'
    },
  }
}

/** What stands at a path: an entry, or a directory with the names in it. */
type Node = Entry | { readonly path: string; readonly names: Set<string> }

class Tree {
  readonly #nodes = new Map<string, Node>()
  readonly #targetOf: (link: Entry) => string

  constructor(entries: readonly Entry[], targetOf: (link: Entry) => string) {
    this.#targetOf = targetOf
    this.#nodes.set('', { path: '', names: new Set() })
    for (const entry of entries) {
      this.#nodes.set(entry.path, entry)
      this.#note(entry.path)
    }
  }

  /** Names the path in each directory above it. */
  #note(path: string): void {
    const above = parentOf(path)
    const standing = this.#nodes.get(above)
    const directory = standing && 'names' in standing ? standing : { path: above, names: new Set<string>() }
    directory.names.add(posix.basename(path))
    if (standing === directory) return
    this.#nodes.set(above, directory)
    this.#note(above)
  }

  /** What a path leads to. @returns why it leads nowhere */
  at(path: string): Node | string {
    let links = 0
    let place = ''
    const steps = stepsOf(path)
    while (steps.length > 0) {
      const step = steps.shift() as string
      if (step === '..') {
        if (place === '') return 'leads out of the repository'
        place = parentOf(place)
        continue
      }
      const next = place === '' ? step : `${place}/${step}`
      const node = this.#nodes.get(next)
      if (!node) return 'does not exist'
      if ('names' in node || node.mode !== LINK) {
        place = next
        if (!('names' in node) && steps.length > 0) return 'does not exist'
        continue
      }
      links += 1
      if (links > MAX_LINKS) return 'leads back to itself'
      const target = this.#targetOf(node)
      if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) return 'leads out of the repository'
      steps.unshift(...stepsOf(target))
    }
    return this.#nodes.get(place) ?? 'does not exist'
  }
}

function parentOf(path: string): string {
  const above = posix.dirname(path)
  return above === '.' ? '' : above
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.')
}

/** As over directories on a disk: what is hidden is left out, what is called like a manifest must be a file. */
class Walk {
  readonly files: { path: string; entry: Entry }[] = []
  readonly diagnostics: Diagnostic[] = []
  readonly #tree: Tree
  readonly #textOf: (entry: Entry) => string
  readonly #seen = new Set<string>()

  constructor(tree: Tree, textOf: (entry: Entry) => string) {
    this.#tree = tree
    this.#textOf = textOf
  }

  enter(folder: string): void {
    const node = this.#tree.at(folder)
    if (typeof node === 'string') this.#tell('E101', folder, node)
    else if ('names' in node) this.#directory(node, folder, { above: new Set(), ignored: Ignored.nothing })
    else if (FILE.test(node.mode)) this.#file(node, folder)
    else this.#tell('E102', folder, 'is neither a file nor a directory')
  }

  #directory({ path: real, names }: Exclude<Node, Entry>, shown: string, { above, ignored }: Surroundings): void {
    if (above.has(real)) {
      this.#tell('E103', shown, 'leads back to a directory above it')
      return
    }
    const rules = this.#rulesIn(real, names)
    const inside = {
      above: new Set([...above, real]),
      ignored: rules === undefined ? ignored : ignored.with(shown, rules),
    }
    for (const name of [...names].sort(compareText)) {
      if (name.startsWith('.') || name === 'node_modules') continue
      this.#entry(name, shown === '' ? name : `${shown}/${name}`, real === '' ? name : `${real}/${name}`, inside)
    }
  }

  #entry(name: string, shown: string, path: string, inside: Surroundings): void {
    const node = this.#tree.at(path)
    if (inside.ignored.has(shown, typeof node !== 'string' && 'names' in node)) return
    const isNamed = MANIFEST_NAME.test(name)
    const isFile = typeof node !== 'string' && 'mode' in node && FILE.test(node.mode)
    if (typeof node === 'string') this.#tell('E101', shown, node)
    else if (isNamed && !isFile) this.#tell('E102', shown, 'is called like a manifest and is no file')
    else if ('names' in node) this.#directory(node, shown, inside)
    else if (isNamed) this.#file(node, shown)
  }

  #rulesIn(directory: string, names: ReadonlySet<string>): string | undefined {
    if (!names.has(IGNORE_NAME)) return undefined
    const path = directory === '' ? IGNORE_NAME : `${directory}/${IGNORE_NAME}`
    const node = this.#tree.at(path)
    if (typeof node !== 'string' && 'mode' in node && guides(node)) return this.#textOf(node)
    this.#tell('E102', path, 'is no file, or too large')
    return undefined
  }

  #file(entry: Entry, shown: string): void {
    if (this.#seen.has(entry.path)) return
    this.#seen.add(entry.path)
    this.files.push({ path: shown, entry })
  }

  #tell(code: 'E101' | 'E102' | 'E103', path: string, what: string): void {
    this.diagnostics.push(fileFinding(code, path || '.', what))
  }
}
