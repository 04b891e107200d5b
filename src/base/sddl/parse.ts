/**
 * SDDL text → the parts of a security descriptor. What is wrong is said of the entry, the right or the account that is wrong.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/f4296d69-1c0f-491f-9587-a960b292d070 MS-DTYP 2.5.1.1
 */

import { rowOf } from '../json.ts'
import {
  ACE_FLAGS,
  ACE_TYPES,
  type AclName,
  INVALID_ACL,
  NOT_SDDL,
  parseAccount,
  REFUSED_ACE_TYPES,
  RIGHTS,
  SddlError,
} from './tables.ts'

/** What a descriptor says. A list that is absent shuts nobody out. */
export interface Descriptor {
  /** `S-1-5-32-544`, or the alias of an account that only its machine or domain can resolve: `DA` */
  readonly owner?: string
  readonly group?: string
  readonly dacl?: Acl
  readonly sacl?: Acl
}

export interface Acl {
  readonly flags: readonly AclFlag[]
  /** in their order; null is a list that is present and NULL (`NO_ACCESS_CONTROL`): everybody has everything */
  readonly entries: readonly Ace[] | null
}

export type AclFlag = 'P' | 'AR' | 'AI'

export interface Ace {
  /** a word of `ACE_TYPES` */
  readonly type: string
  /** AceFlags, or-ed */
  readonly flags: number
  /** the access mask */
  readonly rights: number
  /** GUIDs of an object entry as written; empty where there are none */
  readonly object: string
  readonly inherited: string
  /** as `Descriptor.owner` */
  readonly account: string
}

/** @throws SddlError */
export function parseSddl(text: string): Descriptor {
  const parts = splitParts(text)
  return {
    ...(parts.O !== undefined && { owner: parseAccount(parts.O) }),
    ...(parts.G !== undefined && { group: parseAccount(parts.G) }),
    ...(parts.D !== undefined && { dacl: parseAcl('D', parts.D) }),
    ...(parts.S !== undefined && { sacl: parseAcl('S', parts.S) }),
  }
}

type Parts = { [name in 'O' | 'G' | 'D' | 'S']?: string }

const ORDER = 'OGDS'

/** `O:BAG:SYD:P(A;;GA;;;SY)` → { O: 'BA', G: 'SY', D: 'P(A;;GA;;;SY)' } */
function splitParts(text: string): Parts {
  const starts = partStarts(text)
  if (starts[0] !== 0) throw notSddl(text, 'its parts are O: G: D: S:')
  const names = starts.map((start) => text[start] as keyof Parts)
  const late = names.findIndex((name, i) => i > 0 && ORDER.indexOf(name) <= ORDER.indexOf(names[i - 1]!))
  if (late > 0) throw notSddl(text, `\`${names[late]}:\` stands after \`${names[late - 1]}:\``)
  return Object.fromEntries(names.map((name, i) => [name, text.slice(starts[i]! + 2, starts[i + 1])]))
}

/** Where `O:`, `G:`, `D:` and `S:` stand, outside of parentheses. */
function partStarts(text: string): number[] {
  const starts: number[] = []
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')') depth--
    else if (depth === 0 && text[at + 1] === ':' && ORDER.includes(text[at]!)) starts.push(at)
    if (depth < 0) throw notSddl(text, 'a `)` without its `(`')
  }
  if (depth > 0) throw notSddl(text, 'a `(` is never closed')
  return starts
}

function notSddl(text: string, why: string): SddlError {
  return new SddlError(NOT_SDDL, `\`${text}\` is not a security descriptor`, { why })
}

