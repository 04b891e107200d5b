/** Values with a syntax of their own: each has one parser, one canonical spelling, and a message that says what to write. */

import { clip, codeOf, invisibleIn } from '../../base/characters.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../base/units.ts'
import { USAGES } from '../vendor-words.ts'
import { meaningOf, wordTable } from '../words.ts'
import { type Parsed, problem } from './reading.ts'
import { meantKilobytes, meantSeconds, spelledSize } from './unit-hints.ts'

/** The largest UINT32: engine fields of seconds, kilobytes and packets are that wide. */
const UINT32_MAX = 0xffff_ffff
const usages = wordTable(USAGES)
const UINT64_MAX = 0xffff_ffff_ffff_ffffn

/** Reads `8h`, `90s`, `1h30m` within bounds (seconds) and answers the canonical spelling. */
export function duration(min = 1, max = UINT32_MAX): (text: string) => Parsed<string> {
  return (text) => {
    const bounds: Bounds = { min, max }
    const seconds = parseDuration(text.trim())
    if (seconds === undefined) return notADuration(text.trim(), bounds)
    if (!isWithin(seconds, bounds)) {
      const range = inWords(bounds)
      return problem('E222', `${text.trim()} is out of range`, { label: range, help: `write a duration ${range}` })
    }
    return { value: formatDuration(seconds) }
  }
}

/** In seconds, both among them. */
interface Bounds {
  readonly min: number
  readonly max: number
}

function isWithin(seconds: number, { min, max }: Bounds): boolean {
  return seconds >= min && seconds <= max
}

function inWords({ min, max }: Bounds): string {
  return `from ${formatDuration(min)} to ${max === UINT32_MAX ? `${UINT32_MAX}s` : formatDuration(max)}`
}

function notADuration(text: string, bounds: Bounds): Parsed<never> {
  const isBare = /^\d+$/.test(text)
  const meant = meantSeconds(text)
  const isMeant = meant !== undefined && isWithin(meant, bounds)
  return problem('E220', isBare ? `\`${clip(text)}\` has no unit` : `\`${clip(text)}\` is not a duration`, {
    label: 'the units of a duration are d, h, m, s',
    help: isMeant ? `write \`${formatDuration(meant)}\`` : isBare ? withUnits(text, bounds) : exampleWithin(bounds),
  })
}

/** What a number without its unit may mean, as far as that is taken here. */
function withUnits(digits: string, bounds: Bounds): string {
  const meanings = [
    [`${digits}s`, 'seconds'],
    [`${digits}m`, 'minutes'],
    [`${digits}h`, 'hours'],
  ] as const
  const taken = meanings.filter(([text]) => isWithin(parseDuration(text) ?? 0, bounds))
  if (taken.length === 0) return exampleWithin(bounds)
  return `write ${taken.map(([text, unit]) => `\`${text}\` for ${unit}`).join(', ')}`
}

function exampleWithin(bounds: Bounds): string {
  const isAny = bounds.min <= 1 && bounds.max === UINT32_MAX
  return isAny ? 'write e.g. 8h, 90s or 1h30m' : `write a duration ${inWords(bounds)}`
}

/** Reads `500KB`, `100MB`, `2GB` (1 KB to 4294967295 KB) and answers the canonical spelling. */
export function dataSize(text: string): Parsed<string> {
  const kilobytes = parseSize(text.trim())
  if (kilobytes === undefined) return notASize(text.trim())
  if (!isSize(kilobytes)) {
    const range = `from 1KB to ${UINT32_MAX}KB`
    return problem('E222', `${text} is out of range`, { label: range, help: `write an amount ${range}` })
  }
  return { value: formatSize(kilobytes) }
}

function isSize(kilobytes: number): boolean {
  return Number.isInteger(kilobytes) && kilobytes >= 1 && kilobytes <= UINT32_MAX
}

function notASize(text: string): Parsed<never> {
  const isBare = /^\d+$/.test(text)
  const meant = isBare ? Number(text) : meantKilobytes(text)
  const spelled = meant !== undefined && isSize(meant) ? spelledSize(isBare ? `${text}k` : text, meant) : undefined
  return problem('E221', isBare ? `\`${clip(text)}\` has no unit` : `\`${clip(text)}\` is not an amount of data`, {
    label: 'the units of data are KB, MB, GB',
    help:
      spelled === undefined
        ? "write e.g. 100MB; KB is the engine's kilobyte, MB = 1000 KB, GB = 1000000 KB"
        : `write \`${spelled}\`${isBare ? ' for kilobytes' : ''}`,
  })
}

