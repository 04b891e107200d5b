/**
 * What a finding says to a word that a list of the manifest does not have: the word of ours that means the same, where it belongs instead,
 * or that Windows does not have it. Never anything weaker than what was written.
 */

import { editDistance, rowOf, suggest } from '../../base/index.ts'
import type { Advice } from '../../manifest/index.ts'
import * as vendor from '../words.ts'
import { type Meaning, meaningOf, wordTable } from '../words.ts'
import {
  AEAD_TRANSFORMS,
  DH_GROUPS,
  ENCRYPTION_TRANSFORMS,
  INTEGRITY_TRANSFORMS,
  MAIN_MODE_ENCRYPTION,
  MAIN_MODE_INTEGRITY,
  PFS_GROUPS,
} from './algorithms.ts'
import { strongestFirst, WEAK, type WeakPlace } from './strength.ts'

interface Vocabulary {
  readonly table: ReadonlyMap<string, Meaning>
  readonly decoration?: RegExp
  /** the words that the schema takes at this place */
  readonly words: readonly string[]
  /** what is taken beside the words */
  readonly rest?: string
  readonly weak?: WeakPlace
  /** where Windows has no other algorithms through this API: `main mode` */
  readonly owner?: string
  /** what is meant and has no word here: its name (a pattern), and what to say to it */
  readonly otherwise?: readonly (readonly [word: RegExp, say: string])[]
}

const ciphers = { table: wordTable(vendor.CIPHERS), decoration: vendor.DECORATION.cipher }
const hashes = { table: wordTable(vendor.HASHES), decoration: vendor.DECORATION.hash }
const groups = { table: wordTable(vendor.GROUPS), decoration: vendor.DECORATION.group }

const ANY_SIZE = 'or the size that the peer has'
const OUT_OF_SCOPE =
  'transport mode is out of scope: wfpctl declares tunnels alone. Traffic between the two hosts themselves is `pointToPoint`'

const VOCABULARIES: { readonly [name: string]: Vocabulary } = {
  keyModule: {
    table: wordTable(vendor.KEY_MODULES),
    decoration: /^fwpmkeyingmodule/g,
    words: ['ikev2', 'ikev1', 'authip'],
    weak: 'keyModule',
  },
  mode: {
    table: wordTable(vendor.MODES),
    words: ['gateway', 'pointToPoint'],
    otherwise: [[/^transport$/, OUT_OF_SCOPE]],
  },
  signature: {
    table: wordTable(vendor.SIGNATURES),
    words: ['rsa', 'ecdsaP256', 'ecdsaP384'],
    owner: 'certificate authentication',
  },
  encoding: { table: wordTable(vendor.ENCODINGS), words: ['utf8', 'utf16le', 'hex', 'base64'] },
  protocol: {
    table: wordTable(vendor.PROTOCOL_NAMES),
    words: ['tcp', 'udp', 'icmp', 'icmpv6'],
    rest: ' or a number from 0 to 255',
    otherwise: [
      [/^any$/, 'leave out `protocol`: then any protocol is meant'],
      [/^(\d+)$/, 'write `$1`'],
    ],
  },
  mainModeEncryption: {
    ...ciphers,
    words: Object.keys(MAIN_MODE_ENCRYPTION),
    weak: 'mainModeEncryption',
    owner: 'main mode',
    otherwise: [[/^aes$/, `write \`aes256\`, ${ANY_SIZE}`]],
  },
  mainModeIntegrity: {
    ...hashes,
    words: Object.keys(MAIN_MODE_INTEGRITY),
    weak: 'mainModeIntegrity',
    owner: 'main mode',
  },
  dh: {
    ...groups,
    words: Object.keys(DH_GROUPS),
    weak: 'dh',
    owner: 'main mode',
    otherwise: [
      [/^none$/, 'authip alone has a main mode without Diffie-Hellman, written none'],
      [/^mainMode$/, 'this is main mode: name a group'],
    ],
  },
  pfs: { ...groups, words: Object.keys(PFS_GROUPS), weak: 'pfs', owner: 'quick mode' },
  aead: {
    ...ciphers,
    words: Object.keys(AEAD_TRANSFORMS),
    owner: 'ESP',
    otherwise: [
      [/^(?:aes|aesgcm)$/, `write \`aes256gcm\`, ${ANY_SIZE}`],
      [/^(aes\d+)$/, 'write `$1gcm`, or for CBC `encryption: $1` with `integrity: sha256`'],
      [/^(3?des)$/, 'write `encryption: $1` with `integrity: sha256`'],
      [/^(aes\d+gmac)$/, 'write `integrity: $1` alone: it is authentication without encryption'],
      [/^none$/, 'leave out `aead`: `integrity` alone is authentication without encryption'],
    ],
  },
  encryption: {
    ...ciphers,
    words: Object.keys(ENCRYPTION_TRANSFORMS),
    weak: 'encryption',
    owner: 'ESP',
    otherwise: [
      [/^aes$/, `write \`aes256\`, ${ANY_SIZE}`],
      [/^aesgcm$/, `write \`aead: aes256gcm\`, ${ANY_SIZE}, instead of \`encryption\` and \`integrity\``],
      [/^(aes\d+gcm)$/, 'write `aead: $1` instead of `encryption` and `integrity`'],
      [/^(aes\d+gmac)$/, 'write `integrity: $1` alone: it is authentication without encryption'],
      [/^none$/, 'leave out `encryption`: `integrity` alone is authentication without encryption'],
    ],
  },
  espIntegrity: {
    ...hashes,
    words: Object.keys(INTEGRITY_TRANSFORMS),
    weak: 'integrity',
    owner: 'ESP',
    otherwise: [
      [/^(aes\d+gcm)$/, 'write `aead: $1` instead of `encryption` and `integrity`'],
      [/^none$/, 'leave out `integrity` beside an `aead`; a cipher in CBC mode needs one'],
    ],
  },
  ahIntegrity: {
    ...hashes,
    words: Object.keys(INTEGRITY_TRANSFORMS),
    weak: 'integrity',
    owner: 'AH',
    otherwise: [
      [/^(aes\d+)gcm$/, 'write `$1gmac`'],
      [/^none$/, 'AH is nothing but integrity: leave out `ah`'],
    ],
  },
}

