/**
 * The parts of a security descriptor → its self-relative bytes.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d MS-DTYP 2.4.6
 */

import type { Ace, Acl, Descriptor } from './parse.ts'
import { ACE_TYPES, type AclName, CONTROL, encodeAccount, INVALID_ACL, type ResolveAlias, SddlError } from './tables.ts'

const ACL_REVISION = 2
const ACL_REVISION_DS = 4
const MAX_ACL_BYTES = 0xffff

/**
 * @param resolve knows the accounts of the machine and of its domain
 * @throws SddlError where an account cannot be resolved, or a list is too long
 */
export function encodeDescriptor({ owner, group, dacl, sacl }: Descriptor, resolve: ResolveAlias): Uint8Array {
  return composeDescriptor({
    control: controlOf('D', dacl) | controlOf('S', sacl),
    owner: owner === undefined ? null : encodeAccount(owner, resolve),
    group: group === undefined ? null : encodeAccount(group, resolve),
    dacl: dacl?.entries ? encodeAcl(dacl.entries, resolve) : null,
    sacl: sacl?.entries ? encodeAcl(sacl.entries, resolve) : null,
  })
}

function controlOf(which: AclName, acl: Acl | undefined): number {
  if (!acl) return 0
  return acl.flags.reduce((control, flag) => control | CONTROL[which][flag], CONTROL[which].present as number)
}

function encodeAcl(entries: readonly Ace[], resolve: ResolveAlias): Buffer {
  const aces = entries.map((entry) => encodeAce(entry, resolve))
  const header = Buffer.alloc(8)
  const size = aces.reduce((sum, { length }) => sum + length, header.length)
  if (size > MAX_ACL_BYTES) {
    throw new SddlError(INVALID_ACL, `the access list has ${size} bytes; the most is ${MAX_ACL_BYTES}`)
  }
  header[0] = entries.some(({ type }) => ACE_TYPES[type]!.object) ? ACL_REVISION_DS : ACL_REVISION
  header.writeUInt16LE(size, 2)
  header.writeUInt16LE(aces.length, 4)
  return Buffer.concat([header, ...aces])
}

function encodeAce(entry: Ace, resolve: ResolveAlias): Buffer {
  const guids = encodeGuids(entry)
  const trustee = encodeAccount(entry.account, resolve)
  const header = Buffer.alloc(8)
  header[0] = ACE_TYPES[entry.type]!.code
  header[1] = entry.flags
  header.writeUInt16LE(header.length + guids.length + trustee.length, 2)
  header.writeUInt32LE(entry.rights, 4)
  return Buffer.concat([header, guids, trustee])
}

/** Object entries alone say which GUIDs follow, and carry them. */
function encodeGuids({ type, object, inherited }: Ace): Buffer {
  if (!ACE_TYPES[type]!.object) return Buffer.alloc(0)
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE((object === '' ? 0 : 1) | (inherited === '' ? 0 : 2))
  return Buffer.concat([flags, encodeGuid(object), encodeGuid(inherited)])
}

function encodeGuid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}

/**
 * Self-relative security descriptors, taken apart and put together.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d MS-DTYP 2.4.6
 */

export interface DescriptorParts {
  /** SECURITY_DESCRIPTOR_CONTROL without SELF_RELATIVE. */
  readonly control: number
  readonly owner: Uint8Array | null
  readonly group: Uint8Array | null
  readonly dacl: Uint8Array | null
  readonly sacl: Uint8Array | null
}

type Part = 'owner' | 'group' | 'dacl' | 'sacl'

const HEADER_SIZE = 20
const FIELD: Readonly<Record<Part, number>> = { owner: 4, group: 8, sacl: 12, dacl: 16 }
/** The order Windows writes the parts in. */
const ORDER: readonly Part[] = ['sacl', 'dacl', 'owner', 'group']

export function composeDescriptor(parts: DescriptorParts): Uint8Array {
  const header = Buffer.alloc(HEADER_SIZE)
  header[0] = 1
  header.writeUInt16LE(CONTROL.SELF_RELATIVE | parts.control, 2)
  const tail: Uint8Array[] = []
  let offset = HEADER_SIZE
  for (const name of ORDER) {
    const bytes = parts[name]
    if (bytes === null) continue
    header.writeUInt32LE(offset, FIELD[name])
    tail.push(bytes)
    offset += bytes.length
  }
  return new Uint8Array(Buffer.concat([header, ...tail]))
}

export function splitDescriptor(descriptor: Uint8Array): DescriptorParts {
  const bytes = Buffer.from(descriptor.buffer, descriptor.byteOffset, descriptor.length)
  const part = (name: Part): Uint8Array | null => {
    const at = bytes.readUInt32LE(FIELD[name])
    return at === 0 ? null : new Uint8Array(bytes.subarray(at, at + partSize(bytes, at, name)))
  }
  return {
    control: bytes.readUInt16LE(2) & ~CONTROL.SELF_RELATIVE,
    owner: part('owner'),
    group: part('group'),
    dacl: part('dacl'),
    sacl: part('sacl'),
  }
}

/** SIDs count their sub-authorities, ACLs say their size. */
function partSize(bytes: Buffer, at: number, name: Part): number {
  return name === 'owner' || name === 'group' ? 8 + 4 * (bytes[at + 1] ?? 0) : bytes.readUInt16LE(at + 2)
}
