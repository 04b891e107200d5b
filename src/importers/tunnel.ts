/** What tunnels of every source are made with: names, algorithms, networks, keys. */

import type { JsonObject } from '../base/index.ts'
import { adviseWord, ourWord } from '../kinds/ipsec-tunnel/vocabularies.ts'

/** What could be made of a value, or why nothing could. */
export type Made<T> = { readonly value: T } | { readonly why: string }

const MOST_LETTERS = 60

/** `Tunnel from HQ to Dallas` → `tunnel-from-hq-to-dallas`, and `-2` behind one that is taken. */
export function nameOf(title: string, taken: ReadonlySet<string>): string {
  const letters = title.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  const plain = letters.replace(/[^a-z0-9.]+/g, '-').slice(0, MOST_LETTERS)
  const name = plain.replace(/^[-.]+|[-.]+$/g, '') || 'tunnel'
  if (!taken.has(name)) return name
  for (let number = 2; ; number++) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`
}

/** A preshared key whose place is to be filled in: a variable that is called after the tunnel. */
export function keyToFill(title: string): JsonObject {
  const name = nameOf(title, new Set())
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
  return { presharedKey: { env: `${/^\d/.test(name) ? 'TUNNEL_' : ''}${name}_PSK` } }
}

/** @param vocabulary of the manifest; `written`: in the words of any tool */
function algorithm(vocabulary: string, written: string): Made<string> {
  const word = ourWord(vocabulary, written)
  return word === undefined ? { why: adviseWord(vocabulary, written)?.help ?? 'no such algorithm' } : { value: word }
}

/** Several algorithms at once, or what is wrong with the first that is. */
export function algorithms<K extends string>(
  wanted: { readonly [name in K]: readonly [vocabulary: string, written: string] },
): Made<{ readonly [name in K]: string }> {
  const found: Record<string, string> = {}
  for (const [name, [vocabulary, written]] of Object.entries(wanted) as [K, readonly [string, string]][]) {
    const made = algorithm(vocabulary, written)
    if ('why' in made) return made
    found[name] = made.value
  }
  return { value: found as { readonly [name in K]: string } }
}

/** `esp` by cipher and hash; `none` is what its tool writes for neither. */
export function espOf(cipher: string, hash: string): Made<JsonObject> {
  const aead = ourWord('aead', cipher)
  if (aead !== undefined) return { value: { aead } }
  const isPlain = /^(?:none|null)?$/i.test(cipher)
  const made = isPlain
    ? algorithms({ integrity: ['espIntegrity', hash] })
    : algorithms({ encryption: ['encryption', cipher], integrity: ['espIntegrity', hash] })
  return made
}

const OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** `10.1.0.0/255.255.0.0` → `10.1.0.0/16`; what is written with its bits, as a range or as an address stays; nothing for a word. */
export function networkOf(text: string): string | undefined {
  const [address = '', mask] = text.trim().split('/')
  const octets = mask === undefined ? null : OCTETS.exec(mask)
  if (octets) {
    const bits = octets
      .slice(1)
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('')
    return /^1*0*$/.test(bits) && bits.length === 32 ? `${address}/${bits.replaceAll('0', '').length}` : undefined
  }
  return /^[0-9A-Fa-f.:]+(?:\/\d{1,3}|\s*-\s*[0-9A-Fa-f.:]+)?$/.test(text.trim()) && /[.:]/.test(address)
    ? text.trim().replace(/\s*-\s*/, '-')
    : undefined
}

/** The network of all addresses, of the family of an endpoint. */
export function everywhere(endpoint: string | undefined): string {
  return endpoint?.includes(':') ? '::/0' : '0.0.0.0/0'
}

/** Text that may stand as a description. */
export function descriptionOf(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/^[@\s]+/, '')
    .trim()
}
