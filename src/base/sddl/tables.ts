/** The words of security descriptors (rights, flags, entries, accounts), and what can be wrong with a text of them. */

import { rowOf } from '../json.ts'

/** The statuses of winerror.h that GetLastError has after a failed conversion. */
export const NOT_SDDL = 87
export const INVALID_ACL = 1336
export const INVALID_SID = 1337
export type SddlStatus = typeof NOT_SDDL | typeof INVALID_ACL | typeof INVALID_SID

interface Details {
  /** why, where the message cannot say it; or the entry in which it stands */
  readonly why?: string
  /** what to write instead */
  readonly help?: string
}

/** The text is not a security descriptor. `status` is what GetLastError would say. */
export class SddlError extends Error {
  readonly status: SddlStatus
  readonly why: string | undefined
  readonly help: string | undefined

  constructor(status: SddlStatus, message: string, { why, help }: Details = {}) {
    super(message)
    this.status = status
    this.why = why
    this.help = help
  }

  /** The same, said of one entry: `(A;;GA;;;SY)`. */
  inEntry(entry: string): SddlError {
    return new SddlError(this.status, this.message, {
      why: `in the entry ${entry}`,
      ...(this.help !== undefined && { help: this.help }),
    })
  }
}

/** Accounts whose SID is the same on every machine. */
export const SID_ALIASES: Readonly<Record<string, string>> = {
  AA: 'S-1-5-32-579',
  AC: 'S-1-15-2-1',
  AN: 'S-1-5-7',
  AO: 'S-1-5-32-548',
  AS: 'S-1-18-1',
  AU: 'S-1-5-11',
  BA: 'S-1-5-32-544',
  BG: 'S-1-5-32-546',
  BO: 'S-1-5-32-551',
  BU: 'S-1-5-32-545',
  CD: 'S-1-5-32-574',
  CG: 'S-1-3-1',
  CO: 'S-1-3-0',
  CY: 'S-1-5-32-569',
  ED: 'S-1-5-9',
  ER: 'S-1-5-32-573',
  ES: 'S-1-5-32-576',
  HA: 'S-1-5-32-578',
  HI: 'S-1-16-12288',
  IS: 'S-1-5-32-568',
  IU: 'S-1-5-4',
  LS: 'S-1-5-19',
  LU: 'S-1-5-32-559',
  LW: 'S-1-16-4096',
  ME: 'S-1-16-8192',
  MP: 'S-1-16-8448',
  MS: 'S-1-5-32-577',
  MU: 'S-1-5-32-558',
  NO: 'S-1-5-32-556',
  NS: 'S-1-5-20',
  NU: 'S-1-5-2',
  OW: 'S-1-3-4',
  PO: 'S-1-5-32-550',
  PS: 'S-1-5-10',
  PU: 'S-1-5-32-547',
  RA: 'S-1-5-32-575',
  RC: 'S-1-5-12',
  RD: 'S-1-5-32-555',
  RE: 'S-1-5-32-552',
  RM: 'S-1-5-32-580',
  RU: 'S-1-5-32-554',
  SI: 'S-1-16-16384',
  SO: 'S-1-5-32-549',
  SS: 'S-1-18-2',
  SU: 'S-1-5-6',
  SY: 'S-1-5-18',
  UD: 'S-1-5-84-0-0-0-0-0',
  WD: 'S-1-1-0',
  WR: 'S-1-5-33',
}

/**
 * Accounts of a domain or of the machine itself, with the last part of their SID: what stands before it is known on the machine alone.
 *
 * @see https://learn.microsoft.com/windows/win32/secauthz/sid-strings
 */
export const RELATIVE_ALIASES: Readonly<Record<string, { readonly of: 'machine' | 'domain'; readonly rid: number }>> = {
  LA: { of: 'machine', rid: 500 },
  LG: { of: 'machine', rid: 501 },
  RO: { of: 'domain', rid: 498 },
  DA: { of: 'domain', rid: 512 },
  DU: { of: 'domain', rid: 513 },
  DG: { of: 'domain', rid: 514 },
  DC: { of: 'domain', rid: 515 },
  DD: { of: 'domain', rid: 516 },
  CA: { of: 'domain', rid: 517 },
  SA: { of: 'domain', rid: 518 },
  EA: { of: 'domain', rid: 519 },
  PA: { of: 'domain', rid: 520 },
  CN: { of: 'domain', rid: 522 },
  AP: { of: 'domain', rid: 525 },
  KA: { of: 'domain', rid: 526 },
  EK: { of: 'domain', rid: 527 },
  RS: { of: 'domain', rid: 553 },
}

