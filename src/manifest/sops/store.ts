/**
 * Files that sops has encrypted: one value of one, after the whole file was checked. Each value is bound to its place by the additional data
 * of AES-GCM, and all of them to each other by a MAC over the file.
 *
 * @see https://github.com/getsops/sops#message-authentication-code
 */

import { createDecipheriv, createHash, type Hash, timingSafeEqual } from 'node:crypto'
import type * as Yaml from 'yaml'
import { yaml } from '../yaml/library.ts'

/** Why there is no value: what follows the name of the file. It shows nothing of any value. */
export class Closed extends Error {}

/** A value with its place: names alone, for the items of a list stand at the place of the list. */
interface Leaf {
  readonly path: readonly string[]
  readonly node: Yaml.Scalar
}

interface Metadata {
  readonly stanzas: readonly string[]
  readonly recipients: readonly string[]
  readonly mac: string
  readonly lastModified: string
  readonly isMacOfEncrypted: boolean
  isEncrypted(path: readonly string[]): boolean
}

export type Unlock = (stanzas: readonly string[]) => Buffer | undefined

/**
 * @param text of the file, YAML or JSON
 * @param key place of a value: names and numbers of items, with dots between
 * @returns the bytes of that value
 * @throws Closed
 */
export function valueIn(text: string, key: string, unlock: Unlock): Buffer {
  const root = rootOf(text)
  const metadata = metadataOf(root)
  const wanted = nodeAt(root, key)
  const dataKey = unlock(metadata.stanzas)
  if (!dataKey) throw new Closed(`is opened by no age key here: it is encrypted for ${metadata.recipients.join(', ')}`)
  return checkedValue(root, wanted, metadata, dataKey)
}

function checkedValue(root: Yaml.YAMLMap, wanted: Yaml.Scalar, metadata: Metadata, dataKey: Buffer): Buffer {
  const hash = createHash('sha512')
  if (metadata.isMacOfEncrypted) hash.update(createHash('sha256').update('sops').digest())
  let value: Buffer | undefined
  for (const leaf of leavesOf(root)) {
    const bytes = hashed(leaf, metadata, dataKey, hash)
    if (leaf.node === wanted) value = bytes
    else bytes?.fill(0)
  }
  requireMac(hash.digest(), metadata, dataKey)
  if (value === undefined) throw new Closed('holds nothing at that key')
  return value
}

/** @returns the bytes of a value; nothing for null, which counts for nothing */
function hashed({ path, node }: Leaf, metadata: Metadata, dataKey: Buffer, hash: Hash): Buffer | undefined {
  if (node.value === null) return undefined
  const isEncrypted = metadata.isEncrypted(path)
  const bytes = isEncrypted ? decrypted(node.value, dataKey, path) : bytesOf(node.value)
  if (isEncrypted || !metadata.isMacOfEncrypted) hash.update(bytes)
  return bytes
}

const ENCRYPTED = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([a-z0-9]+)\]$/

function decrypted(value: unknown, dataKey: Buffer, path: readonly string[]): Buffer {
  if (value === '') return Buffer.alloc(0)
  const plain = opened(value, dataKey, `${path.join(':')}:`)
  if (!plain) throw new Closed(`was changed after sops encrypted it: the value at ${path.join('.')} does not open`)
  return plain
}

function opened(value: unknown, dataKey: Buffer, additional: string): Buffer | undefined {
  const [, data, iv, tag, type] = (typeof value === 'string' && ENCRYPTED.exec(value)) || []
  if (data === undefined || iv === undefined || tag === undefined) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(iv, 'base64'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(additional, 'utf8')).setAuthTag(Buffer.from(tag, 'base64'))
    const plain = Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()])
    return type === 'bool' ? bytesOf(/^t/i.test(plain.toString('utf8'))) : plain
  } catch {
    return undefined
  }
}

/** As sops writes values into its MAC: truth with a capital letter, numbers without an exponent. */
function bytesOf(value: unknown): Buffer {
  if (typeof value === 'boolean') return Buffer.from(value ? 'True' : 'False')
  if (typeof value === 'number' && /e/.test(String(value)))
    return Buffer.from(value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 }))
  return Buffer.from(String(value), 'utf8')
}

function requireMac(computed: Buffer, { mac, lastModified }: Metadata, dataKey: Buffer): void {
  const stored = opened(mac, dataKey, lastModified)
  if (!stored) throw new Closed('was changed after sops encrypted it: its MAC does not open')
  const expected = Buffer.from(computed.toString('hex').toUpperCase())
  if (stored.length !== expected.length || !timingSafeEqual(stored, expected))
    throw new Closed('was changed after sops encrypted it: its MAC is another')
}

const MOST_BYTES = 1_000_000

