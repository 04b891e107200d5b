/**
 * Where a manifest says that a secret is kept, and how its bytes are got from there. To add a source: one row here, its fields in the schema.
 */

import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { JsonObject } from '../base/json.ts'

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
    help: 'a path is relative to the manifest; the file belongs to the user who runs this command, mode 600',
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
  return value === undefined ? `the environment variable ${name} is not set` : Buffer.from(value, 'utf8')
}

/** Owner-only, as ssh wants its keys: on systems with permission bits, nobody but the owner may read the file. */
function readSecretFile(name: string, folder: string): Buffer | string {
  const path = resolve(folder, name)
  try {
    const mode = statSync(path).mode & 0o777
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return `${name} can be read by others (mode ${mode.toString(8)}); a secret file must be owner-only: chmod 600 ${name}`
    }
    return withoutFinalNewline(readFileSync(path))
  } catch (error) {
    return `cannot read the secret file ${name}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`
  }
}

function withoutFinalNewline(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1)
}
