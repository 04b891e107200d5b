/** Secret references → bytes, at the last moment; and the keyed digest that stands for them everywhere else. */

import { createHmac } from 'node:crypto'
import { type Checked, type Diagnostic, diagnostic, hasErrors, joinPointer, type Pointer } from '../base/index.ts'
import { type Address, addressOf, folderOf, isEnabled, type Resource, sourceOf } from '../manifest/index.ts'
import { referenceOf, type SecretDigests } from './plan/index.ts'

/** The bytes of one resource's secrets, by pointer. */
export type SecretBytes = ReadonlyMap<Pointer, Buffer>

/** The secrets of one pass: each is read once, when it is first needed, and all are wiped at the end. */
export class Secrets {
  readonly #read = new Map<Resource, Checked<SecretBytes>>()

  /** Every secret of a resource, or a finding for each that cannot be read. */
  bytesOf(resource: Resource): Checked<SecretBytes> {
    let read = this.#read.get(resource)
    if (!read) {
      read = readSecrets(resource)
      this.#read.set(resource, read)
    }
    return read
  }

  /**
   * Keyed digests of every secret that the resources refer to.
   *
   * @param digestKeyOf undefined: secrets are only looked for, and nothing stands for them. What is off needs none
   */
  digestsOf(
    resources: readonly Resource[],
    digestKeyOf: (resource: Resource) => Uint8Array | undefined,
  ): { readonly digests: ReadonlyMap<Address, SecretDigests>; readonly diagnostics: readonly Diagnostic[] } {
    const digests = new Map<Address, SecretDigests>()
    const diagnostics: Diagnostic[] = []
    for (const resource of resources.filter(isEnabled)) {
      const digestKey = digestKeyOf(resource)
      const read = this.bytesOf(resource)
      diagnostics.push(...read.diagnostics)
      if (!read.ok || !digestKey || read.value.size === 0) continue
      digests.set(addressOf(resource), new Map(digestEntries(read.value, digestKey)))
    }
    return { digests, diagnostics }
  }

  wipe(): void {
    for (const read of this.#read.values()) {
      if (read.ok) for (const bytes of read.value.values()) bytes.fill(0)
    }
    this.#read.clear()
  }
}

/** The keyed digest that stands for secret bytes: HMAC-SHA-256 (RFC 2104) under the set's own 32 random bytes. */
export function secretDigest(key: Uint8Array, bytes: Uint8Array): string {
  return `hmac-sha256:${createHmac('sha256', key).update(bytes).digest('hex')}`
}

function* digestEntries(bytes: SecretBytes, key: Uint8Array): Generator<[Pointer, string]> {
  for (const [path, secret] of bytes) yield [path, secretDigest(key, secret)]
}

function readSecrets(resource: Resource): Checked<SecretBytes> {
  const bytes = new Map<Pointer, Buffer>()
  const diagnostics: Diagnostic[] = []
  for (const path of resource.kind.secretPaths(resource.spec)) {
    const read = readSecret(resource, path)
    diagnostics.push(...read.diagnostics)
    if (read.ok) bytes.set(path, read.value)
  }
  if (!hasErrors(diagnostics)) return { ok: true, value: bytes, diagnostics }
  for (const secret of bytes.values()) secret.fill(0)
  return { ok: false, diagnostics }
}

function readSecret({ manifest, spec }: Resource, path: Pointer): Checked<Buffer> {
  const reference = referenceOf(spec, path)
  const { name, help, read } = sourceOf(reference)
  const at = (field: string) => manifest.at(joinPointer(`/spec${path}`, field))
  const raw = read(reference, folderOf(manifest))
  if (typeof raw === 'string') return refused(diagnostic('E310', at(name), raw, { notes: [WHO_READS], help }))
  const text = textOf(raw)
  raw.fill(0)
  if (typeof text !== 'string') return refused(diagnostic('E311', at(name), text.message, { help: text.help }))
  if (text.trim() === '') return refused(diagnostic('E310', at(name), 'the secret is empty'))
  const decoded = DECODERS[String(reference.encoding ?? 'utf8')]!(text)
  if (typeof decoded === 'string') return refused(diagnostic('E311', at('encoding'), decoded))
  return {
    ok: true,
    value: decoded.bytes,
    diagnostics: decoded.doubts.map((doubt) => diagnostic('W310', at(name), doubt)),
  }
}

function refused(finding: Diagnostic): Checked<Buffer> {
  return { ok: false, diagnostics: [finding] }
}

const WHO_READS = 'only commands that compare or apply a secret read it; validate, drift and get do not'

/** What no text of a key begins with or holds, whatever its encoding. No message shows anything of the key. */
interface NoText {
  readonly message: string
  readonly help: string
}

/** Windows PowerShell 5.1: `>` and Out-File write UTF-16, `-Encoding utf8` a byte order mark. */
const HOW_TO_SAVE = 'save it as UTF-8 without byte order mark; in PowerShell: [IO.File]::WriteAllText($path, $key)'
/** A file that `>` of Windows PowerShell wrote, with its mark or without: every other byte is zero. */
const UTF16 = /^(?:\xff\xfe|\xfe\xff|(?:[^\0]\0){2,}$|(?:\0[^\0]){2,}$)/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that their encoding cannot hold are an error, never another character in their place. */
function textOf(raw: Buffer): string | NoText {
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
