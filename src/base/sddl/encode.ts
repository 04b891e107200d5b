/**
 * The parts of a security descriptor → its self-relative bytes.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d MS-DTYP 2.4.6
 */

import { encodeAccount, type ResolveAlias } from './account.ts'
import { composeDescriptor } from './bytes.ts'
import { INVALID_ACL, SddlError } from './error.ts'
import type { Ace, Acl, Descriptor } from './parse.ts'
import { ACE_TYPES, type AclName, CONTROL } from './tables.ts'

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
