/** Secret references → bytes, at the last moment; and the keyed digest that stands for them everywhere else. */

import { createHmac } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { type Checked, type Diagnostic, diagnostic } from '../base/diagnostic.ts'
import type { Json, JsonObject, Pointer } from '../base/json.ts'
import { joinPointer, valueAt, withValueAt } from '../base/pointer.ts'
import { type Address, addressOf, type Resource, type ResourceKind } from '../manifest/model.ts'
import { SECRET } from './plan/diff.ts'

/** Keyed digests of a resource's secrets by pointer; a pointer is missing where the set's digest key cannot be read. */
export type SecretDigests = ReadonlyMap<Pointer, string>

const REFERENCE_FIELDS = ['env', 'file', 'encoding'] as const

/** The members of a secret's place in a spec that say where its bytes are; the rest (flags) is ordinary content. */
export function referenceOf(spec: JsonObject, path: Pointer): JsonObject {
  const place = (valueAt(spec, path) ?? {}) as JsonObject
  return Object.fromEntries(
    REFERENCE_FIELDS.flatMap((field) => (field in place ? [[field, place[field] as Json]] : [])),
  )
}

/** @returns the spec with each reference replaced by its digest (or by nothing, where `digestAt` gives undefined) */
export function sealed(
  spec: JsonObject,
  paths: readonly Pointer[],
  digestAt: (path: Pointer) => string | undefined,
): JsonObject {
  return paths.reduce<JsonObject>((result, path) => {
    const content = Object.entries(valueAt(result, path) as JsonObject).filter(
      ([field]) => !(REFERENCE_FIELDS as readonly string[]).includes(field),
    )
    const digest = digestAt(path)
    const place = Object.fromEntries(digest === undefined ? content : [...content, [SECRET, digest]])
    return withValueAt(result, path, place) as JsonObject
  }, spec)
}

/** The keyed digest that stands for secret bytes: HMAC-SHA-256 (RFC 2104) under the set's own 32 random bytes. */
export function secretDigest(key: Uint8Array, bytes: Uint8Array): string {
  return `hmac-sha256:${createHmac('sha256', key).update(bytes).digest('hex')}`
}

/** Reads every secret of a resource. The caller wipes the buffers as soon as it is done with them. */
export function readSecrets(kind: ResourceKind, resource: Resource): Checked<Map<Pointer, Buffer>> {
  const bytes = new Map<Pointer, Buffer>()
  const diagnostics: Diagnostic[] = []
  for (const path of kind.secretPaths(resource.spec)) {
    const read = readSecret(resource, path)
    if (read.ok) bytes.set(path, read.value)
    diagnostics.push(...read.diagnostics)
  }
  if (diagnostics.length === 0) return { ok: true, value: bytes, diagnostics }
  wipeSecrets(bytes)
  return { ok: false, diagnostics }
}

/** Keyed digests of every secret that the resources refer to; all missing secrets are reported at once. */
export function digestSecrets(
  kinds: ReadonlyMap<string, ResourceKind>,
  resources: readonly Resource[],
  digestKey: Uint8Array | undefined,
): { readonly digests: Map<Address, SecretDigests>; readonly diagnostics: readonly Diagnostic[] } {
  const digests = new Map<Address, SecretDigests>()
  const diagnostics: Diagnostic[] = []
  for (const resource of resources) {
    const kind = kinds.get(resource.kind)
    if (!kind || kind.secretPaths(resource.spec).length === 0) continue
    const read = readSecrets(kind, resource)
    diagnostics.push(...read.diagnostics)
    if (!read.ok) continue
    if (digestKey)
      digests.set(
        addressOf(resource),
        new Map([...read.value].map(([path, bytes]) => [path, secretDigest(digestKey, bytes)])),
      )
    wipeSecrets(read.value)
  }
  return { digests, diagnostics }
}

export function wipeSecrets(secrets: ReadonlyMap<Pointer, Buffer>): void {
  for (const buffer of secrets.values()) buffer.fill(0)
}

function readSecret(resource: Resource, path: Pointer): Checked<Buffer> {
  const reference = referenceOf(resource.spec, path)
  const raw =
    typeof reference.env === 'string' ? fromEnvironment(reference.env) : fromFile(resource, String(reference.file))
  const at = (field: string) => resource.manifest.at(joinPointer(`/spec${path}`, field))
  if (typeof raw === 'string') {
    const field = 'env' in reference ? 'env' : 'file'
    return failed(
      diagnostic('E310', at(field), raw, {
        notes: ['only commands that compare or apply a secret read it; validate, drift and get do not'],
        help: SUPPLY[field],
      }),
    )
  }
  const decoded = decode(raw, String(reference.encoding ?? 'utf8'))
  raw.fill(0)
  if (typeof decoded === 'string') return failed(diagnostic('E311', at('encoding'), decoded))
  if (decoded.length === 0)
    return failed(diagnostic('E310', at('env' in reference ? 'env' : 'file'), 'the secret is empty'))
  return { ok: true, value: decoded, diagnostics: [] }
}

const SUPPLY = {
  env: 'set the variable for this command, from wherever the key is kept',
  file: 'a path is relative to the manifest; the file belongs to the user who runs this command, mode 600',
} as const

function failed(finding: Diagnostic): Checked<never> {
  return { ok: false, diagnostics: [finding] }
}

function fromEnvironment(name: string): Buffer | string {
  const value = process.env[name]
  return value === undefined ? `the environment variable ${name} is not set` : Buffer.from(value, 'utf8')
}

/** Owner-only, as ssh wants its keys: on systems with permission bits, nobody but the owner may read the file. */
function fromFile(resource: Resource, name: string): Buffer | string {
  const path = isAbsolute(name) ? name : resolve(dirname(resource.manifest.file.path), name)
  try {
    const mode = statSync(path).mode & 0o777
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return `${name} can be read by others (mode ${mode.toString(8)}); a secret file must be owner-only: chmod 600 ${name}`
    }
    const bytes = readFileSync(path)
    return withoutFinalNewline(bytes)
  } catch (error) {
    return `cannot read the secret file ${name}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`
  }
}

function withoutFinalNewline(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== 0x0a) return bytes
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1)
}

const DECODERS: { readonly [encoding: string]: (raw: Buffer) => Buffer | string } = {
  utf8: (raw) => Buffer.from(raw),
  utf16le: (raw) => Buffer.from(raw.toString('utf8'), 'utf16le'),
  hex: (raw) => {
    const text = raw.toString('latin1')
    return /^([0-9a-fA-F]{2})*$/.test(text)
      ? Buffer.from(text, 'hex')
      : 'the secret is not hexadecimal: pairs of 0-9 a-f'
  },
  base64: (raw) => {
    const text = raw.toString('latin1')
    return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0
      ? Buffer.from(text, 'base64')
      : 'the secret is not base64'
  },
}

function decode(raw: Buffer, encoding: string): Buffer | string {
  return DECODERS[encoding]?.(raw) ?? `unknown encoding ${encoding}`
}
