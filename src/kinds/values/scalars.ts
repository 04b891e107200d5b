/** Values with a syntax of their own: each has one parser, one canonical spelling, and a message that says what to write. */

import { domainToASCII } from 'node:url'
import {
  clip,
  codeOf,
  formatDuration,
  formatSize,
  invisibleIn,
  parseDuration,
  parseSize,
  straightened,
} from '../../base/index.ts'
import { DATA_UNITS, meaningOf, TIME_UNITS, USAGES, wordTable } from '../words.ts'
import { type Parsed, problem } from './reading.ts'

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
    return problem('E241', 'the zero GUID is not a key: the engine would make one up', { help: 'leave out `key`' })
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
    return problem('E245', `\`${clip(text)}\` is not ${what}`, {
      label: `${bytes} bytes are ${bytes * 2} hex digits`,
      help: meantHex(text, bytes * 2),
    })
  }
}

/** `A9-09-…`, `0xa909…`, `SHA1 Fingerprint=A9:09:…`; otherwise what is wrong with the digits. */
function meantHex(text: string, count: number): string {
  const bare = straightened(text).replace(/^(?:[\w-]+\s+)?(?:fingerprint|thumbprint|sha-?1)\s*[:=]\s*|^0x/i, '')
  const digits = bare.replace(/[-.:{}()\s]/g, '').toLowerCase()
  const odd = /[^0-9a-f]/u.exec(digits)?.[0]
  if (odd !== undefined) return `\`${clip(odd)}\` (${codeOf(odd)}) is no hex digit`
  return digits.length === count ? `write \`${digits}\`` : `these are ${digits.length}: copy it once more`
}

/** Reads a DNS name: letters, digits, hyphens and dots; answers lower case without a final dot. */
export function hostName(text: string): Parsed<string> {
  const name = text.trim().replace(/\.$/, '')
  const labels = name.split('.')
  const isName = name.length <= 253 && labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label))
  if (isName && !labels.every((label) => /^\d+$/.test(label))) return { value: name.toLowerCase() }
  const meant = meantHost(name)
  return problem('E246', `\`${clip(text)}\` is not a host name`, {
    help:
      meant === undefined
        ? 'write a DNS name such as vpn.example.com; an address belongs into `remote`'
        : `write \`${meant}\``,
  })
}

/** `https://vpn.example.com/`, `vpn.example.com:500`; letters beyond ASCII as DNS has them. */
function meantHost(text: string): string | undefined {
  const [, bare = ''] = /^(?:\w+:\/\/)?([^\s/:@]+)(?::\d+)?(?:\/\S*)?$/.exec(text) ?? []
  const name = domainToASCII(bare)
  return name !== '' && name !== text && 'value' in hostName(name) ? name : undefined
}

/** A path as the user writes it; a relative one starts at the manifest's folder. */
export function filePath(text: string): Parsed<string> {
  const readable = plainText(text)
  if ('problem' in readable || text.trim() !== '') return readable
  return problem('E248', 'the path is empty', { help: 'write the path of a file' })
}

const seconds = unitsOf(TIME_UNITS)
const kilobytes = unitsOf(DATA_UNITS)