/** @returns nothing where there is no such vocabulary */
export function adviseWord(name: string, written: string): Advice | undefined {
  const vocabulary = rowOf(VOCABULARIES, name)
  if (!vocabulary) return undefined
  const meant = meaningOf(vocabulary.table, written, vocabulary.decoration)
  return meant ? adviseMeaning(vocabulary, meant) : adviseSpelling(vocabulary, written)
}

/** The word of the vocabulary that means what was written, in whatever tool's words; nothing where it has none. */
export function ourWord(name: string, written: string): string | undefined {
  const { table, decoration, words } = VOCABULARIES[name]!
  const meant = meaningOf(table, written, decoration)?.word
  return meant !== undefined && words.includes(meant) ? meant : undefined
}

function adviseMeaning(vocabulary: Vocabulary, { word, name }: Meaning): Advice {
  const { words, owner, otherwise = [] } = vocabulary
  const other = otherwise.find(([pattern]) => pattern.test(word))
  if (other) return { label: name, help: word.replace(...(other as [RegExp, string])) }
  if (words.includes(word)) return { label: name, help: `write \`${word}\`` }
  const where = owner === undefined ? '' : ` in ${owner}`
  return { label: name, help: `Windows has no ${name}${where} through this API; it has ${listed(vocabulary)}` }
}

/** A slip of one letter is told; a weak word is never what anybody is led to. */
function adviseSpelling(vocabulary: Vocabulary, written: string): Advice {
  const { words, weak } = vocabulary
  const fit = strongestFirst(words).filter((word) => !isWeak(weak, word))
  const near = vocabulary.decoration
    ? fit.find((word) => editDistance(written.toLowerCase(), word.toLowerCase()) <= 1)
    : suggest(written, fit)
  return { help: `write ${listed(vocabulary, '`')}`, ...(near !== undefined && { label: `did you mean \`${near}\`?` }) }
}

/** `dh20, dh19 or dh14; weak are dh24, dh2, dh1 and none`: the strongest first. */
function listed({ words, weak, rest = '' }: Vocabulary, quote = ''): string {
  const ordered = strongestFirst(words)
  const isFrail = (word: string) => isWeak(weak, word) || word === 'none' // the weakest of all is no hint, where it is no mistake
  const fit = ordered.filter((word) => !isFrail(word)).map((word) => `${quote}${word}${quote}`)
  const frail = ordered.filter(isFrail)
  const tail = frail.length === 0 ? '' : `; weak ${frail.length === 1 ? 'is' : 'are'} ${inSeries(frail, 'and')}`
  const series = rest === '' ? inSeries(fit, quote === '' ? 'and' : 'or') : fit.join(', ')
  return `${series}${rest}${tail}`
}

function inSeries(words: readonly string[], conjunction: string): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

function isWeak(place: WeakPlace | undefined, word: string): boolean {
  return place !== undefined && Object.hasOwn(WEAK[place], word)
}
