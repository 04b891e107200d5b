/** Directories that no sandbox can be kept in: each way to spoil one, and what is to be read of it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type Libsql from 'libsql'

const NOBODY = 65_534
export const isRoot = process.geteuid?.() === 0
const hasFifo = process.platform !== 'win32'

export interface Spoiling {
  readonly name: string
  /** spoils a directory that a sandbox was kept in; another path, if that is the one to use */
  readonly spoil: (directory: string) => string | undefined
  /** what is said of it */
  readonly says: RegExp
  /** `sandbox reset` helps */
  readonly reset?: boolean
  readonly runIf?: boolean
}

const atOpen = (
  name: string,
  spoil: (directory: string) => unknown,
  more: Omit<Spoiling, 'name' | 'spoil'>,
): Spoiling => ({
  name,
  spoil: (directory) => {
    const other = spoil(directory)
    return typeof other === 'string' ? other : undefined
  },
  ...more,
})

const inFile = (name: string) => (directory: string) => join(directory, name)
const engine = inFile('engine.db')
const sessions = inFile('sessions.db')

export const SPOILINGS: readonly Spoiling[] = [
  atOpen('a file', (d) => replaced(d, () => writeFileSync(d, 'no directory')), {
    says: /it is a file, not a directory/,
  }),
  atOpen('below a file', (d) => join(replaced(d, () => writeFileSync(d, '')) ?? d, 'inner'), {
    says: /a part of the path is a file, not a directory/,
  }),
  atOpen('a link to nothing', (d) => replaced(d, () => symlinkSync('nowhere', d)), { says: /no such directory/ }),
  atOpen('a link to itself', (d) => replaced(d, () => symlinkSync(d, d)), { says: /its links lead in a circle/ }),
  atOpen('under /proc', () => '/proc/nope', { says: /none can be made there/, runIf: process.platform === 'linux' }),
  atOpen('deep under /proc', () => '/proc/nope/a/b', {
    says: /none can be made there/,
    runIf: process.platform === 'linux',
  }),
  atOpen('open to everybody', (d) => chmodSync(d, 0o777), {
    says: /everybody may write to it/,
    runIf: process.platform !== 'win32',
  }),
  atOpen('of another account', (d) => chownSync(d, NOBODY, NOBODY), {
    says: /belongs to another account/,
    runIf: isRoot,
  }),
  atOpen('with a file of another account', (d) => chownSync(engine(d), NOBODY, NOBODY), {
    says: /engine\.db in it belongs to another account/,
    runIf: isRoot,
  }),
  atOpen('read-only', (d) => chmodSync(d, 0o500), { says: /permission denied/, runIf: !isRoot }),
  atOpen('with files that are read-only', (d) => chmodSync(engine(d), 0o400), {
    says: /permission denied/,
    runIf: !isRoot,
  }),
  atOpen('with a directory for a file', (d) => replaced(engine(d), () => mkdirSync(engine(d))), {
    says: /engine\.db in it is not a regular file/,
  }),
  atOpen('with a link for a file', (d) => replaced(sessions(d), () => symlinkSync('/dev/zero', sessions(d))), {
    says: /sessions\.db in it is not a regular file/,
    runIf: process.platform !== 'win32',
  }),
  atOpen('with a pipe for a file', (d) => replaced(engine(d), () => spawnSync('mkfifo', [engine(d)])), {
    says: /engine\.db in it is not a regular file/,
    runIf: hasFifo,
  }),
  atOpen('with a file for the locks', (d) => replaced(join(d, 'live'), () => writeFileSync(join(d, 'live'), '')), {
    says: /a part of the path is a file/,
  }),
  ...[engine, sessions].flatMap((file) => [
    atOpen(`with garbage for ${file('')}`, (d) => writeFileSync(file(d), 'garbage '.repeat(2_000)), {
      says: /its files are damaged/,
      reset: true,
    }),
    atOpen(`with a few bytes of garbage for ${file('')}`, (d) => writeFileSync(file(d), 'garbage'), {
      says: /its files are damaged/,
      reset: true,
    }),
    atOpen(`with another format of ${file('')}`, (d) => inDatabase(file(d), 'pragma user_version = 99'), {
      says: /it was written by another version of wfpctl \(format 99, where this one reads \d+\)/,
      reset: true,
    }),
    atOpen(`without the tables of ${file('')}`, (d) => inDatabase(file(d), dropTables), {
      says: /its files are damaged/,
      reset: true,
    }),
  ]),
  atOpen('whose database was cut off', (d) => truncateSync(engine(d), 5_000), {
    says: /its files are damaged/,
    reset: true,
  }),
  atOpen('whose database was cut off in its first page', (d) => truncateSync(engine(d), 60), {
    says: /its files are damaged/,
    reset: true,
  }),
  atOpen('whose pages were changed', (d) => inDatabase(engine(d), 'update part set body = zeroblob(200)'), {
    says: /its files are damaged \(engine\.db: the checksum of a page\)/,
    reset: true,
  }),
  atOpen('whose pages are gone', (d) => inDatabase(engine(d), 'delete from part'), {
    says: /its files are damaged \(engine\.db: a page without its parts\)/,
    reset: true,
  }),
  atOpen('whose pages are of no kind', (d) => inDatabase(engine(d), "update page set kind = 'nonsense'"), {
    says: /its files are damaged/,
    reset: true,
  }),
  atOpen('whose list of what is gone was changed', (d) => inDatabase(engine(d), "update page set gone = '1 [1]'"), {
    says: /its files are damaged \(engine\.db: the checksum of what is gone of a page\)/,
    reset: true,
  }),
  atOpen('whose groups are no text', (d) => inDatabase(engine(d), "update page set groups = '[[1,'"), {
    says: /its files are damaged/,
    reset: true,
  }),
]

const dropTables = 'drop table if exists engine; drop table if exists page; drop table if exists session'

function replaced(path: string, make: () => unknown): undefined {
  rmSync(path, { recursive: true, force: true })
  make()
}

/** Changes a database file by its own means. */
function inDatabase(path: string, sql: string): undefined {
  const Database = createRequire(import.meta.url)('libsql') as typeof Libsql
  const database = new Database(path)
  database.exec(`${sql}; pragma wal_checkpoint(truncate)`)
  database.close()
}

/** Writes all that was committed to the main files: who closes a database may leave that to whoever opens it next. */
export function settled(directory: string): void {
  for (const name of ['engine.db', 'sessions.db']) {
    inDatabase(join(directory, name), 'select 1')
    for (const suffix of ['-wal', '-shm']) rmSync(join(directory, name + suffix), { force: true })
  }
}

/** A copy of a sandbox, spoilt; the path to use. */
export function spoilt(spoiling: Spoiling, original: string, directory: string): string {
  cpSync(original, directory, { recursive: true })
  return spoiling.spoil(directory) ?? directory
}
