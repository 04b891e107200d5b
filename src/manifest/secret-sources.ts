/**
 * Where a manifest says that a secret is kept, and how its bytes are got from there. To add a source: one row here, its fields in the schema.
 */

import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { JsonObject } from '../base/index.ts'
import { readRegularFile, UnusableFile } from './regular-file.ts'
import { identitiesIn, openDataKey } from './sops/age.ts'
import { Closed, valueIn } from './sops/store.ts'
import { readerOf, Trust } from './trust.ts'

/** What the text of a field must be. */
export type ReferenceForm = 'variable' | 'path' | 'place' | 'target'

export interface SecretSource {
  /** the field that chooses the source, then those that go with it */
  readonly fields: { readonly [field: string]: ReferenceForm }
  /** those that may go with it */
  readonly optional?: { readonly [field: string]: ReferenceForm }
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
  dpapi: {
    fields: { dpapi: 'path' },
    example: '{ dpapi: FILE }',
    help: 'DPAPI opens it for the account, or on the machine, that protected it: run this command as that account',
    read: ({ dpapi }, folder) => ofWindows('dpapi', (windows) => readProtectedFile(String(dpapi), folder, windows)),
  },
  credential: {
    fields: { credential: 'target' },
    example: '{ credential: TARGET }',
    help: 'store it as the account that runs this command: cmdkey /generic:TARGET /user:ipsec /pass',
    read: ({ credential }) => ofWindows('credential', ({ credential: read }) => asText(read(String(credential)))),
  },
  sops: {
    fields: { sops: 'path', key: 'place' },
    optional: { ageKeyFile: 'path' },
    example: '{ sops: FILE, key: a.b }',
    help: 'sops opens it with an age key: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, `ageKeyFile` beside it, or the keys.txt of sops',
    read: ({ sops, key, ageKeyFile }, folder) =>
      readSopsFile({ name: String(sops), key: String(key), ageKeyFile: ageKeyFile as string | undefined }, folder),
  },
}

/** Every member of a reference that says where the bytes are, or how they are written there. */
export function referenceFields(): readonly string[] {
  const fields = Object.values(SECRET_SOURCES).flatMap(({ fields, optional }) =>
    Object.keys({ ...fields, ...optional }),
  )
  return [...fields, 'encoding']
}

/** @returns whether it names a source that is known: a record of another version may name one that is not */
export function isReference(reference: JsonObject): boolean {
  return Object.keys(SECRET_SOURCES).some((name) => typeof reference[name] === 'string')
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

/** What Windows keeps; who starts the program there brings what reads it. Each throws what the system says. */
export interface WindowsSecrets {
  /** of DPAPI, without asking anybody */
  unprotect(bytes: Buffer): Buffer
  /** the secret of a generic credential of this account */
  credential(target: string): Buffer
}

let windowsSecrets: WindowsSecrets | undefined

export function useWindowsSecrets(secrets: WindowsSecrets | undefined): void {
  windowsSecrets = secrets
}

function ofWindows(source: string, read: (windows: WindowsSecrets) => Buffer | string): Buffer | string {
  if (!windowsSecrets) return `\`${source}\` is kept by Windows, and this system has none`
  try {
    return read(windowsSecrets)
  } catch (error) {
    return (error as Error).message
  }
}

/** A blob, or its hexadecimal digits as ConvertFrom-SecureString writes them. */
function readProtectedFile(name: string, folder: string, { unprotect }: WindowsSecrets): Buffer | string {
  const bytes = readSecretFile(name, folder)
  if (typeof bytes === 'string') return bytes
  const text = bytes.toString('latin1').trim()
  return asText(unprotect(/^(?:[0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, 'hex') : bytes))
}

/** Windows keeps text in UTF-16; of a key that somebody stored as other bytes, none is zero. */
function asText(bytes: Buffer): Buffer {
  if (bytes.length % 2 !== 0 || !bytes.includes(0)) return bytes
  const text = Buffer.from(bytes.toString('utf16le'), 'utf8')
  bytes.fill(0)
  return text
}

interface SopsReference {
  readonly name: string
  readonly key: string
  readonly ageKeyFile: string | undefined
}

/** A file of sops may be read by anybody: it says nothing to those without the age key. */
const MAX_SOPS_BYTES = 1_000_000

function readSopsFile({ name, key, ageKeyFile }: SopsReference, folder: string): Buffer | string {
  const identities = ageIdentities(ageKeyFile, folder)
  if (typeof identities === 'string') return identities
  try {
    const path = resolve(folder, name)
    const text = readRegularFile(path, MAX_SOPS_BYTES, () => refuseWriters(path)).toString('utf8')
    return valueIn(text, key, (stanzas) => dataKeyOf(stanzas, identities))
  } catch (error) {
    if (error instanceof UnusableFile || error instanceof Closed) return `${name} ${error.message}`
    return `cannot read the file ${name}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`
  }
}

/** Many tunnels have their keys in one file: its data key is opened once while they are read, and wiped when anything else goes on. */
const dataKeys = new Map<string, Buffer | undefined>()

function dataKeyOf(stanzas: readonly string[], identities: readonly string[]): Buffer | undefined {
  const asked = createHash('sha256')
    .update(JSON.stringify([stanzas, identities]))
    .digest('hex')
  if (!dataKeys.has(asked)) {
    if (dataKeys.size === 0) setImmediate(forgetDataKeys)
    dataKeys.set(asked, openDataKey(stanzas, identities))
  }
  return dataKeys.get(asked)
}

function forgetDataKeys(): void {
  for (const key of dataKeys.values()) key?.fill(0)
  dataKeys.clear()
}

/** Where sops looks for keys, and in this order; the file beside the reference goes before all. */
function ageIdentities(named: string | undefined, folder: string): readonly string[] | string {
  const { SOPS_AGE_KEY: key, SOPS_AGE_KEY_FILE: file } = process.env
  if (named === undefined && key !== undefined && key !== '') return identitiesIn(key)
  const text = readSecretFile(named ?? file ?? defaultKeyFile(), named === undefined ? process.cwd() : folder)
  if (typeof text === 'string') return `no age key: ${text}`
  const identities = identitiesIn(text.toString('utf8'))
  text.fill(0)
  return identities
}

function defaultKeyFile(): string {
  const { XDG_CONFIG_HOME: config, APPDATA: roaming } = process.env
  const home =
    process.platform === 'win32'
      ? (roaming ?? homedir())
      : config || join(homedir(), process.platform === 'darwin' ? 'Library/Application Support' : '.config')
  return join(home, 'sops', 'age', 'keys.txt')
}

function refuseReaders(name: string, path: string, found: Stats): void {
  const reader = readerOf(path, found)
  if (reader)
    throw new UnusableFile(
      `can be read by ${reader.who}; a secret file must be owner-only: ${reader.help.replace(path, name)}`,
    )
  refuseWriters(path)
}

function refuseWriters(path: string): void {
  const writer = new Trust().flawOf(path)
  if (writer) throw new UnusableFile(`can be exchanged: ${writer.path} can be changed by ${writer.who}: ${writer.help}`)
}

function withoutFinalNewline(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1)
}
