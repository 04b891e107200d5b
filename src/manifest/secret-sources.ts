/**
 * Where a manifest says that a secret is kept, and how its bytes are got from there. To add a source: one row here, its fields in the schema.
 */

import type { Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { JsonObject } from '../base/index.ts'
import { readRegularFile, UnusableFile } from './regular-file.ts'
import { readerOf, Trust } from './trust.ts'

/** What the text of a field must be. */
export type ReferenceForm = 'variable' | 'path'

export interface SecretSource {
  /** the field that chooses the source, then those that go with it */
  readonly fields: { readonly [field: string]: ReferenceForm }
  /** how it is written, for people */
  readonly example: string
  /** what to do where it cannot be read */
  readonly help: string
  /**
   * @param folder of the manifest: relative paths begin there
   * @returns the bytes as they are kept, or why there are none
   */
  read(reference: JsonObject, folder: string): Buffer | string
}

export const SECRET_SOURCES: { readonly [source: string]: SecretSource } = {
  env: {
    fields: { env: 'variable' },
    example: '{ env: NAME }',
    help: 'set the variable for this command, from wherever the key is kept',
    read: ({ env }) => readVariable(String(env)),
  },
  file: {
    fields: { file: 'path' },
    example: '{ file: PATH }',
    help:
      process.platform === 'win32'
        ? 'a path is relative to the manifest; of users only the one who runs this command may read the file'
        : 'a path is relative to the manifest; the file belongs to the user who runs this command, mode 600',
    read: ({ file }, folder) => readSecretFile(String(file), folder),
  },
}

/** Every member of a reference that says where the bytes are, or how they are written there. */
export function referenceFields(): readonly string[] {
  return [...Object.values(SECRET_SOURCES).flatMap(({ fields }) => Object.keys(fields)), 'encoding']
}

/** The source that a reference in normal form names. */
export function sourceOf(reference: JsonObject): SecretSource & { readonly name: string } {
  const found = Object.entries(SECRET_SOURCES).find(([name]) => name in reference)
  if (!found) throw new Error('a reference without a source')
  return { name: found[0], ...found[1] }
}

/** The folder from which relative paths of a manifest are taken. */
export function folderOf({ file }: { readonly file: { readonly path: string } }): string {
  return dirname(file.path)
}

function readVariable(name: string): Buffer | string {
  const value = process.env[name]
  return value === undefined
    ? `the environment variable ${name} is not set`
    : withoutFinalNewline(Buffer.from(value, 'utf8'))
}

/** A key of 64 KB is none. */
const MAX_SECRET_BYTES = 65_536

/** Owner-only, as ssh wants its keys. */
function readSecretFile(name: string, folder: string): Buffer | string {
  const path = resolve(folder, name)
  try {
    return withoutFinalNewline(readRegularFile(path, MAX_SECRET_BYTES, (found) => refuseReaders(name, path, found)))
  } catch (error) {
    if (error instanceof UnusableFile) return `${name} ${error.message}`
    return `cannot read the secret file ${name}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`
  }
}

function refuseReaders(name: string, path: string, found: Stats): void {
  const reader = readerOf(path, found)
  if (reader)
    throw new UnusableFile(
      `can be read by ${reader.who}; a secret file must be owner-only: ${reader.help.replace(path, name)}`,
    )
  const writer = new Trust().flawOf(path)
  if (writer) throw new UnusableFile(`can be exchanged: ${writer.path} can be changed by ${writer.who}: ${writer.help}`)
}

function withoutFinalNewline(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1)
}
