/**
 * Files that were read before, for who reads the same tree again and again. A file counts as what it was while its dates, its length and
 * its place on the disk do, and only if its dates were old when it was read: who writes twice within one tick of a clock leaves the same
 * dates, and the first text may be what was read. Git tells files apart in this way, too ("racy git"). What was told to have changed
 * is read in any case: NFS and SMB may answer for a path with what they knew some seconds ago.
 */

import { type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { SourceFile } from '../base/index.ts'

/** The coarsest dates are those of FAT: two seconds. */
const OLD_MILLISECONDS = 4_000

interface Reading {
  readonly file: SourceFile
  /** of the open file, before it was read */
  readonly found: Stats
  /** milliseconds since 1970 */
  readonly began: number
}

interface Known {
  readonly file: SourceFile
  /** what told that it is this one, and as it was */
  readonly stamp: string
  readonly changedAt: number
}

export class KnownFiles {
  #last: ReadonlyMap<string, Known> = new Map()
  #now = new Map<string, Known>()
  #toldBefore: ReadonlySet<string> = new Set()
  #told = new Set<string>()

  /** A new reading of all of them begins: what the last one did not meet is forgotten. */
  begin(): void {
    this.#last = this.#now
    this.#now = new Map()
    this.#toldBefore = this.#told
    this.#told = new Set()
  }

  /** Nothing counts any more: the next reading reads everything. */
  forget(): void {
    this.#now = new Map()
  }

  /** @param path of what has changed, in any spelling that ends in its name */
  tell(path: string): void {
    this.#told.add(nameOf(path))
  }

  at(path: string): Known | undefined {
    const known = this.#last.get(path)
    if (!known || this.#toldBefore.has(nameOf(path)) || known.stamp !== stampAt(path)) return undefined
    this.#now.set(path, known)
    return known
  }

  keep(path: string, { file, found, began }: Reading): void {
    const { mtimeMs, ctimeMs } = found
    if (began - Math.max(mtimeMs, ctimeMs) < OLD_MILLISECONDS) return
    this.#now.set(path, { file, stamp: stampOf(found), changedAt: mtimeMs })
  }
}

/** Two files of one name are read more often than they need be; one in two spellings is not read too seldom. */
function nameOf(path: string): string {
  return basename(path).normalize('NFC').toLowerCase()
}

/** @returns undefined where that cannot be told: who opens the file says why */
function stampAt(path: string): string | undefined {
  try {
    return stampOf(statSync(path))
  } catch {
    return undefined
  }
}

function stampOf({ dev, ino, mode, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, mode, size, mtimeMs, ctimeMs].join(' ')
}
