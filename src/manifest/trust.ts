/**
 * Who else could have written a file, or could read it. Whoever may write manifests decides what an elevated process does, so with the
 * rights of an administrator wfpctl believes only what the system's own accounts and the user's own can write.
 */

import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** How this system tells who may do what with a file. */
export interface FileAccess {
  /** whether this process has the rights of an administrator */
  isElevated(): boolean
  /** who beside the trusted accounts may change what is read there, in words; undefined: nobody */
  writerOf(path: string, role: Role): string | undefined
  /** who beside them may read a file */
  readerOf(path: string, found: Stats): Untrusted | undefined
  /** what to type so that nobody else may write it */
  help(path: string): string
  /** Closes to others what was just made: a mode that is given when it is made does that where there are modes. */
  keepFromOthers(path: string): void
}

/** What an entry is to the file that is read: itself, the folder it lies in, or a folder further up, where only exchanging counts. */
export type Role = 'file' | 'folder' | 'above'

/** An entry that somebody else has rights to. */
export interface Untrusted {
  readonly path: string
  readonly who: string
  /** what to type so that they have not */
  readonly help: string
}

/** The system itself, who runs this, and who called `sudo` for it. */
function trustedUsers(): ReadonlySet<number> {
  const own = process.geteuid?.() ?? 0
  const caller = own === 0 ? Number(process.env.SUDO_UID ?? 0) : own
  return new Set([0, own, caller])
}

const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
const GROUP_AND_OTHERS = 0o077
const STICKY = 0o1000
const ADMINISTRATORS = 0

/** By owner and mode. In a directory with the sticky bit others can make entries and cannot exchange ours. */
const byMode: FileAccess = {
  isElevated: () => process.geteuid?.() === 0,
  writerOf: (path) => {
    const { uid, gid, mode, ...found } = statsOf(path)
    if (!trustedUsers().has(uid)) return `uid ${uid}, who owns it`
    if (found.isLink || (found.isDirectory && (mode & STICKY) !== 0)) return undefined
    if ((mode & OTHERS_WRITE) !== 0) return `everybody (mode ${bits(mode)})`
    return (mode & GROUP_WRITES) !== 0 && gid !== ADMINISTRATORS ? `group ${gid} (mode ${bits(mode)})` : undefined
  },
  readerOf: (path, { uid, mode }) => {
    if ((mode & GROUP_AND_OTHERS) !== 0) return { path, who: `others (mode ${bits(mode)})`, help: `chmod 600 ${path}` }
    if (trustedUsers().has(uid)) return undefined
    return { path, who: `uid ${uid}, who owns it`, help: `chown $(id -u) ${path}` }
  },
  help: (path) => `chown root ${path}; chmod go-w ${path}`,
  keepFromOthers: () => {},
}

let access = byMode

/** On Windows descriptors tell; who starts the program brings what reads them. */
export function useFileAccess(other: FileAccess): void {
  access = other
}

function isElevated(): boolean {
  return access.isElevated()
}

/** Answers for one reading: directories that many files share are asked about once. */
export class Trust {
  readonly #known = new Map<string, Untrusted | undefined>()

  /** The file, or the link to it, and every directory above. @returns undefined where nobody else can change it, or we are nobody to be misled */
  flawOf(path: string, known?: string): Untrusted | undefined {
    if (!isElevated()) return undefined
    const written = resolve(path)
    const real = known ?? realpathSync.native(written)
    return this.#upwards(written, 'file') ?? (real === written ? undefined : this.#upwards(real, 'file'))
  }

  #upwards(path: string, role: Role): Untrusted | undefined {
    const asked = `${role} ${path}`
    if (this.#known.has(asked)) return this.#known.get(asked)
    const who = access.writerOf(path, role)
    const above = dirname(path)
    const found =
      who !== undefined
        ? { path, who, help: access.help(path) }
        : above === path
          ? undefined
          : this.#upwards(above, role === 'file' ? 'folder' : 'above')
    this.#known.set(asked, found)
    return found
  }
}

/** To be called for files and folders of ours when they are made. */
export function keepFromOthers(path: string): void {
  access.keepFromOthers(path)
}

/** Who else can read a file. @returns undefined: nobody */
export function readerOf(path: string, found: Stats): Untrusted | undefined {
  return access.readerOf(path, found)
}

function statsOf(path: string) {
  const found: Stats = lstatSync(path)
  const { uid, gid, mode } = found
  return { uid, gid, mode, isLink: found.isSymbolicLink(), isDirectory: found.isDirectory() }
}

function bits(mode: number): string {
  return (mode & 0o7777).toString(8)
}
