/** Who may write or read a file on Windows, by its descriptor. */

import { parseSddl, SddlError } from '../base/sddl/index.ts'
import type { FileAccess, Role, WindowsSecrets } from '../manifest/index.ts'
import { OWNER_ONLY, setFileSecurity, systemSecurity } from './wfp/binding/system/file-security.ts'
import { readCredential, unprotect } from './wfp/binding/system/protected.ts'

/** SYSTEM, Administrators, TrustedInstaller; and whoever owns the entry, which is looked at apart (CREATOR OWNER, OWNER RIGHTS). */
const TRUSTED = [
  'S-1-5-18',
  'S-1-5-32-544',
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
  'S-1-3-0',
  'S-1-3-4',
]
const INHERIT_ONLY = 0x08
const EXCHANGES = 0x1000_0000 | 0x0008_0000 | 0x0004_0000 | 0x0001_0000 | 0x40 // all, owner, DACL, delete, delete a child
const ADDS = 0x4000_0000 | 0x2 | 0x4 // generic write, write or add a file, append or add a folder
const READS = 0x8000_0000 | 0x1000_0000 | 0x0008_0000 | 0x0004_0000 | 0x1
const RIGHTS: { readonly [role in Role]: number } = {
  file: EXCHANGES | ADDS,
  folder: EXCHANGES | ADDS,
  above: EXCHANGES,
}

/** Windows only. */
export const windowsSecrets: WindowsSecrets = { unprotect, credential: readCredential }

/** What the system tells of this process and of files. */
export interface Security {
  readonly isElevated: boolean
  /** SID of the account that this process runs under */
  readonly account: string
  /** owner and access list, as SDDL */
  of(path: string): string
}

/** Windows only. */
export function windowsFileAccess(security: Security = systemSecurity()): FileAccess {
  return {
    isElevated: () => security.isElevated,
    writerOf: (path, role) => otherWith(security, path, RIGHTS[role]),
    readerOf: (path) => {
      const who = otherWith(security, path, READS)
      return who === undefined ? undefined : { path, who, help: lock(path) }
    },
    help: lock,
    keepFromOthers: (path) => setFileSecurity(path, OWNER_ONLY),
  }
}

function lock(path: string): string {
  return `icacls "${path}" /inheritance:r /grant *S-1-5-18:F *S-1-5-32-544:F`
}

/** The first account, beside the trusted ones, that has one of these rights. Denials are not looked at: who is denied need not be granted. */
function otherWith({ account: own, of }: Security, path: string, rights: number): string | undefined {
  const isOther = (account: string) => account !== own && !TRUSTED.includes(account)
  try {
    const { owner = 'nobody', dacl } = parseSddl(of(path))
    if (isOther(owner)) return `${owner}, who owns it`
    if (!dacl?.entries) return 'everybody: it has no access list'
    const grants = dacl.entries.filter(({ type, flags }) => !type.includes('D') && (flags & INHERIT_ONLY) === 0)
    const found = grants.find((entry) => (entry.rights & rights) !== 0 && isOther(entry.account))
    return found && `${found.account} (rights 0x${found.rights.toString(16)})`
  } catch (error) {
    if (error instanceof SddlError) return `accounts that cannot be told: ${error.message}`
    throw error
  }
}
