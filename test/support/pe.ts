/** Windows images of nothing but headers, typed in from the PE format's tables. */

export interface Header {
  readonly at?: number
  /** e_lfanew, where it shall not be `at` */
  readonly offset?: number
  readonly signature?: number
  readonly magic?: number
  readonly characteristics?: number
}

export function image(header: Header): Uint8Array {
  const { at = 0x80, offset = at, signature = 0x0000_4550, magic = 0x20b, characteristics = 0 } = header
  const bytes = Buffer.alloc(at + 4 + 20 + 240)
  bytes.write('MZ', 0, 'latin1')
  bytes.writeUInt32LE(offset, 0x3c)
  bytes.writeUInt32LE(signature, at)
  bytes.writeUInt16LE(0x8664, at + 4) // Machine: x64
  bytes.writeUInt16LE(240, at + 4 + 16) // SizeOfOptionalHeader
  bytes.writeUInt16LE(magic, at + 24)
  bytes.writeUInt16LE(characteristics, at + 24 + 70) // DllCharacteristics
  return bytes
}
