/** The directory of a sandbox: made for its owner alone, and looked at before anything in it is opened. */
import { accessSync, constants, lstatSync, mkdirSync, rmSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OWNER_ONLY as DESCRIPTOR, setFileSecurity } from '../../binding/system/file-security.ts'
import { guarded, UnusableSandbox } from './unusable.ts'

const OWNER_ONLY = 0o700
const OTHERS_WRITE = 0o002
const GROUP_WRITES = 0o020
const DATABASES = ['engine.db', 'sessions.db']
const SIDE_FILES = ['', '-wal', '-shm', '-journal']

/** Locks of processes that use the directory. */
export const LIVE = 'live'
/** Touched after each commit that somebody may want to hear of. */
export const DOORBELL = 'changed'

/** Makes the directory if it is not there. @throws UnusableSandbox */
export function prepareDirectory(directory: string): void {
  guarded({ directory }, () => {
    makeDirectory(resolve(directory))
    checkDirectory(directory)
    for (const name of filesIn(directory)) checkFile(directory, name)
  })
}

/** Makes a directory with those above it. Node's own way never ends where the system says that a directory is not there and makes none. */
export function makeDirectory(path: string): void {
  try {
    makeOwn(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeDirectory(dirname(path))
    makeInside(path)
  }
}

function makeInside(path: string): void {
  try {
    makeOwn(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // somebody else was quicker
  }
}

/** For its owner alone. */
function makeOwn(path: string): void {
  mkdirSync(path, OWNER_ONLY)
  if (process.platform === 'win32') setFileSecurity(path, DESCRIPTOR)
}

/** Removes what a sandbox keeps, of whatever version and in whatever state; nothing else that stands in the directory. */
export function removeSandbox(directory: string): void {
  guarded({ directory }, () => {
    for (const name of filesIn(directory)) rmSync(join(directory, name), { force: true })
    rmSync(join(directory, LIVE), { recursive: true, force: true })
  })
}

function filesIn(directory: string): string[] {
  const databases = DATABASES.flatMap((name) => SIDE_FILES.map((suffix) => name + suffix))
  return [...databases, DOORBELL].filter((name) => lstatOf(join(directory, name)) !== undefined)
}

function checkDirectory(directory: string): void {
  const stats = statSync(directory)
  if (!stats.isDirectory()) throw new UnusableSandbox(directory, 'it is a file, not a directory')
  checkOwner(directory, 'it', stats)
  if (process.platform !== 'win32' && (stats.mode & OTHERS_WRITE) !== 0)
    throw new UnusableSandbox(directory, 'everybody may write to it')
  if (process.geteuid?.() === 0 && (stats.mode & GROUP_WRITES) !== 0 && stats.gid !== 0)
    throw new UnusableSandbox(directory, `group ${stats.gid} may write to it`)
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
}

function checkFile(directory: string, name: string): void {
  const stats = lstatOf(join(directory, name))
  if (stats === undefined) return
  if (!stats.isFile()) throw new UnusableSandbox(directory, `${name} in it is not a regular file`)
  checkOwner(directory, `${name} in it`, stats)
  unlessGone(() => accessSync(join(directory, name), constants.R_OK | constants.W_OK))
}

/** Side files come and go while other processes open and close the databases. */
function unlessGone(step: () => void): void {
  try {
    step()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Who shares a sandbox with another account trusts it with every tunnel; and its files would be that account's. */
function checkOwner(directory: string, what: string, { uid }: Stats): void {
  const own = process.geteuid?.()
  if (own !== undefined && uid !== own)
    throw new UnusableSandbox(directory, `${what} belongs to another account (uid ${uid})`)
}

function lstatOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