/** Reads a 64-bit interface LUID: a decimal or 0x number, 1 and up; answers the decimal as text. */
export function luid(value: number | string): Parsed<string> {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return problem('E242', `${value} is too large for a plain number`, { help: 'put the LUID in quotes' })
  }
  const text = String(value).trim()
  const bits = /^(0|[1-9]\d*|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : 0n
  if (bits < 1n || bits > UINT64_MAX) {
    return problem('E242', `\`${clip(text)}\` is not an interface LUID`, {
      label: `a number from 1 to ${UINT64_MAX}`,
      help: 'take it from `(Get-NetAdapter -Name NAME).NetLuid`',
    })
  }
  return { value: bits.toString() }
}

/** Reads a GUID, with or without braces, any case; answers lower case without braces. */
export function guidText(text: string): Parsed<string> {
  const plain = text.trim().toLowerCase()
  const [, inner = plain] = /^\{(.*)\}$/.exec(plain) ?? []
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(inner)) {
    return problem('E241', `\`${clip(text)}\` is not a GUID`, {
      help: meantGuid(inner) ?? 'write e.g. 3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    })
  }
  if (/^[0-]*$/.test(inner)) {
    return problem('E241', 'the zero GUID is no key: the engine would make one up', { help: 'leave out `key`' })
  }
  return { value: inner }
}

/** Without hyphens, in parentheses, or as a URN. */
function meantGuid(text: string): string | undefined {
  const digits = text.replace(/^urn:uuid:/, '').replace(/[(){}\s-]/g, '')
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(digits)
  return parts ? `write \`${parts.slice(1).join('-')}\`` : undefined
}

/** Reads text that the engine shows to people: printable, and no leading `@`, which Windows takes for an indirect string. */
export function displayText(text: string): Parsed<string> {
  if (text.startsWith('@')) {
    return problem('E247', 'the text starts with `@`', {
      label: 'Windows would look this up as an indirect string',
      help: 'begin with another character',
    })
  }
  return withoutControls(text)
}

/** Reads text that something else is compared with, or looked up by: nothing in it may be invisible. */
export function plainText(text: string): Parsed<string> {
  const hidden = invisibleIn(text)
  if (hidden) return problem('E247', `the text holds ${hidden.name} ${hidden.where}`)
  return withoutControls(text)
}

/** Text without control characters or unpaired surrogates. */
function withoutControls(text: string): Parsed<string> {
  const found = /[\p{Cc}\p{Cs}\u2028\u2029]/u.exec(text)
  if (!found) return { value: text }
  return problem('E247', `the text holds the character ${codeOf(found[0])}`, {
    label: 'control characters are not allowed',
    help: 'write it on one line, without tabs',
  })
}

/** Reads an object identifier: `1.3.6.1.5.5.7.3.1`. */
export function oid(text: string): Parsed<string> {
  const plain = text.trim()
  if (/^([01]\.([0-9]|[1-3][0-9])|2\.(0|[1-9]\d*))(\.(0|[1-9]\d*))*$/.test(plain)) return { value: plain }
  const named = meaningOf(usages, plain, /^oid/)?.word
  const numbers = plain.replace(/^oid[.:]\s*/i, '')
  const meant = named ?? (numbers !== plain && 'value' in oid(numbers) ? numbers : undefined)
  return problem('E244', `\`${clip(text)}\` is not an object identifier`, {
    help:
      meant === undefined
        ? 'write numbers and dots, e.g. 1.3.6.1.5.5.7.3.1 for server authentication'
        : `write \`${meant}\``,
  })
}

/** Reads a number of bytes in hex; colons, blanks and what does not show between them do not count: Windows' dialogue begins with U+200E. */
export function hexBytes(bytes: number, what: string): (text: string) => Parsed<string> {
  return (text) => {
    const digits = text.replace(/[\s:\p{Cf}]/gu, '').toLowerCase()
    if (digits.length === bytes * 2 && /^[0-9a-f]*$/.test(digits)) return { value: digits }
    return problem('E245', `\`${clip(text)}\` is not ${what}`, { label: `${bytes} bytes are ${bytes * 2} hex digits` })
  }
}

/** Reads a DNS name: letters, digits, hyphens and dots; answers lower case without a final dot. */
export function hostName(text: string): Parsed<string> {
  const name = text.trim().replace(/\.$/, '')
  const labels = name.split('.')
  const isName = name.length <= 253 && labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label))
  if (isName && !labels.every((label) => /^\d+$/.test(label))) return { value: name.toLowerCase() }
  return problem('E246', `\`${clip(text)}\` is not a host name`, {
    help: 'write a DNS name such as vpn.example.com; an address belongs into `remote`',
  })
}

/** A path as the user writes it; a relative one starts at the manifest's folder. */
export function filePath(text: string): Parsed<string> {
  const readable = plainText(text)
  if ('problem' in readable || text.trim() !== '') return readable
  return problem('E248', 'the path is empty', { help: 'write the path of a file' })
}
