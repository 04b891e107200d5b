/**
 * Security descriptors: SDDL text, the parts it names, and the self-relative bytes that Windows keeps.
 *
 * @see https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */

export { composeDescriptor, type DescriptorParts, encodeDescriptor, splitDescriptor } from './encode.ts'
export { type Ace, type Descriptor, parseSddl } from './parse.ts'
export { ACE_FLAGS, CONTROL, RELATIVE_ALIASES, SddlError } from './tables.ts'
