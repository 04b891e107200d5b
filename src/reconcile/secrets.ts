/** Secret references → bytes, at the last moment; and the keyed digest that stands for them everywhere else. */

import { createHmac } from 'node:crypto'
import {
  type Checked,
  type Diagnostic,
  diagnostic,
  hasErrors,
  type JsonObject,
  joinPointer,
  type Pointer,
  recall,
  remembering,
  type Span,
} from '../base/index.ts'
import {
  type Address,
  addressOf,
  folderOf,
  formOf,
  isEnabled,
  isReference,
  type Resource,
  sourceOf,
} from '../manifest/index.ts'
import type { DigestKeys, SecretDigests } from './plan/index.ts'

/** The bytes of one resource's secrets, by pointer. */
export type SecretBytes = ReadonlyMap<Pointer, Buffer>

export interface DigestsOfSet {
  readonly digests: ReadonlyMap<Address, SecretDigests>
  readonly diagnostics: readonly Diagnostic[]
}

/** With the key that they were made with. */
type MadeDigests = DigestsOfSet & Pick<DigestKeys, 'own'>

/** The secrets of one pass: each is read once, wherever it is referred to, when it is first needed. All are wiped at the end. */
export class Secrets {
  /** of resources without findings, by what they refer to: mostly many to the same; of others by themselves */
  readonly #read = new Map<string | Resource, Checked<SecretBytes>>()
  /** by the folder that a reference is relative to, and the reference */
  readonly #kept = new Map<string, Kept>()
  /** by the key that they are made with */
  readonly #digests = new WeakMap<Uint8Array, Map<Buffer, string>>()
  readonly #sealed = new WeakMap<Uint8Array, Map<SecretBytes, SecretDigests>>()
  #made = new WeakMap<readonly Resource[], MadeDigests>()

  /** Every secret of a resource, or a finding for each that cannot be read. */
  bytesOf(resource: Resource): Checked<SecretBytes> {
    const references = referencesOf(resource)
    const known = this.#read.get(references) ?? this.#read.get(resource)
    if (known) return known
    const read = this.#readAll(resource)
    this.#read.set(read.diagnostics.length === 0 ? references : resource, read)
    return read
  }

  /**
   * Keyed digests of every secret that the resources refer to. What is off needs none.
   *
   * @returns the very same for the same list, as long as the keys are: it is asked for before the lock and under it
   */
  digestsOf(resources: readonly Resource[], keys: DigestKeys): DigestsOfSet {
    const last = this.#made.get(resources)
    if (last && last.own === keys.own && !keys.arriving) return last
    const made = this.#makeDigests(resources, keys)
    if (!keys.arriving) this.#made.set(resources, made)
    return made
  }

  #makeDigests(resources: readonly Resource[], { own, arriving }: DigestKeys): MadeDigests {
    const digests = new Map<Address, SecretDigests>()
    const diagnostics: Diagnostic[] = []
    for (const resource of resources) {
      if (!isEnabled(resource)) continue
      const digestKey = arriving?.has(addressOf(resource)) ? arriving.get(addressOf(resource)) : own
      const read = this.bytesOf(resource)
      if (read.diagnostics.length > 0) diagnostics.push(...read.diagnostics)
      if (!read.ok || !digestKey || read.value.size === 0) continue
      digests.set(addressOf(resource), this.#digestsUnder(digestKey, read.value))
    }
    return { own, digests, diagnostics }
  }

