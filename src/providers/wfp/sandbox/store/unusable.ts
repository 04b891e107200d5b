/**
 * A directory that no sandbox can be kept in, or not any more: which, and why, in words. To callers of the engine it is a status like
 * any other; `explain` (bind.ts) carries the words to those who can read them.
 */
import { resolve } from 'node:path'
import { EngineError } from '../../binding/tables/status/index.ts'

/** RPC_S_CALL_FAILED_DNE: what was asked for was not done. */
const STATUS = 1727

/** `reset`: emptying the sandbox helps. `other`: something outside has to change. */
export type Cure = 'reset' | 'other'

export class UnusableSandbox extends EngineError {
  readonly directory: string
  readonly cure: Cure

  /** @param reason what is wrong, as the end of a sentence */
  constructor(directory: string, reason: string, cure: Cure = 'other') {
    const path = resolve(directory)
    super('FwpmEngineOpen0', STATUS, {
      meaning: `the sandbox ${path} cannot be used: ${reason}`,
      help: HELP[cure](path),
    })
    this.directory = path
    this.cure = cure
  }
}

const HELP: { readonly [cure in Cure]: (path: string) => string } = {
  reset: (path) => `\`wfpctl sandbox reset --engine sandbox:${path}\` empties it; nothing but the sandbox is lost`,
  other: () => 'put that right, or choose another directory: --engine sandbox:DIR',
}

/** What stands in a file is not what was written there. */
export class DamagedFile extends Error {}

/** Reads JSON that was written here. @throws DamagedFile */
export function jsonFromFile<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new DamagedFile('a text in it cannot be read')
  }
}

/** The directory of a sandbox, and which file in it is worked on. */
export interface SandboxFile {
  readonly directory: string
  readonly file?: string
}

/** Says of an error what it means for the sandbox; an error that means nothing for it stays what it is. */
function asUnusable(error: unknown, place: SandboxFile): unknown {
  const { directory } = place
  if (error instanceof UnusableSandbox) return error
  if (error instanceof DamagedFile) return damaged(place, error.message)
  const { code, message } = error as NodeJS.ErrnoException
  const errno = code === undefined ? undefined : REASON_OF_ERRNO[code]
  if (errno !== undefined) return new UnusableSandbox(directory, errno)
  const sqlite = sqliteCode(error)
  if (sqlite === undefined) return error
  if (isDamage(sqlite)) return damaged(place, message)
  const reason = REASON_OF_EXTENDED_CODE[sqlite] ?? REASON_OF_CODE[primary(sqlite)]
  return reason === undefined
    ? error
    : new UnusableSandbox(directory, `${reason} (${place.file ?? 'SQLite'}: ${sqlite})`)
}

/** Runs what may find the directory unusable. */
export function guarded<T>(place: SandboxFile, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw asUnusable(error, place)
  }
}

/** Tidies up on the way out. What cannot be done is done by whoever comes next, as after a kill. */
export function leaving(step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!(error instanceof UnusableSandbox)) throw error
  }
}

/** The SQLite code of an error, with what extends it in the higher bytes. */
export function sqliteCode(error: unknown): number | undefined {
  const { rawCode, message } = (error ?? {}) as { rawCode?: unknown; message?: unknown }
  if (typeof rawCode === 'number') return rawCode
  // an open that fails has its code in the text alone
  const text = /^ConnectionFailed\(".*: (\d+)"\)$/.exec(String(message))?.[1]
  return text === undefined ? undefined : Number(text)
}

export function primary(code: number): number {
  return code & 0xff
}

function damaged({ directory, file }: SandboxFile, what: string): UnusableSandbox {
  const where = file === undefined ? '' : `${file}: `
  return new UnusableSandbox(directory, `its files are damaged (${where}${what})`, 'reset')
}

const READ_ONLY = 'it is read-only'
const NO_PERMISSION = 'this account may not use it (permission denied)'
const NO_SPACE = 'the disk is full'
const NO_WRITING = 'writing to it failed: the disk is full, or files may not be that large'

const REASON_OF_ERRNO: { readonly [code: string]: string } = {
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: READ_ONLY,
  ENOENT: 'there is no such directory, and none can be made there',
  ENOTDIR: 'a part of the path is a file, not a directory',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  EFBIG: NO_WRITING,
  EIO: 'reading or writing failed (EIO)',
  EMFILE: 'this process has too many files open',
  ENFILE: 'the system has too many files open',
}

/** @see https://www.sqlite.org/rescode.html */
const SQLITE = { ERROR: 1, CORRUPT: 11, NOTADB: 26, IOERR_SHORT_READ: 522 } as const

/** A statement that does not fit the tables (ERROR) is one of ours on tables that are not: the version said that they were. */
function isDamage(code: number): boolean {
  return (
    code === SQLITE.IOERR_SHORT_READ || [SQLITE.ERROR, SQLITE.CORRUPT, SQLITE.NOTADB].includes(primary(code) as never)
  )
}

const REASON_OF_CODE: { readonly [primary: number]: string } = {
  3: NO_PERMISSION,
  5: 'another process keeps its files locked',
  8: READ_ONLY,
  10: 'reading or writing its files failed',
  13: NO_SPACE,
  14: 'its files cannot be opened or made',
  15: 'its files cannot be locked, which some network file systems do not offer',
  23: NO_PERMISSION,
}

const REASON_OF_EXTENDED_CODE: { readonly [code: number]: string } = {
  778: NO_WRITING, // IOERR_WRITE
  1034: NO_WRITING, // IOERR_FSYNC
  1546: NO_WRITING, // IOERR_TRUNCATE
  4874: NO_WRITING, // IOERR_SHMSIZE
  1032: 'its files were moved or deleted', // READONLY_DBMOVED
}
