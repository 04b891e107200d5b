/**
 * Security descriptors in SDDL. Windows alone can read one for good (account names, rights by letter); here the shape is checked,
 * so that a slip is found before the engine is asked.
 *
 * @see https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */

import { type Parsed, problem } from './reading.ts'

const SID = String.raw`(?:[A-Z]{2}|S-1-\d+(?:-\d+)*)`
const ACL_FLAGS = '(?:P|AR|AI|NO_ACCESS_CONTROL)*'
// type;flags;rights;object;inherit-object;account. Conditional entries have no use here
const ACE = String.raw`\([A-Z]{1,3};[A-Z]*;[A-Za-z0-9]*;[0-9a-fA-F-]*;[0-9a-fA-F-]*;${SID}\)`
const DESCRIPTOR = new RegExp(`^(?:O:${SID})?(?:G:${SID})?(?:D:${ACL_FLAGS}(?:${ACE})*)?$`)

/** Reads a descriptor such as `D:(A;;GA;;;BA)(A;;GR;;;WD)`; answers it trimmed. */
export function sddl(text: string): Parsed<string> {
  const plain = text.trim()
  if (/(^|\))S:/.test(plain)) {
    return problem('E243', 'the engine ignores a SACL', { help: 'leave the part from `S:` on away' })
  }
  if (plain !== '' && DESCRIPTOR.test(plain)) return { value: plain }
  return problem('E243', `\`${plain}\` is not a security descriptor`, {
    help: 'write SDDL, e.g. D:(A;;GA;;;BA)(A;;GA;;;SY)(A;;GR;;;WD)',
  })
}