function rootOf(text: string): Yaml.YAMLMap {
  if (text.length > MOST_BYTES) throw new Closed('is too large for a file of secrets')
  const { parseAllDocuments, isMap } = yaml()
  // sops indents JSON with tabs, which YAML does not take; in a string of JSON there is none
  const plain = /^\s*\{/.test(text) ? text.replaceAll('\t', ' ') : text
  const documents = parseAllDocuments(plain, { schema: 'core', intAsBigInt: true })
  const [document, second] = documents as readonly Yaml.Document.Parsed[]
  if (!document || document.errors.length > 0) throw new Closed('is neither YAML nor JSON')
  if (second) throw new Closed('holds several documents: keep secrets in a file with one')
  if (!isMap(document.contents)) throw new Closed('is not encrypted by sops: a mapping has to stand there')
  return document.contents as Yaml.YAMLMap
}

const SOPS = 'sops'

/** Every value but those of sops itself, in the order of the file. */
function* leavesOf(node: unknown, path: readonly string[] = []): Generator<Leaf> {
  const { isMap, isSeq, isScalar } = yaml()
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const name = nameOf(key)
      if (path.length > 0 || name !== SOPS) yield* leavesOf(value, [...path, name])
    }
  } else if (isSeq(node)) {
    for (const item of node.items) yield* leavesOf(item, path)
  } else if (isScalar(node)) yield { path, node }
  else if (node !== null) throw new Closed('holds an alias, which sops does not write')
}

function nameOf(key: unknown): string {
  const value = yaml().isScalar(key) ? key.value : undefined
  if (typeof value !== 'string') throw new Closed('holds a name that is no text')
  return value
}

function nodeAt(root: Yaml.YAMLMap, key: string): Yaml.Scalar {
  const { isCollection, isMap, isScalar } = yaml()
  let node: unknown = root
  const met: string[] = []
  for (const step of key.split('.')) {
    const next = isCollection(node) ? node.get(isMap(node) ? step : Number(step), true) : undefined
    if (next === undefined || (node === root && step === SOPS))
      throw new Closed(nothingAt(node, [...met, step].join('.')))
    node = next
    met.push(step)
  }
  if (!isScalar(node)) throw new Closed(`holds a mapping or a list at ${key}: name one value in it`)
  return node
}

function nothingAt(node: unknown, key: string): string {
  const { isMap, isSeq } = yaml()
  const names = isMap(node) ? node.items.map(({ key: name }) => nameOf(name)).filter((name) => name !== SOPS) : []
  const there =
    names.length > 0
      ? `; there are ${names.slice(0, 10).join(', ')}`
      : isSeq(node)
        ? `; the list has ${node.items.length} items`
        : ''
  return `has nothing at ${key}${there}`
}

/** What the metadata says of which values are encrypted: at most one of these. */
type Rule = (path: readonly string[]) => boolean
const RULES: { readonly [field: string]: (text: string) => Rule } = {
  unencrypted_suffix: (suffix) => (path) => !path.some((name) => name.endsWith(suffix)),
  encrypted_suffix: (suffix) => (path) => path.some((name) => name.endsWith(suffix)),
  unencrypted_regex: (text) => negated(matching(text)),
  encrypted_regex: (text) => matching(text),
}
const DEFAULT_SUFFIX = '_unencrypted'
/** What decides by comments, or needs several keys at once: nothing is opened that cannot be checked. */
const NOT_READ = ['unencrypted_comment_regex', 'encrypted_comment_regex', 'key_groups'] as const

function negated(rule: Rule): Rule {
  return (path) => !rule(path)
}

const LONGEST_PATTERN = 500

/** Go's regular expressions, as far as they are JavaScript's: `(?i)` at the beginning is a flag. */
function matching(text: string): Rule {
  const [, flags = '', pattern = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(text.slice(0, LONGEST_PATTERN)) ?? []
  let expression: RegExp
  try {
    expression = new RegExp(pattern, flags)
  } catch {
    throw new Closed('says by a regular expression that is none here which values are encrypted')
  }
  return (path) => path.some((name) => expression.test(name))
}

function metadataOf(root: Yaml.YAMLMap): Metadata {
  const section = root.get(SOPS, true)
  if (!yaml().isMap(section)) throw new Closed('is not encrypted by sops: it has no section `sops`')
  const fields = section.toJSON() as Record<string, unknown>
  for (const field of NOT_READ) if (isGiven(fields[field])) throw new Closed(`uses ${field} of sops, which is not read`)
  const keys = (Array.isArray(fields.age) ? fields.age : []) as readonly {
    readonly recipient?: unknown
    readonly enc?: unknown
  }[]
  if (keys.length === 0) throw new Closed('is encrypted for no age key')
  if (typeof fields.mac !== 'string' || fields.mac === '')
    throw new Closed('has no MAC: whether it was changed cannot be known')
  const rules = Object.keys(RULES).filter((field) => isGiven(fields[field]))
  const rule = RULES[rules[0] ?? 'unencrypted_suffix']!(
    String(rules[0] === undefined ? DEFAULT_SUFFIX : fields[rules[0]]),
  )
  if (rules.length > 1) throw new Closed(`says in two ways which values are encrypted: ${rules.join(', ')}`)
  return {
    stanzas: keys.map(({ enc }) => String(enc)),
    recipients: keys.map(({ recipient }) => String(recipient)),
    mac: fields.mac,
    lastModified: String(fields.lastmodified),
    isMacOfEncrypted: fields.mac_only_encrypted === true,
    isEncrypted: rule,
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
}
