/** Which directories have to be watched so that no change of a tree goes unnoticed, and what tells that they are still the same ones. */

import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

export interface Watched {
  /** directory → what it was when it was looked at; another directory under the same name has another identity */
  readonly directories: ReadonlyMap<string, string>
  /** directory → names in it that matter; a directory that is not listed here matters with all its names */
  readonly onlyNames: ReadonlyMap<string, ReadonlySet<string>>
}

/** @param roots files and directories, as the user gave them; what does not exist (yet) is waited for in its parent */
export async function directoriesToWatch(roots: readonly string[]): Promise<Watched> {
  const trees = new Map<string, string>()
  const parents = new Map<string, Set<string>>()
  for (const root of roots.map((path) => resolve(path))) {
    for (const place of await waypoints(root)) {
      const names = parents.get(dirname(place)) ?? new Set()
      parents.set(dirname(place), names.add(place))
    }
    await collect(root, trees)
  }
  const directories = new Map(trees)
  const onlyNames = new Map<string, ReadonlySet<string>>()
  for (const [directory, names] of parents) {
    if (trees.has(directory)) continue
    const identity = await identityOf(directory)
    if (identity === undefined) continue
    directories.set(directory, identity)
    onlyNames.set(directory, names)
  }
  return { directories, onlyNames }
}

/** The root, what is above it as far as it does not exist, and every link on the way to it: each can be exchanged at once. */
async function waypoints(root: string): Promise<string[]> {
  const found = [root]
  let missing = (await identityOf(root)) === undefined
  for (let place = dirname(root); place !== dirname(place); place = dirname(place)) {
    if (missing || (await isLink(place))) found.push(place)
    missing = missing && (await identityOf(place)) === undefined
  }
  return found
}

/** Directories at any depth, links to directories followed; and the places that linked files really stand in. */
async function collect(path: string, into: Map<string, string>): Promise<void> {
  const identity = await identityOf(path)
  if (identity === undefined || into.has(path)) return
  if (!(await stat(path)).isDirectory() || [...into.values()].includes(identity)) return
  into.set(path, identity)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const inside = join(path, entry.name)
    if (entry.isDirectory()) await attempt(() => collect(inside, into))
    else if (entry.isSymbolicLink()) await attempt(() => collectLink(inside, into))
  }
}

async function collectLink(path: string, into: Map<string, string>): Promise<void> {
  if ((await stat(path)).isDirectory()) return collect(path, into)
  const directory = dirname(await realpath(path))
  const identity = await identityOf(directory)
  if (identity !== undefined) into.set(directory, identity)
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, birthtimeMs } = await stat(path)
    return `${dev}:${ino}:${birthtimeMs}` // a number of an inode is soon given again
  } catch {
    return undefined
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
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