/** What IKE of Microsoft's tools appends to a time: how many quick modes. */
const SESSIONS = /[,/]\s*\d+\s*sess(?:ions?)?$/
const ISO = /^p(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?$/
/** .NET's TimeSpan: `d.hh:mm:ss` */
const CLOCK = /^(?:(\d+)\.)?(\d{1,3}):(\d{2})(?::(\d{2}))?$/

/** @returns the seconds that are meant; nothing for a text that is not a time, or whose unit nobody can tell */
export function meantSeconds(written: string): number | undefined {
  const text = straightened(written).toLowerCase().replace(SESSIONS, '').trim()
  const iso = text.length > 1 ? ISO.exec(text) : null
  if (iso) return total(iso, [604_800, 86_400, 3_600, 60, 1])
  const clock = CLOCK.exec(text)
  return clock ? total(clock, [86_400, 3_600, 60, 1]) : sumOf(text, seconds)
}

/** @returns kilobytes of the engine; nothing for a text that is not an amount of data, or is none of whole kilobytes */
export function meantKilobytes(written: string): number | undefined {
  return sumOf(straightened(written).toLowerCase(), kilobytes)
}

/** Decimal units keep their number, which users know again: `100000kb` → `100000KB`. */
export function spelledSize(written: string, amount: number): string {
  const [, digits, unit = ''] = /^(\d+)\s*([kmg])/.exec(ungrouped(straightened(written).toLowerCase())) ?? []
  const kept = `${digits}${unit.toUpperCase()}B`
  return digits !== undefined && kilobytes.get(unit) === amount / Number(digits) ? kept : formatSize(amount)
}

function total(match: RegExpExecArray, factors: readonly number[]): number {
  return factors.reduce((sum, factor, i) => sum + Number(match[i + 1] ?? 0) * factor, 0)
}

/** `1 h 30 min`, `1.5h`, `100,000 kb`; every number has a unit, and nothing else stands between them. */
function sumOf(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const plain = ungrouped(text)
  const parts = [...plain.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\.?/g)]
  const rest = plain.replace(/(\d+(?:\.\d+)?)\s*([a-z]+)\.?/g, '').replace(/[\s,+]|and/g, '')
  const amounts = parts.map(([, number, unit]) => Number(number) * (units.get(unit!) ?? Number.NaN))
  const sum = amounts.reduce((all, amount) => all + amount, 0)
  return parts.length > 0 && rest === '' && Number.isSafeInteger(sum) ? sum : undefined
}

/** `100,000` → `100000` */
function ungrouped(text: string): string {
  return text.replace(/(?<=\d)[,_'](?=\d{3}(?!\d))/g, '')
}

function unitsOf(rows: readonly (readonly [factor: number, theirs: string])[]): ReadonlyMap<string, number> {
  return new Map(rows.flatMap(([factor, theirs]) => theirs.split(' ').map((their) => [their, factor] as const)))
}

/** Reads a port: `443`, `"443"` or `1024-65535`; answers the number, or `a-b` with a < b. */
export function portOrRange(value: number | string): Parsed<number | string> {
  const bounds = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(String(value).trim())
  const [first, last] = [Number(bounds?.[1]), Number(bounds?.[2] ?? bounds?.[1])]
  if (!bounds || first > 65_535 || last > 65_535) {
    return problem('E228', `\`${clip(String(value))}\` is not a port`, {
      label: 'a port is a number from 0 to 65535',
      help: meantPorts(String(value).trim()) ?? 'write a number, or a range such as 1024-65535',
    })
  }
  if (first > last) {
    return problem('E228', `${value} ends before it starts`, { help: `write \`${last}-${first}\`` })
  }
  return { value: first === last ? first : `${first}-${last}` }
}

/** `80:90`, `80 to 90`, `1024-`, `any`, `80,443`: what other tools have for ports. */
function meantPorts(text: string): string | undefined {
  if (/^(?:any|all|\*)$/i.test(text)) return 'leave out the port: then any port is meant'
  if (/^\d+(?:\s*,\s*\d+)+$/.test(text)) return 'one port or one range: declare a tunnel for each'
  const [, first, last] = /^(\d{1,5})\s*(?::|\.\.+|to|-)\s*(\d{1,5})?$/i.exec(text) ?? []
  const isRange = first !== undefined && Number(first) <= Number(last ?? 65_535) && Number(last ?? 0) <= 65_535
  return isRange ? `write \`${first}-${last ?? 65_535}\`` : undefined
}

/** Is there a port that is among both? An absent one is any. */
export function portsMeet(a: number | string | undefined, b: number | string | undefined): boolean {
  if (a === undefined || b === undefined) return true
  const [x, y] = [portBounds(a), portBounds(b)]
  return x[0] <= y[1] && y[0] <= x[1]
}

function portBounds(port: number | string): [number, number] {
  const [first = 0, last = first] = String(port).split('-').map(Number)
  return [first, last]
}
