/** The manifests that a commit holds, as its objects have them: nothing of a work tree is involved, and nothing of it is run. */

import type { Diagnostic, SourceFile } from '../../base/index.ts'
import {
  fileFinding,
  knowTemplates,
  MAX_FILE_BYTES,
  manifestFileOf,
  type NamedTable,
  tableFrom,
  tooLarge,
  withTables,
} from '../../manifest/index.ts'
import { GitFailure, type GitOptions, git } from './git.ts'
import { type Entry, entriesOf, type Found, guides, LINK, manifestsIn } from './tree.ts'

export interface Commit {
  readonly id: string
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
}

const MAX_MANIFESTS = 100_000
/** Of all manifests of a commit: 100 000 tunnels take about 70 MB. */
const MAX_TREE_BYTES = 256_000_000
/** `<id> blob <size>` and two line ends. */
const HEADER_BYTES = 100

/** The repository that is looked into. */
type Where = Pick<GitOptions, 'directory' | 'signal' | 'offline'>

/** @param folder inside the repository; empty for all of it */
export async function readCommit(id: string, folder: string, where: Where): Promise<Commit> {
  const { files: found, diagnostics, tableAt } = await manifests(id, folder, where)
  const isLarge = ({ size }: Entry) => size > MAX_FILE_BYTES
  const small = found.filter(({ entry }) => !isLarge(entry))
  const blobs = await contents(
    small.map(({ entry }) => entry),
    where,
  )
  const read = small.flatMap(({ path }, i) => manifestFileOf(blobs[i] as Buffer, path) ?? [])
  const findings = [
    ...diagnostics,
    ...found.filter(({ entry }) => isLarge(entry)).map(({ path, entry }) => tooLarge(path, entry.size)),
    ...read.filter((file) => 'message' in file),
  ]
  const files = read.filter((file) => 'text' in file)
  const tables = await readTables(await knowTemplates(files), tableAt, where)
  return { id, files: withTables(files, tables), diagnostics: findings }
}

/** The files of rows that manifests name. */
async function readTables(
  named: readonly NamedTable[],
  tableAt: Found['tableAt'],
  context: Where,
): Promise<SourceFile[]> {
  const found = named.map(({ path }) => ({ path, entry: admitted(tableAt(path)) }))
  const entries = found.flatMap(({ entry }) => (typeof entry === 'string' ? [] : [entry]))
  const blobs = await contents(entries, context)
  return found.map(({ path, entry }) =>
    tableFrom(
      path,
      typeof entry === 'string'
        ? fileFinding('E102', path, entry)
        : manifestFileOf(blobs[entries.indexOf(entry)] as Buffer, path),
    ),
  )
}

function admitted(entry: Entry | string): Entry | string {
  return typeof entry !== 'string' && entry.size > MAX_FILE_BYTES ? `is too large: ${entry.size} bytes` : entry
}

/** Where there are links, all of the commit is listed: they may lead anywhere in it. */
async function manifests(id: string, folder: string, context: Where): Promise<Found> {
  const below = await list(id, folder, context)
  const isLinked = below.some(({ mode, path }) => mode === LINK || path === folder) || below.length === 0
  const entries = isLinked && folder !== '' ? await list(id, '', context) : below
  const guiding = entries.filter(guides)
  const blobs = await contents(guiding, context)
  const textOf = new Map(guiding.map((entry, i) => [entry.path, (blobs[i] as Buffer).toString('utf8')]))
  const found = manifestsIn(entries, folder, ({ path }) => textOf.get(path) ?? '')
  if (found.files.length > MAX_MANIFESTS)
    throw new GitFailure(`commit ${short(id)} has ${found.files.length} manifests; at most ${MAX_MANIFESTS} are read`)
  return found
}

async function list(id: string, folder: string, context: Where): Promise<Entry[]> {
  const pathspec = folder === '' ? [] : ['--', folder]
  return entriesOf(await git(['ls-tree', '-r', '-l', '-z', '--full-tree', id, ...pathspec], context))
}

/** Contents of blobs, in their order; never more of them than was listed. */
async function contents(entries: readonly Entry[], context: Where): Promise<Buffer[]> {
  if (entries.length === 0) return []
  const bytes = entries.reduce((sum, { size }) => sum + size + HEADER_BYTES, 0)
  if (bytes > MAX_TREE_BYTES)
    throw new GitFailure(`the manifests have ${bytes} bytes; at most ${MAX_TREE_BYTES} are read`)
  const input = `${entries.map(({ id }) => id).join('\n')}\n`
  const output = await git(['cat-file', '--batch'], { ...context, input, maxBytes: bytes })
  const blobs: Buffer[] = []
  let at = 0
  for (const { id } of entries) {
    const lineEnd = output.indexOf(0x0a, at)
    const [name, type, size] = output.toString('latin1', at, lineEnd).split(' ')
    if (name !== id || type !== 'blob') throw new GitFailure(`object ${id} is not in the clone`)
    blobs.push(output.subarray(lineEnd + 1, lineEnd + 1 + Number(size)))
    at = lineEnd + 1 + Number(size) + 1
  }
  return blobs
}

export function short(id: string): string {
  return id.slice(0, 12)
}
