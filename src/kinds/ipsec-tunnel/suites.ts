/** A whole proposal in one word, as strongSwan, netsh and Cisco write it: `aes256-sha256-modp2048`, `esp:sha1-aes256+60min+100000kb`. */

import { formatDuration } from '../../base/units.ts'
import { meantKilobytes, meantSeconds, spelledSize } from '../values/unit-hints.ts'
import * as vendor from '../vendor-words.ts'
import { meaningOf, wordTable } from '../words.ts'
import {
  AEAD_TRANSFORMS,
  DH_GROUPS,
  ENCRYPTION_TRANSFORMS,
  INTEGRITY_TRANSFORMS,
  MAIN_MODE_ENCRYPTION,
  MAIN_MODE_INTEGRITY,
  PFS_GROUPS,
} from './algorithms.ts'

const ciphers = wordTable(vendor.CIPHERS)
const hashes = wordTable(vendor.HASHES)
const groups = wordTable(vendor.GROUPS)

/** What the parts of the word are, as far as each is one thing. */
interface Suite {
  readonly cipher?: string
  readonly hash?: string
  readonly group?: string
  readonly time?: string
  readonly data?: string
}

/** @returns ``write `{ encryption: aes256, integrity: sha256, dh: dh14 }` ``; nothing where main mode cannot say the same */
export function mainModeHelp(written: string): string | undefined {
  const { cipher = '', hash = '', group = '', time } = suiteOf(written) ?? {}
  if (!(cipher in MAIN_MODE_ENCRYPTION) || !(hash in MAIN_MODE_INTEGRITY) || !(group in DH_GROUPS)) return undefined
  const lifetime = time === undefined ? '' : `, lifetime: ${time}`
  return `write \`{ encryption: ${cipher}, integrity: ${hash}, dh: ${group}${lifetime} }\``
}

/** @returns ``write `{ esp: { aead: aes256gcm } }` ``; nothing where quick mode cannot say the same. Its group stands once for the tunnel. */
export function quickModeHelp(written: string): string | undefined {
  const { cipher = '', hash, group = 'none', time, data } = suiteOf(written) ?? {}
  const esp = espOf(cipher, hash)
  const lifetime = [...(time === undefined ? [] : [`time: ${time}`]), ...(data === undefined ? [] : [`data: ${data}`])]
  if (esp === undefined || !(group in PFS_GROUPS)) return undefined
  const proposal = `{ esp: { ${esp} }${lifetime.length === 0 ? '' : `, lifetime: { ${lifetime.join(', ')} }`} }`
  return `write \`${proposal}\`${group === 'none' ? '' : `, and \`pfs: ${group}\` once in \`quickMode\``}`
}

function espOf(cipher: string, hash: string | undefined): string | undefined {
  if (cipher in AEAD_TRANSFORMS) return `aead: ${cipher}`
  const isBoth = cipher in ENCRYPTION_TRANSFORMS && hash !== undefined && hash in INTEGRITY_TRANSFORMS
  return isBoth ? `encryption: ${cipher}, integrity: ${hash}` : undefined
}

/** @returns nothing where a part cannot be told, or two parts are the same thing */
function suiteOf(written: string): Suite | undefined {
  const parts = written
    .replace(/!$/, '')
    .split(/[-:+,;/\s]+/)
    .filter((part) => !/^(?:|esp|ike|prf\w*)$/i.test(part))
  const suite: { [thing: string]: string } = {}
  for (const part of parts) {
    const [thing, word] = partOf(part) ?? []
    if (thing === undefined || word === undefined || suite[thing] !== undefined) return undefined
    suite[thing] = word
  }
  return parts.length > 1 ? suite : undefined
}

function partOf(part: string): readonly [thing: keyof Suite, word: string] | undefined {
  const [seconds, kilobytes] = [meantSeconds(part), meantKilobytes(part)]
  if (seconds !== undefined) return ['time', formatDuration(seconds)]
  if (kilobytes !== undefined) return ['data', spelledSize(part, kilobytes)]
  const cipher = meaningOf(ciphers, part, vendor.DECORATION.cipher)
  if (cipher) return ['cipher', cipher.word]
  const hash = meaningOf(hashes, part, vendor.DECORATION.hash)
  if (hash) return ['hash', hash.word]
  // a bare number is the size of what stands before it
  const group = /^\d+$/.test(part) ? undefined : meaningOf(groups, part, vendor.DECORATION.group)
  return group && ['group', group.word]
}
