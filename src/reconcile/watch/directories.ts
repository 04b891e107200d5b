/** Which directories have to be watched so that no change of a tree goes unnoticed, and what tells that they are still the same ones. */

import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { YieldToLoop } from '../../base/index.ts'

export interface Watched {
  /** directory → what it was when it was looked at; another directory under the same name has another identity */
  readonly directories: ReadonlyMap<string, string>
  /** directory → names in it that matter; a directory that is not listed here matters with all its names */
  readonly onlyNames: ReadonlyMap<string, ReadonlySet<string>>
}

/** @param roots files and directories, as the user gave them; what does not exist (yet) is waited for in its parent */
export async function directoriesToWatch(roots: readonly string[]): Promise<Watched> {
  const trees = new Trees()
  const parents = new Map<string, Set<string>>()
  for (const root of roots.map((path) => resolve(path))) {
    for (const place of waypoints(root)) {
      const names = parents.get(dirname(place)) ?? new Set()
      parents.set(dirname(place), names.add(place))
    }
    await attempt(() => trees.collect(root)) // the reading has a finding for it
  }
  const directories = new Map(trees.directories)
  const onlyNames = new Map<string, ReadonlySet<string>>()
  for (const [directory, names] of parents) {
    if (directories.has(directory)) continue
    const identity = identityOf(directory)
    if (identity === undefined) continue
    directories.set(directory, identity)
    onlyNames.set(directory, names)
  }
  return { directories, onlyNames }
}

/** The root, what is above it as far as it does not exist, and every link on the way to it: each can be exchanged at once. */
function waypoints(root: string): string[] {
  const found = [root]
  let missing = identityOf(root) === undefined
  for (let place = dirname(root); place !== dirname(place); place = dirname(place)) {
    if (missing || isLink(place)) found.push(place)
    missing = missing && identityOf(place) === undefined
  }
  return found
}

/** Directories at any depth, links to directories followed; and the places that linked files really stand in. */
class Trees {
  readonly directories = new Map<string, string>()
  readonly #seen = new Set<string>()
  readonly #turns = new YieldToLoop()

  async collect(path: string): Promise<void> {
    await this.#turns.give()
    const identity = identityOf(path)
    if (identity === undefined || this.directories.has(path)) return
    if (!statSync(path).isDirectory() || this.#seen.has(identity)) return
    this.#add(path, identity)
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const inside = join(path, entry.name)
      if (entry.isDirectory()) await attempt(() => this.collect(inside))
      else if (entry.isSymbolicLink()) await attempt(() => this.#collectLink(inside))
    }
  }

  async #collectLink(path: string): Promise<void> {
    await this.#turns.give()
    if (statSync(path).isDirectory()) return this.collect(path)
    const directory = dirname(realpathSync.native(path))
    const identity = identityOf(directory)
    if (identity !== undefined) this.#add(directory, identity)
  }

  #add(directory: string, identity: string): void {
    this.directories.set(directory, identity)
    this.#seen.add(identity)
  }
}

function identityOf(path: string): string | undefined {
  try {
    // exact: of the 64 bits of a file's number on Windows, a double loses those that tell neighbours apart
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true })
    return `${dev}:${ino}:${birthtimeNs}` // a number of an inode is soon given again
  } catch {
    return undefined
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/** What disappears while we look is gone: its parent is watched. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
  }
}
