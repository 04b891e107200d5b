/** Security descriptors in SDDL, as a manifest may hold one. */

import { type Descriptor, encodeDescriptor, parseSddl, SddlError } from '../../base/sddl/index.ts'
import { type Parsed, problem } from './reading.ts'

/** As long as any SID of a domain: five parts. Which domain it is, Windows alone knows. */
const SOME_ACCOUNT = 'S-1-5-21-0-0-0-500'

/** Reads a descriptor such as `D:(A;;GA;;;BA)(A;;GR;;;WD)` as the engine's machine will; accounts of a domain are believed. */
export function sddl(text: string): Parsed<Descriptor> {
  try {
    const descriptor = parseSddl(text)
    encodeDescriptor(descriptor, () => SOME_ACCOUNT)
    if (!descriptor.sacl) return { value: descriptor }
    return problem('E243', 'the engine ignores a SACL', { help: 'leave out the part from `S:` on' })
  } catch (error) {
    if (!(error instanceof SddlError)) throw error
    return problem('E243', error.message, {
      ...(error.why !== undefined && { label: error.why }),
      help: error.help ?? 'write SDDL, e.g. D:(A;;GA;;;BA)(A;;GA;;;SY)(A;;GR;;;WD)',
    })
  }
}
