/**
 * What ConvertStringSecurityDescriptorToSecurityDescriptorW does: SDDL text to a self-relative security descriptor.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/f4296d69-1c0f-491f-9587-a960b292d070 MS-DTYP 2.5.1.1 (text)
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d MS-DTYP 2.4.6 (bytes)
 */
import { composeDescriptor } from './sddl/descriptor.ts'
import { ACE_FLAGS, ACE_TYPES, type AceType, CONTROL, RIGHTS, SID_ALIASES } from './sddl/tables.ts'

const ERROR_INVALID_PARAMETER = 87
const ERROR_INVALID_ACL = 1336
const ERROR_INVALID_SID = 1337

const EMPTY = Buffer.alloc(0)
const ACL_REVISION = 2
const ACL_REVISION_DS = 4

/** The text is no security descriptor. `status` is what GetLastError would say. */
export class SddlError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** @throws SddlError */
export function parseSddl(text: string): Uint8Array {
  const parts = splitParts(text)
  const dacl = parseAcl('D', parts.D)
  const sacl = parseAcl('S', parts.S)
  return composeDescriptor({
    control: dacl.control | sacl.control,
    owner: parts.O === undefined ? null : encodeSid(parts.O),
    group: parts.G === undefined ? null : encodeSid(parts.G),
    dacl: dacl.bytes,
    sacl: sacl.bytes,
  })
}

type Parts = Partial<Record<'O' | 'G' | 'D' | 'S', string>>

/** `O:BAG:SYD:P(A;;GA;;;SY)` → { O: 'BA', G: 'SY', D: 'P(A;;GA;;;SY)' } */
function splitParts(text: string): Parts {
  const match =
    /^(?:O:([^:()]*?))?(?:G:([^:()]*?))?(?:D:([^:()]*(?:\([^()]*\))*))?(?:S:([^:()]*(?:\([^()]*\))*))?$/.exec(text)
  if (match === null || text === '') throw new SddlError(ERROR_INVALID_PARAMETER, 'not a security descriptor string')
  const [, O, G, D, S] = match
  return {
    ...(O !== undefined && { O }),
    ...(G !== undefined && { G }),
    ...(D !== undefined && { D }),
    ...(S !== undefined && { S }),
  }
}

interface Acl {
  readonly control: number
  readonly bytes: Buffer | null
}

/** `P(A;;GA;;;SY)`. A list that is absent is no list; NO_ACCESS_CONTROL is a list that is present and NULL. */
function parseAcl(which: 'D' | 'S', text: string | undefined): Acl {
  if (text === undefined) return { control: 0, bytes: null }
  const open = text.indexOf('(')
  const flags = open < 0 ? text : text.slice(0, open)
  const aces = open < 0 ? [] : text.slice(open + 1, -1).split(')(')
  const present = CONTROL[which].present
  if (flags === 'NO_ACCESS_CONTROL') return { control: present, bytes: null }
  return { control: present | aclControl(which, flags), bytes: encodeAcl(aces.map((ace) => parseAce(which, ace))) }
}

function aclControl(which: 'D' | 'S', flags: string): number {
  if (!/^(P|AR|AI)*$/.test(flags)) throw new SddlError(ERROR_INVALID_ACL, `\`${flags}\` is not a set of ACL flags`)
  const names = flags.match(/P|AR|AI/g) ?? []
  return names.reduce((control, name) => control | CONTROL[which][name as 'P' | 'AR' | 'AI'], 0)
}

interface Ace {
  readonly type: AceType
  readonly bytes: Buffer
}

function encodeAcl(aces: readonly Ace[]): Buffer {
  const header = Buffer.alloc(8)
  const size = aces.reduce((sum, { bytes }) => sum + bytes.length, header.length)
  if (size > 0xffff) throw new SddlError(ERROR_INVALID_ACL, 'the ACL is longer than 65535 bytes')
  header[0] = aces.some(({ type }) => type.object) ? ACL_REVISION_DS : ACL_REVISION
  header.writeUInt16LE(size, 2)
  header.writeUInt16LE(aces.length, 4)
  return Buffer.concat([header, ...aces.map(({ bytes }) => bytes)])
}

