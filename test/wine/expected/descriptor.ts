/** Security descriptors: self-relative bytes taken apart as [MS-DTYP] 2.4.6 has it, and what the texts of samples mean, by hand. */
import type { Reading } from './reading.ts'

export interface Descriptor {
  readonly control: number
  readonly owner: string | null
  readonly group: string | null
  /** the access control list in hex */
  readonly dacl: string | null
}

const ADMINISTRATORS = '01020000000000052000000020020000'
const SYSTEM = '010100000000000512000000'
const EVERYONE = '010100000000000100000000'

/** ACCESS_ALLOWED_ACE: type, flags, size, mask */
const ALL_TO_ADMINISTRATORS = `0000180000000010${ADMINISTRATORS}`

const MEANINGS: Readonly<Record<string, Descriptor>> = {
  'D:(A;;GA;;;BA)': {
    control: 0x8004,
    owner: null,
    group: null,
    dacl: `0200200001000000${ALL_TO_ADMINISTRATORS}`,
  },
  'D:P(A;;GA;;;BA)(A;;GR;;;WD)': {
    control: 0x9004,
    owner: null,
    group: null,
    dacl: `0200340002000000${ALL_TO_ADMINISTRATORS}0000140000000080${EVERYONE}`,
  },
  'O:BAG:SYD:(A;;0x10080;;;S-1-5-18)': {
    control: 0x8004,
    owner: ADMINISTRATORS,
    group: SYSTEM,
    dacl: `02001c00010000000000140080000100${SYSTEM}`,
  },
}

export function expectedDescriptor(text: Reading): Descriptor | null {
  return text.or(null, (sddl) => MEANINGS[sddl.trim()]!)
}

export function readDescriptor(hex: string | null): Descriptor | null {
  if (hex === null) return null
  const bytes = Buffer.from(hex, 'hex')
  const part = (at: number, size: (from: number) => number): string | null => {
    const from = bytes.readUInt32LE(at)
    return from === 0 ? null : bytes.subarray(from, from + size(from)).toString('hex')
  }
  const sid = (from: number): number => 8 + 4 * bytes[from + 1]!
  return {
    control: bytes.readUInt16LE(2),
    owner: part(4, sid),
    group: part(8, sid),
    dacl: part(16, (from) => bytes.readUInt16LE(from + 2)),
  }
}
