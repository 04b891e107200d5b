/**
 * The header of a Windows image, as far as key managers care.
 * @see https://learn.microsoft.com/windows/win32/debug/pe-format
 */

export interface Image {
  /** IMAGE_FILE_MACHINE_*, e.g. 0x8664 for x64 */
  readonly machine: number
  /** IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY: linked with /INTEGRITYCHECK, loaded only with a trusted signature */
  readonly forceIntegrity: boolean
}

const DOS_MAGIC = 0x5a4d // MZ
const PE_OFFSET = 0x3c // e_lfanew
const PE_MAGIC = 0x4550 // PE\0\0
const COFF_SIZE = 20
const OPTIONAL_MAGICS = [0x10b, 0x20b] // PE32, PE32+
const DLL_CHARACTERISTICS = 70 // in the optional header, the same in both
const FORCE_INTEGRITY = 0x80

/** @param bytes the beginning of a file. @returns undefined for anything but a Windows image */
export function readImage(bytes: Uint8Array): Image | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < PE_OFFSET + 4 || view.getUint16(0, true) !== DOS_MAGIC) return undefined
  const pe = view.getUint32(PE_OFFSET, true)
  const optional = pe + 4 + COFF_SIZE
  if (optional + DLL_CHARACTERISTICS + 2 > bytes.length || view.getUint32(pe, true) !== PE_MAGIC) return undefined
  if (!OPTIONAL_MAGICS.includes(view.getUint16(optional, true))) return undefined
  const characteristics = view.getUint16(optional + DLL_CHARACTERISTICS, true)
  return { machine: view.getUint16(pe + 4, true), forceIntegrity: (characteristics & FORCE_INTEGRITY) !== 0 }
}
