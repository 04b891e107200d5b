/**
 * Accounts: `BA` or `S-1-5-32-544` ⇄ the bytes of a SID.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/f992ad60-0fe4-4b87-9fed-beb478836861 MS-DTYP 2.4.2
 */

import { INVALID_SID, SddlError } from './error.ts'
import { ACCOUNT_NAMES, RELATIVE_ALIASES, SID_ALIASES } from './tables.ts'

/** Resolves an account of a machine or a domain: `DA` → `S-1-5-21-…-512`; nothing where there is no domain. */
export type ResolveAlias = (alias: string) => string | undefined

const SID_FORM = /^S-1-(0x[0-9a-f]{1,12}|\d{1,15})((?:-\d{1,10}){0,15})$/i

/** @returns the SID with decimal numbers, or the alias of an account that only its machine or domain can resolve */
export function parseAccount(text: string): string {
  if (Object.hasOwn(RELATIVE_ALIASES, text)) return text
  const known = Object.hasOwn(SID_ALIASES, text) ? SID_ALIASES[text] : undefined
  if (known !== undefined) return known
  const [, authority, tail = ''] = SID_FORM.exec(text) ?? []
  const parts = tail.split('-').slice(1).map(Number)
  if (authority === undefined || Number(authority) >= 2 ** 48 || parts.some((part) => part > 0xffff_ffff)) {
    throw notAnAccount(text)
  }
  return ['S-1', Number(authority), ...parts].join('-')
}

function notAnAccount(text: string): SddlError {
  const alias =
    ACCOUNT_NAMES[
      text
        .replace(/^.*\\/, '')
        .replace(/[\s_-]/g, '')
        .toLowerCase()
    ]
  const help =
    alias === undefined
      ? 'write a SID such as S-1-5-32-544, or an alias such as BA (Administrators), SY (SYSTEM) or WD (everyone)'
      : `descriptors name no accounts: write ${alias}`
  return new SddlError(INVALID_SID, `\`${text}\` is neither a SID nor an alias of one`, { help })
}

/** Revision, count, 48-bit authority (big-endian), sub-authorities (little-endian). */
export function encodeAccount(account: string, resolve: ResolveAlias): Buffer {
  const sid = Object.hasOwn(RELATIVE_ALIASES, account) ? resolve(account) : account
  if (sid === undefined) {
    throw new SddlError(INVALID_SID, `\`${account}\` is an account of a domain, and this machine is in none`)
  }
  const [authority = 0, ...parts] = sid.split('-').slice(2).map(Number)
  const bytes = Buffer.alloc(8 + 4 * parts.length)
  bytes[0] = 1
  bytes[1] = parts.length
  bytes.writeUIntBE(authority, 2, 6)
  for (const [index, value] of parts.entries()) bytes.writeUInt32LE(value, 8 + 4 * index)
  return bytes
}
