/**
 * Self-relative security descriptors, taken apart and put together.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/7d4dac05-9cef-4563-a058-f108abecce1d MS-DTYP 2.4.6
 */
import { CONTROL } from './tables.ts'

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
