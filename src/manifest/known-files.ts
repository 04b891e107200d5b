/**
 * Files that were read before, for who reads the same tree again and again. A file counts as what it was while its dates, its length and
 * its place on the disk do, and only if its dates were old when it was read: who writes twice within one tick of a clock leaves the same
 * dates, and the first text may be what was read. Git tells files apart in this way, too ("racy git"). The dates are asked of the open file:
 * of a path, NFS and SMB may answer with what they knew some seconds ago.
 */

import type { Stats } from 'node:fs'
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
}

export class KnownFiles {
  #last: ReadonlyMap<string, Known> = new Map()
  #now = new Map<string, Known>()

  /** A new reading of all of them begins: what the last one did not meet is forgotten. */
  begin(): void {
    this.#last = this.#now
    this.#now = new Map()
  }

  /** Nothing counts any more: the next reading reads everything. */
  forget(): void {
    this.#now = new Map()
  }

  /** @param found of the file, now that it is open */
  at(path: string, found: Stats): SourceFile | undefined {
    const known = this.#last.get(path)
    if (!known || known.stamp !== stampOf(found)) return undefined
    this.#now.set(path, known)
    return known.file
  }

  keep(path: string, { file, found, began }: Reading): void {
    const { mtimeMs, ctimeMs } = found
    if (began - Math.max(mtimeMs, ctimeMs) >= OLD_MILLISECONDS) this.#now.set(path, { file, stamp: stampOf(found) })
  }
}

function stampOf({ dev, ino, mode, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, mode, size, mtimeMs, ctimeMs].join(' ')
}
