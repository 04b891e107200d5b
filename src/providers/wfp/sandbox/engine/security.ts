/**
 * Security descriptors of provider contexts: kept as they were given, and never enforced (there is one user here).
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/access-control
 */
import {
  CONTROL,
  composeDescriptor,
  type DescriptorParts,
  encodeDescriptor,
  parseSddl,
  RELATIVE_ALIASES,
  SddlError,
  splitDescriptor,
} from '../../../../base/sddl/index.ts'
import {
  DACL_SECURITY_INFORMATION,
  GROUP_SECURITY_INFORMATION,
  OWNER_SECURITY_INFORMATION,
  SACL_SECURITY_INFORMATION,
} from '../../binding/tables/constants/index.ts'
import { Refusal, require } from '../refusal.ts'
import type { Connection } from '../store/store.ts'
import { checkDeletable, find } from './objects.ts'
import type { EngineSession } from './session.ts'

/** What an object gets whose creator gave none: its owner and the default DACL of the engine. */
const DEFAULT_SDDL = 'O:BAG:SYD:(A;;0xF07FF;;;BA)(A;;0xF07FF;;;NO)(A;;0x20194;;;WD)'

/** This machine is in no domain, as one that has just been set up: it knows its own accounts alone. */
const MACHINE_SID = 'S-1-5-21-2000478354-1708537768-1957994488'

/** The parts of a descriptor that SECURITY_INFORMATION bits select. */
export interface SecurityArguments {
  readonly securityInfo: number
  readonly sidOwner: Uint8Array | null
  readonly sidGroup: Uint8Array | null
  readonly dacl: Uint8Array | null
  readonly sacl: Uint8Array | null
}

export function securityOf(connection: Connection, key: string, securityInfo: number): Uint8Array {
  const kept = find(connection, 'context', key).sd ?? bytesOf(DEFAULT_SDDL)
  const all = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION
  return (securityInfo & all) === all ? kept : composeDescriptor(selected(splitDescriptor(kept), securityInfo))
}

/** "This function cannot be called from within a transaction; dynamic sessions may set it for their own objects only." */
export function setSecurity(session: EngineSession, key: string, given: SecurityArguments): void {
  const object = find(session.connection, 'context', key)
  checkDeletable(session, object)
  const old = splitDescriptor(object.sd ?? bytesOf(DEFAULT_SDDL))
  const has = (bit: number) => (given.securityInfo & bit) !== 0
  require(!has(OWNER_SECURITY_INFORMATION) || given.sidOwner !== null, 'ERROR_INVALID_PARAMETER', 'no owner given')
  const sd = composeDescriptor({
    control: old.control | (has(DACL_SECURITY_INFORMATION) ? CONTROL.D.present : 0),
    owner: has(OWNER_SECURITY_INFORMATION) ? given.sidOwner : old.owner,
    group: has(GROUP_SECURITY_INFORMATION) ? given.sidGroup : old.group,
    dacl: has(DACL_SECURITY_INFORMATION) ? given.dacl : old.dacl,
    sacl: old.sacl, // "the SACL is ignored"
  })
  session.connection.update(object, { sd })
}

/** ConvertStringSecurityDescriptorToSecurityDescriptorW: SDDL text to a self-relative security descriptor. */
export function convertSddl(text: string | null): Uint8Array {
  require(text !== null, 'ERROR_INVALID_PARAMETER', 'no text')
  try {
    return bytesOf(text)
  } catch (error) {
    if (error instanceof SddlError) throw new Refusal(error.status, error.message)
    throw error
  }
}

function bytesOf(sddl: string): Uint8Array {
  return encodeDescriptor(parseSddl(sddl), resolveAlias)
}

function resolveAlias(alias: string): string | undefined {
  const account = RELATIVE_ALIASES[alias]
  return account?.of === 'machine' ? `${MACHINE_SID}-${account.rid}` : undefined
}

function selected(parts: DescriptorParts, securityInfo: number): DescriptorParts {
  const has = (bit: number) => (securityInfo & bit) !== 0
  const dacl = has(DACL_SECURITY_INFORMATION)
  const sacl = has(SACL_SECURITY_INFORMATION)
  return {
    control: parts.control & (dacl ? ~0 : ~CONTROL.D.present) & (sacl ? ~0 : ~CONTROL.S.present),
    owner: has(OWNER_SECURITY_INFORMATION) ? parts.owner : null,
    group: has(GROUP_SECURITY_INFORMATION) ? parts.group : null,
    dacl: dacl ? parts.dacl : null,
    sacl: sacl ? parts.sacl : null,
  }
}