  /** One object for the same bytes, so that those who compare can tell it at a glance. */
  #digestsUnder(digestKey: Uint8Array, secrets: SecretBytes): SecretDigests {
    const known = recall(this.#sealed, digestKey, () => new Map())
    const digests =
      known.get(secrets) ??
      new Map([...secrets].map(([path, bytes]): [Pointer, string] => [path, this.#digestOf(bytes, digestKey)]))
    known.set(secrets, digests)
    return digests
  }

  /**
   * @param folder that the reference is relative to
   * @param digestKey undefined: it is only looked for
   * @returns undefined where it cannot be read, or there is something to say about it
   */
  digestOf(reference: JsonObject, folder: string, digestKey: Uint8Array | undefined): string | undefined {
    const kept = this.#keep(reference, folder)
    if (!('bytes' in kept) || kept.doubts.length > 0) return undefined
    return digestKey ? this.#digestOf(kept.bytes, digestKey) : ''
  }

  /** Among those that were read. @returns the one that a keyed digest stands for */
  withDigest(digest: string, digestKey: Uint8Array): Buffer | undefined {
    const bytes = [...this.#kept.values()].flatMap((kept) => ('bytes' in kept ? [kept.bytes] : []))
    return bytes.find((one) => this.#digestOf(one, digestKey) === digest)
  }

  /** Where a record says that a secret is kept. @returns undefined where none is */
  at(reference: JsonObject | undefined, folder: string): Buffer | undefined {
    if (!reference || !isReference(reference)) return undefined
    const kept = this.#keep(reference, folder)
    return 'bytes' in kept ? kept.bytes : undefined
  }

  wipe(): void {
    for (const kept of this.#kept.values()) if ('bytes' in kept) kept.bytes.fill(0)
    this.#kept.clear()
    this.#read.clear()
    this.#made = new WeakMap()
  }

  #readAll(resource: Resource): Checked<SecretBytes> {
    const bytes = new Map<Pointer, Buffer>()
    const diagnostics: Diagnostic[] = []
    for (const [path, reference] of Object.entries(formOf(resource).references)) {
      const folder = folderOf(resource.manifest)
      const kept = this.#keep(reference, folder)
      const at = (field: string) => resource.manifest.at(joinPointer(`/spec${path}`, field))
      diagnostics.push(...findingsOf(kept, at))
      if ('bytes' in kept) bytes.set(path, kept.bytes)
    }
    return hasErrors(diagnostics) ? { ok: false, diagnostics } : { ok: true, value: bytes, diagnostics }
  }

  #keep(reference: JsonObject, folder: string): Kept {
    const key = JSON.stringify([folder, reference])
    const kept = this.#kept.get(key) ?? readKept(reference, folder)
    this.#kept.set(key, kept)
    return kept
  }

  #digestOf(bytes: Buffer, digestKey: Uint8Array): string {
    const known = recall(this.#digests, digestKey, () => new Map())
    const digest = known.get(bytes) ?? secretDigest(digestKey, bytes)
    known.set(bytes, digest)
    return digest
  }
}

/** All that a resource's secrets depend on. */
const referencesOf = remembering((resource: Resource) =>
  JSON.stringify([folderOf(resource.manifest), formOf(resource).references]),
)

/** The keyed digest that stands for secret bytes: HMAC-SHA-256 (RFC 2104) under the set's own 32 random bytes. */
export function secretDigest(key: Uint8Array, bytes: Uint8Array): string {
  return `hmac-sha256:${createHmac('sha256', key).update(bytes).digest('hex')}`
}

/** A secret as it is kept somewhere, or why it is not to be had from there. `field`: of the reference, which is to blame. */
type Kept =
  | { readonly field: string; readonly bytes: Buffer; readonly doubts: readonly string[] }
  | (Unreadable & { readonly field: string; readonly code: 'E310' | 'E311' })

interface Unreadable {
  readonly message: string
  readonly help?: string
  readonly notes?: readonly string[]
}

function readKept(reference: JsonObject, folder: string): Kept {
  const { name: field, help, read } = sourceOf(reference)
  const raw = read(reference, folder)
  if (typeof raw === 'string') return { code: 'E310', field, message: raw, notes: [WHO_READS], help }
  const text = textOf(raw)
  raw.fill(0)
  if (typeof text !== 'string') return { code: 'E311', field, ...text }
  if (text.trim() === '') return { code: 'E310', field, message: 'the secret is empty' }
  const decoded = DECODERS[String(reference.encoding ?? 'utf8')]!(text)
  if (typeof decoded === 'string') return { code: 'E311', field: 'encoding', message: decoded }
  return { field, ...decoded }
}

function findingsOf(kept: Kept, at: (field: string) => Span): Diagnostic[] {
  if ('bytes' in kept) return kept.doubts.map((doubt) => diagnostic('W310', at(kept.field), doubt))
  const { code, field, message, help, notes } = kept
  return [diagnostic(code, at(field), message, { ...(notes && { notes }), ...(help !== undefined && { help }) })]
}

const WHO_READS = 'only commands that compare or apply a secret read it; validate, drift and get do not'

/** Windows PowerShell 5.1: `>` and Out-File write UTF-16, `-Encoding utf8` a byte order mark. */
const HOW_TO_SAVE = 'save it as UTF-8 without byte order mark; in PowerShell: [IO.File]::WriteAllText($path, $key)'
/** A file that `>` of Windows PowerShell wrote, with its mark or without: every other byte is zero. */
const UTF16 = /^(?:\xff\xfe|\xfe\xff|(?:[^\0]\0){2,}$|(?:\0[^\0]){2,}$)/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** No message shows anything of the key. Bytes that their encoding cannot hold are an error, never another character in their place. */
function textOf(raw: Buffer): string | Unreadable {
  if (UTF16.test(raw.toString('latin1'))) return { message: 'the secret is UTF-16 text', help: HOW_TO_SAVE }
  let text: string
  try {
    text = UTF8.decode(raw)
  } catch {
    return { message: 'the secret is not UTF-8 text', help: `${HOW_TO_SAVE}; or write its bytes as \`encoding: hex\`` }
  }
  if (text.startsWith('\ufeff')) return { message: 'the secret begins with a byte order mark', help: HOW_TO_SAVE }
  if (text.includes('\0'))
    return { message: 'the secret holds a zero byte', help: 'write its bytes as `encoding: hex`' }
  if (text.includes('\ufffd')) {
    const message = 'the secret holds U+FFFD, which stands for bytes that could not be read'
    return { message, help: 'set it again from where it is kept, or write its bytes as `encoding: hex`' }
  }
  return text
}

/** The bytes of a key, and what is probably not part of it; or why there are none. */
type Decoded = { readonly bytes: Buffer; readonly doubts: readonly string[] } | string

const DECODERS: { readonly [encoding: string]: (text: string) => Decoded } = {
  utf8: (text) => ({ bytes: Buffer.from(text, 'utf8'), doubts: doubtsOf(text) }),
  utf16le: (text) => ({ bytes: Buffer.from(text, 'utf16le'), doubts: doubtsOf(text) }),
  hex: (text) =>
    /^([0-9a-fA-F]{2})*$/.test(text)
      ? { bytes: Buffer.from(text, 'hex'), doubts: [] }
      : 'the secret is not hexadecimal: pairs of 0-9 a-f',
  base64: (text) =>
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0
      ? { bytes: Buffer.from(text, 'base64'), doubts: [] }
      : 'the secret is not base64',
}

const DOUBTS: readonly (readonly [pattern: RegExp, doubt: string])[] = [
  [/[\r\n]/, 'the secret has a line end in it, which is part of the key'],
  [/^[^\S\r\n]|[^\S\r\n]$/, 'the secret begins or ends with white space, which is part of the key'],
  [/^(["'`\u2018\u201c\u201e]).*["'`\u2019\u201d]$/s, 'the secret stands in quotes, which are part of the key'],
  [/[\p{Cf}\p{Co}]|(?![\r\n\t])\p{Cc}/u, 'the secret has a character in it that does not show'],
]

function doubtsOf(text: string): string[] {
  return DOUBTS.flatMap(([pattern, doubt]) => (pattern.test(text) ? [doubt] : []))
}