/** `P(A;;GA;;;SY)` */
function parseAcl(which: AclName, text: string): Acl {
  const flags = text.replace(/\(.*$/s, '')
  const entries = splitEntries(text.slice(flags.length), text)
  if (flags === 'NO_ACCESS_CONTROL') return { flags: [], entries: null }
  if (!/^(P|AR|AI)*$/.test(flags)) {
    throw new SddlError(INVALID_ACL, `\`${flags}\` is not a flag of an access list`, {
      help: 'the flags are P, AR and AI',
    })
  }
  return {
    flags: (flags.match(/P|AR|AI/g) ?? []) as AclFlag[],
    entries: entries.map((entry) => parseAce(which, entry)),
  }
}

/** `(A;;GA;;;SY)(A;;GR;;;WD)` → ['A;;GA;;;SY', 'A;;GR;;;WD']; an entry with a condition holds parentheses of its own */
function splitEntries(text: string, list: string): string[] {
  const entries: string[] = []
  let start = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(' && depth++ === 0) start = at + 1
    else if (text[at] === ')' && --depth === 0) entries.push(text.slice(start, at))
    else if (depth === 0) throw notSddl(list, `\`${text[at]}\` stands between two entries`)
  }
  return entries
}

/** `A;CIOI;GRGX;;;BA` */
function parseAce(which: AclName, text: string): Ace {
  const [type = '', flags = '', rights = '', object = '', inherited = '', account = '', ...rest] = fieldsOf(text)
  try {
    checkType(which, type)
    if (rest.length > 0 || account === '') throw new SddlError(INVALID_ACL, FIELD_COUNT, { help: FIELD_HELP })
    return {
      type,
      flags: bitsOf(flags, ACE_FLAGS, FLAG_WORDS),
      rights: accessMask(rights),
      ...guids(type, object, inherited),
      account: parseAccount(account),
    }
  } catch (error) {
    if (error instanceof SddlError) throw error.inEntry(`(${text})`)
    throw error
  }
}

function fieldsOf(text: string): string[] {
  return text.split(';').map((field) => field.replace(/^[ \t]+|[ \t]+$/g, ''))
}

const FIELD_COUNT = 'an entry has six fields'
const FIELD_HELP = 'write type;flags;rights;object;inherited object;account, e.g. (A;;GA;;;BA)'

function checkType(which: AclName, name: string): void {
  const refused = REFUSED_ACE_TYPES[name]
  if (refused) {
    const help = 'an object of the engine takes A (allow) and D (deny) alone'
    throw new SddlError(INVALID_ACL, `\`${name}\` is ${refused}, which an engine object does not have`, { help })
  }
  if (ACE_TYPES[name]?.acl === which) return
  const types = Object.keys(ACE_TYPES).filter((type) => ACE_TYPES[type]!.acl === which)
  const help = `entries of \`${which}:\` are ${types.join(', ')}`
  throw new SddlError(INVALID_ACL, `\`${name}\` is not a type of entry of \`${which}:\``, { help })
}

interface Words {
  /** what one of them is called */
  readonly what: string
  readonly help: string
}

const FLAG_WORDS: Words = { what: 'a flag of an entry', help: 'flags are pairs of letters: OI, CI, NP, IO, ID' }
const RIGHT_WORDS: Words = {
  what: 'an access right',
  help: 'rights are pairs of letters, e.g. GA (all), GR (read), SD (delete), or one number, e.g. 0x10080',
}

function accessMask(text: string): number {
  if (!/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return bitsOf(text, RIGHTS, RIGHT_WORDS)
  const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text)
  if (value > 0xffff_ffff) throw new SddlError(INVALID_ACL, `\`${text}\` does not fit an access mask of 32 bits`)
  return value
}

/** Two letters at a time. */
function bitsOf(text: string, table: Readonly<Record<string, number>>, { what, help }: Words): number {
  let bits = 0
  for (let at = 0; at < text.length; at += 2) {
    const word = text.slice(at, at + 2)
    const value = rowOf(table, word)
    if (value === undefined) throw new SddlError(INVALID_ACL, `\`${word}\` is not ${what}`, { help })
    bits |= value
  }
  return bits >>> 0
}

function guids(type: string, object: string, inherited: string): Pick<Ace, 'object' | 'inherited'> {
  const given = [object, inherited].filter((text) => text !== '')
  if (given.length > 0 && !ACE_TYPES[type]!.object) {
    throw new SddlError(INVALID_ACL, `\`${given[0]}\` stands where only an object entry has a GUID`)
  }
  const odd = given.find((text) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
  if (odd !== undefined) throw new SddlError(INVALID_ACL, `\`${odd}\` is not a GUID`)
  return { object, inherited }
}