/** What people call the accounts that descriptors of engine objects name, and the alias that SDDL has for them. */
const ACCOUNT_NAMES: Readonly<Record<string, string>> = {
  administrators: 'BA',
  system: 'SY',
  localsystem: 'SY',
  everyone: 'WD',
  users: 'BU',
  guests: 'BG',
  authenticatedusers: 'AU',
  interactive: 'IU',
  networkconfigurationoperators: 'NO',
  localservice: 'LS',
  networkservice: 'NS',
  domainadmins: 'DA',
  domainusers: 'DU',
  enterpriseadmins: 'EA',
}

/** Access rights; `FA` and `FW` mean something else among the ACE flags. */
export const RIGHTS: Readonly<Record<string, number>> = {
  GA: 0x1000_0000,
  GX: 0x2000_0000,
  GW: 0x4000_0000,
  GR: 0x8000_0000,
  SD: 0x0001_0000,
  RC: 0x0002_0000,
  WD: 0x0004_0000,
  WO: 0x0008_0000,
  CC: 0x0001,
  DC: 0x0002,
  LC: 0x0004,
  SW: 0x0008,
  RP: 0x0010,
  WP: 0x0020,
  DT: 0x0040,
  LO: 0x0080,
  CR: 0x0100,
  FA: 0x001f_01ff,
  FR: 0x0012_0089,
  FW: 0x0012_0116,
  FX: 0x0012_00a0,
  KA: 0x000f_003f,
  KR: 0x0002_0019,
  KW: 0x0002_0006,
  KX: 0x0002_0019,
  NW: 0x0001,
  NR: 0x0002,
  NX: 0x0004,
}

export const ACE_FLAGS: Readonly<Record<string, number>> = {
  OI: 0x01,
  CI: 0x02,
  NP: 0x04,
  IO: 0x08,
  ID: 0x10,
  SA: 0x40,
  FA: 0x80,
}

/** The access list, or the audit list. */
export type AclName = 'D' | 'S'

export interface AceType {
  readonly code: number
  /** Carries the two object GUIDs. */
  readonly object: boolean
  readonly acl: AclName
}

/** Types of entry without conditions; an engine object needs no other. */
export const ACE_TYPES: Readonly<Record<string, AceType>> = {
  A: { code: 0x00, object: false, acl: 'D' },
  D: { code: 0x01, object: false, acl: 'D' },
  OA: { code: 0x05, object: true, acl: 'D' },
  OD: { code: 0x06, object: true, acl: 'D' },
  AU: { code: 0x02, object: false, acl: 'S' },
  AL: { code: 0x03, object: false, acl: 'S' },
  OU: { code: 0x07, object: true, acl: 'S' },
  OL: { code: 0x08, object: true, acl: 'S' },
  ML: { code: 0x11, object: false, acl: 'S' },
}

/** Types of entry that are understood and refused, and what they are. */
export const REFUSED_ACE_TYPES: Readonly<Record<string, string>> = {
  XA: 'a conditional entry',
  XD: 'a conditional entry',
  XU: 'a conditional entry',
  ZA: 'a conditional entry',
  RA: 'a resource attribute',
  SP: 'a central access policy',
  TL: 'a process trust label',
  FL: 'an access filter',
}

/** SECURITY_DESCRIPTOR_CONTROL bits. */
export const CONTROL = {
  SELF_RELATIVE: 0x8000,
  D: { present: 0x0004, P: 0x1000, AR: 0x0100, AI: 0x0400 },
  S: { present: 0x0010, P: 0x2000, AR: 0x0200, AI: 0x0800 },
} as const

/** Resolves an account of a machine or a domain: `DA` → `S-1-5-21-…-512`; nothing where there is no domain. */
export type ResolveAlias = (alias: string) => string | undefined

const SID_FORM = /^S-1-(0x[0-9a-f]{1,12}|\d{1,15})((?:-\d{1,10}){0,15})$/i

/** @returns the SID with decimal numbers, or the alias of an account that only its machine or domain can resolve */
export function parseAccount(text: string): string {
  if (Object.hasOwn(RELATIVE_ALIASES, text)) return text
  const known = rowOf(SID_ALIASES, text)
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
