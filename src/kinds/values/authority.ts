/**
 * Names of certification authorities, as people have them: RFC 4514 strings, which begin with the leaf (`CN=…`).
 *
 * Some of Microsoft's pages, and OpenSSL, write names from the root on (`DC=com, DC=example, CN=…`). That order stays what RFC 4514 makes of
 * it: there are authorities whose name is encoded with the leaf first, so only the certificate can tell. But it is said, with the name turned.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4514#section-2.1
 */

import { clip, invisibleIn } from '../../base/index.ts'
import {
  canonicalDistinguishedName,
  type NamePart,
  parseDistinguishedName,
  partsOfName,
  turnedName,
} from './distinguished-name.ts'
import { type Parsed, problem } from './reading.ts'

/** Reads a name and answers its one spelling. */
export function authorityName(text: string): Parsed<string> {
  const hidden = invisibleIn(text)
  if (hidden) return problem('E240', `the name holds ${hidden.name} ${hidden.where}`)
  const parsed = parseDistinguishedName(text)
  const meant = meantName(text) ?? (parsed.ok ? undefined : escapedName(text))
  // a line end inside a value is legal, but nobody means it
  if (parsed.ok && meant === undefined) return { value: canonicalDistinguishedName(text) }
  const { message, help = EXAMPLE } = parsed.ok ? { message: 'a comma parts the parts of a name' } : parsed
  return problem('E240', `\`${clip(text)}\` is not a distinguished name`, {
    label: message,
    help: meant === undefined ? help : `write \`${meant}\``,
  })
}

const EXAMPLE = 'write it as in RFC 4514, e.g. CN=Corp Root CA,O=Example Corp,C=US'

/** From the root of a directory down: the country and the domain stand highest, the name of the authority itself lowest. */
const LEVELS: readonly (readonly string[])[] = [
  ['C', 'DC'],
  ['ST'],
  ['L', 'STREET'],
  ['O'],
  ['OU'],
  ['CN', 'SERIALNUMBER', 'E', 'UID'],
]

/** Domains that end a DNS name: `DC=com, DC=example` begins with its root. */
const TOP_DOMAINS = /^(?:com|org|net|edu|gov|mil|int|info|biz|local|lan|internal|[a-z]{2})$/i

/**
 * @param name a canonical name
 * @returns the name turned round, where it runs from the root to the leaf; nothing where it does not, or where nobody can tell
 */
export function turnedIfRootFirst(name: string): string | undefined {
  const parts = partsOfName(name)
  const [first, last] = [parts[0]!, parts.at(-1)!].map(levelOf)
  if (first === undefined || last === undefined) return undefined
  const isRootFirst = first < last || (first === last && isDomainFromTop(parts))
  return isRootFirst ? turnedName(name) : undefined
}

/** The lowest of what is joined by `+`; nothing where a type has no place in the order. */
function levelOf(joined: readonly NamePart[]): number | undefined {
  const levels = joined.map(({ type }) => LEVELS.findIndex((types) => types.includes(type)))
  return levels.includes(-1) ? undefined : levels.reduce((most, level) => Math.max(most, level))
}

/** `DC=com,DC=example`; where both ends can end a DNS name nobody can tell. */
function isDomainFromTop(parts: readonly (readonly NamePart[])[]): boolean {
  const labels = parts.flat()
  if (!labels.every(({ type }) => type === 'DC') || labels.length < 2) return false
  return TOP_DOMAINS.test(labels[0]!.value) && !TOP_DOMAINS.test(labels.at(-1)!.value)
}

/** OpenSSL's `/C=US/O=Example/CN=Root` begins with the root; some dialogues part the lines of a name, or put `;` between them. */
function meantName(text: string): string | undefined {
  const slashed = /^\s*\/[A-Za-z][\w.]*=/.test(text)
  const parts = slashed
    ? text
        .trim()
        .slice(1)
        .split(/\/(?=[A-Za-z][\w.]*=)/)
        .reverse()
    : text.split(/\s*[;\r\n]+\s*/)
  return parts.length > 1 ? leafFirst(parts.filter((part) => part.trim() !== '').join(',')) : undefined
}

/** `CN=Example, Inc., C=US` has a comma in a value; `Example Root CA` is the value alone. */
function escapedName(text: string): string | undefined {
  const commas = text.replace(/,(?=[^=]*(?:,|$))/g, '\\,')
  return leafFirst(text.includes('=') ? commas : `CN=${commas}`)
}

/** The one spelling of a name, turned where it runs from the root; nothing for what is no name. */
function leafFirst(text: string): string | undefined {
  if (!parseDistinguishedName(text).ok) return undefined
  const name = canonicalDistinguishedName(text)
  return turnedIfRootFirst(name) ?? name
}