/** `A;CIOI;GRGX;;;BA` */
function parseAce(which: 'D' | 'S', text: string): Ace {
  const fields = text.split(';').map((field) => field.trim())
  const [name = '', flags = '', rights = '', object = '', inherited = '', sid = ''] = fields
  const type = ACE_TYPES[name]
  if (fields.length !== 6 || type === undefined || type.acl !== which) {
    throw new SddlError(ERROR_INVALID_ACL, `\`(${text})\` is not an entry of a ${which === 'D' ? 'DACL' : 'SACL'}`)
  }
  const guids = encodeObjectGuids(type, object, inherited)
  const trustee = encodeSid(sid)
  const header = Buffer.alloc(8)
  header[0] = type.code
  header[1] = wordsOf(flags, ACE_FLAGS)
  header.writeUInt16LE(header.length + guids.length + trustee.length, 2)
  header.writeUInt32LE(accessMask(rights), 4)
  return { type, bytes: Buffer.concat([header, guids, trustee]) }
}

function accessMask(text: string): number {
  if (/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) {
    const octal = /^0[0-7]+$/.test(text)
    const value = octal ? Number.parseInt(text, 8) : Number(text)
    if (value > 0xffff_ffff) throw new SddlError(ERROR_INVALID_ACL, `\`${text}\` does not fit an access mask`)
    return value
  }
  return wordsOf(text, RIGHTS)
}

/** Two letters at a time. */
function wordsOf(text: string, words: Readonly<Record<string, number>>): number {
  let sum = 0
  for (let at = 0; at < text.length; at += 2) {
    const value = words[text.slice(at, at + 2)]
    if (value === undefined)
      throw new SddlError(ERROR_INVALID_ACL, `\`${text.slice(at, at + 2)}\` is not known in \`${text}\``)
    sum |= value
  }
  return sum >>> 0
}

function encodeObjectGuids(type: AceType, object: string, inherited: string): Buffer {
  if (!type.object) {
    if (object !== '' || inherited !== '') throw new SddlError(ERROR_INVALID_ACL, 'only object entries have GUIDs')
    return EMPTY
  }
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE((object === '' ? 0 : 1) | (inherited === '' ? 0 : 2))
  return Buffer.concat([flags, encodeGuid(object), encodeGuid(inherited)])
}

function encodeGuid(text: string): Buffer {
  if (text === '') return EMPTY
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    throw new SddlError(ERROR_INVALID_ACL, `\`${text}\` is not a GUID`)
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}

/** `BA` or `S-1-5-32-544`: revision, count, 48-bit authority (big-endian), sub-authorities (little-endian). */
function encodeSid(text: string): Buffer {
  const full = SID_ALIASES[text] ?? text
  const match = /^S-1-(0x[0-9a-f]{1,12}|\d{1,15})((?:-\d{1,10}){0,15})$/i.exec(full)
  if (match === null) throw new SddlError(ERROR_INVALID_SID, `\`${text}\` is not a SID`)
  const subAuthorities = match[2]!.split('-').slice(1).map(Number)
  const authority = Number(match[1])
  if (authority >= 2 ** 48 || subAuthorities.some((value) => value > 0xffff_ffff)) {
    throw new SddlError(ERROR_INVALID_SID, `\`${text}\` is not a SID`)
  }
  const bytes = Buffer.alloc(8 + 4 * subAuthorities.length)
  bytes[0] = 1
  bytes[1] = subAuthorities.length
  bytes.writeUIntBE(authority, 2, 6)
  for (const [index, value] of subAuthorities.entries()) bytes.writeUInt32LE(value, 8 + 4 * index)
  return bytes
}
