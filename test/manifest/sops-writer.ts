/** Files as sops writes them, made without the reader: AES-GCM for each value, a MAC over all, the data key in age's armour. */

import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { armor, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption'

export type Plain = string | number | boolean | null | { readonly [name: string]: Plain } | readonly Plain[]

export interface Written {
  readonly text: string
  /** the data key */
  readonly key: Buffer
}

export interface Options {
  /** as in the metadata: `unencrypted_suffix` and its like */
  readonly rule?: { readonly [field: string]: string }
  readonly macOnlyEncrypted?: boolean
  readonly format?: 'yaml' | 'json'
  /** a comment in front of every value */
  readonly comments?: boolean
  readonly recipients?: readonly string[]
}

const LAST_MODIFIED = '2026-11-20T09:12:44Z'

/** What sops itself would say of a name. */
const ENCRYPTS: { readonly [field: string]: (value: string, path: readonly string[]) => boolean } = {
  unencrypted_suffix: (suffix, path) => !path.some((name) => name.endsWith(suffix)),
  encrypted_suffix: (suffix, path) => path.some((name) => name.endsWith(suffix)),
  unencrypted_regex: (regex, path) => !path.some((name) => new RegExp(regex).test(name)),
  encrypted_regex: (regex, path) => path.some((name) => new RegExp(regex).test(name)),
}

export async function identityOf(): Promise<string> {
  return generateIdentity()
}

export async function written(
  plain: { readonly [name: string]: Plain },
  identity: string,
  options: Options = {},
): Promise<Written> {
  const { rule = { unencrypted_suffix: '_unencrypted' }, macOnlyEncrypted = false, recipients = [] } = options
  const [[field = '', value = ''] = []] = Object.entries(rule)
  const key = randomBytes(32)
  const mac = createHash('sha512')
  if (macOnlyEncrypted) mac.update(createHash('sha256').update('sops').digest())
  const tree = encrypted(plain, [], {
    key,
    leaf: (leaf, path) => {
      const isEncrypted = ENCRYPTS[field]!(value, path)
      if (isEncrypted || !macOnlyEncrypted) mac.update(textOf(leaf))
      return isEncrypted
    },
  })
  const sops = {
    age: await Promise.all(
      [...recipients, await identityToRecipient(identity)].map((recipient) => stanza(recipient, key)),
    ),
    lastmodified: LAST_MODIFIED,
    mac: seal(mac.digest('hex').toUpperCase(), key, LAST_MODIFIED, 'str'),
    ...rule,
    ...(macOnlyEncrypted && { mac_only_encrypted: true }),
    version: '3.10.2',
  }
  const file = { ...(tree as object), sops } as { readonly [name: string]: Plain }
  const text =
    options.format === 'json' ? JSON.stringify(file, null, '\t') : yamlOf(file, '', options.comments === true)
  return { text, key }
}

async function stanza(recipient: string, key: Buffer) {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return { recipient, enc: armor.encode(await encrypter.encrypt(key)) }
}

interface Walk {
  readonly key: Buffer
  leaf(value: string | number | boolean, path: readonly string[]): boolean
}

function encrypted(value: Plain, path: readonly string[], walk: Walk): Plain {
  if (value === null) return null
  if (Array.isArray(value)) return value.map((item: Plain) => encrypted(item, path, walk))
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, encrypted(inner as Plain, [...path, name], walk)]),
    )
  const type =
    typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : Number.isInteger(value) ? 'int' : 'float'
  return walk.leaf(value, path) && value !== '' ? seal(textOf(value), walk.key, `${path.join(':')}:`, type) : value
}

function textOf(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

function seal(plain: string, key: Buffer, additional: string, type: string): string {
  const iv = randomBytes(32)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(additional))
  const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  const [text, nonce, tag] = [data, iv, cipher.getAuthTag()].map((bytes) => bytes.toString('base64'))
  return `ENC[AES256_GCM,data:${text},iv:${nonce},tag:${tag},type:${type}]`
}

function yamlOf(value: Plain, indent: string, comments: boolean): string {
  if (Array.isArray(value))
    return value.map((item: Plain) => `${indent}-${nested(item, `${indent}  `, comments)}`).join('')
  return Object.entries(value as object)
    .map(
      ([name, inner]) =>
        `${comments ? `${indent}#ENC[AES256_GCM,data:c29tZQ==,iv:aXY=,tag:dGFn,type:comment]\n` : ''}${indent}${name}:${nested(inner as Plain, `${indent}    `, comments)}`,
    )
    .join('')
}

function nested(value: Plain, indent: string, comments: boolean): string {
  if (typeof value === 'string' && value.includes('\n')) return ` |\n${value.replace(/^(?=.)/gm, indent)}\n`
  if (typeof value === 'object' && value !== null) return `\n${yamlOf(value, indent, comments)}`
  return ` ${typeof value === 'string' && !value.startsWith('ENC[') ? JSON.stringify(value) : String(value)}\n`
}
