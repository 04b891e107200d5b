/** Secret references → bytes, at the last moment; and the keyed digest that stands for them everywhere else. */

import { createHmac } from 'node:crypto'
import { type Checked, type Diagnostic, diagnostic } from '../base/diagnostic.ts'
import type { Pointer } from '../base/json.ts'
import { joinPointer } from '../base/json.ts'
import { type Address, addressOf, type Resource } from '../manifest/model.ts'
import { folderOf, sourceOf } from '../manifest/secret-sources.ts'
import { referenceOf } from './plan/comparable.ts'
import type { SecretDigests } from './plan/model.ts'

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
   * @param digestKey absent: secrets are only looked for, and nothing stands for them
   */
  digestsOf(
    resources: readonly Resource[],
    digestKey: Uint8Array | undefined,
  ): { readonly digests: ReadonlyMap<Address, SecretDigests>; readonly diagnostics: readonly Diagnostic[] } {
    const digests = new Map<Address, SecretDigests>()
    const diagnostics: Diagnostic[] = []
    for (const resource of resources) {
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
    if (Buffer.isBuffer(read)) bytes.set(path, read)
    else diagnostics.push(read)
  }
  if (diagnostics.length === 0) return { ok: true, value: bytes, diagnostics }
  for (const secret of bytes.values()) secret.fill(0)
  return { ok: false, diagnostics }
}

function readSecret({ manifest, spec }: Resource, path: Pointer): Buffer | Diagnostic {
  const reference = referenceOf(spec, path)
  const { name, help, read } = sourceOf(reference)
  const at = (field: string) => manifest.at(joinPointer(`/spec${path}`, field))
  const raw = read(reference, folderOf(manifest))
  if (typeof raw === 'string') return diagnostic('E310', at(name), raw, { notes: [WHO_READS], help })
  const decoded = decode(raw, String(reference.encoding ?? 'utf8'))
  raw.fill(0)
  if (typeof decoded === 'string') return diagnostic('E311', at('encoding'), decoded)
  return decoded.length === 0 ? diagnostic('E310', at(name), 'the secret is empty') : decoded
}

const WHO_READS = 'only commands that compare or apply a secret read it; validate, drift and get do not'

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
