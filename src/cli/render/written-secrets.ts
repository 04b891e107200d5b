/**
 * Text → the places of keys that somebody wrote into it. Read line by line, not as YAML: a key must not be shown either where the document
 * cannot be read. What is doubtful counts as a key, for a frame that hides too much costs less than one that shows a key.
 */

import { suggest } from '../../base/index.ts'
import { referenceFields } from '../../manifest/index.ts'

/** A half-open range of UTF-16 offsets. */
export type TextRange = readonly [start: number, end: number]

/** The members of a reference to a secret: where the key is, not the key. */
const REFERENCE_FIELDS = [...referenceFields(), 'flags']

/** Such a member with its value, another name, or what stands between them. */
const REFERRING = new RegExp(
  String.raw`(?<![\w-])["']?(?:${REFERENCE_FIELDS.join('|')})["']?[ \t]*:[ \t]*(?:\[[^\]\r\n]*\]|[^,}\r\n#]*)|(?<![\w-])([\w-]{1,40})["']?[ \t]*:|[\s{}",']+`,
  'g',
)

/** A name in quotes or not, and what separates it from its value; `key` alone only where a mapping begins (a tunnel has a `key` too). */
const FIELD_PATTERN =
  /(?:"((?:[^"\\\r\n]|\\.){1,100})"|'([^'\r\n]{1,100})'|(?<=[-[{]\s{0,9})(keys?)(?=\s{0,99}:)|(?<![\w-])([\w-]{2,100})(?![\w-]))(\s{0,99}[:=]|[ \t]{1,99}(?=[^\s,}\]]))/gi

/** A line that begins a field, an item, a document or the end of a bracket: what stood before is over. */
const STRUCTURE =
  /[ \t]*(?:-(?=\s|$)|---|\.\.\.|[?}\]]|(?:"[^"\r\n]{0,100}"|'[^'\r\n]{0,100}'|[\w./-]{1,100})[ \t]*:(?=\s|$))/y

/** What may stand before a value without being one. */
const PROPERTIES = String.raw`(?:[&!][^\s,{}[\]]*[ \t]+)*`
const FLOW_MAPPING = new RegExp(String.raw`^\s*${PROPERTIES}(\{)`)
const BLOCK_MAPPING = new RegExp(
  String.raw`^[ \t]*${PROPERTIES}(?:[&!]\S*)?(?:[ \t]*(?:#.*)?\r?\n)+[ \t]*["']?[\w-]+["']?[ \t]*:(?=\s)`,
)
const WHOLE_FLOW_MAPPING = /^[^{]*\{(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^{}"'])*\}/
/** A longer value is not a reference. */
const MAX_REFERENCE = 4000

/** @param known places of keys that are known already; an alias among them leads to more */
export function writtenSecrets(text: string, known: readonly TextRange[] = []): readonly TextRange[] {
  const fields = fieldsIn(text)
  const named = merged([...known, ...fields])
  const anchored = anchoredIn(text, aliasesIn(text, named))
  return anchored.length === 0 ? named : merged([...named, ...anchored])
}

/** `presharedKey`, misspelt too, and what people call such a thing elsewhere */
export function isSecretName(name: string): boolean {
  return /pre.?shared|psk|secret|passw|passphrase/i.test(name) || suggest(name, ['presharedKey']) !== undefined
}

function fieldsIn(text: string): TextRange[] {
  const found: TextRange[] = []
  let end = 0
  for (const field of text.matchAll(FIELD_PATTERN)) {
    const [whole, double, single, key, plain, separator = ''] = field
    const name = double === undefined ? (single ?? plain ?? '') : unescaped(double)
    const isField = /[:=]$/.test(separator) || suggest(name, ['presharedKey']) !== undefined
    if (field.index < end || !isField || !(key !== undefined || isSecretName(name))) continue
    const value = valueAt(text, field.index + whole.length, columnOf(text, field.index))
    found.push(...value.secrets)
    end = value.end
  }
  return found
}

/** Escapes of YAML's double quotes that stand for letters. */
function unescaped(text: string): string {
  return text.replace(/\\(?:x(\w\w)|u(\w{4})|U000(\w{5})|(.))/g, (_, x, u, long, other) =>
    other === undefined ? String.fromCodePoint(Number.parseInt(x ?? u ?? long, 16) || 0) : other,
  )
}

function aliasesIn(text: string, secrets: readonly TextRange[]): Set<string> {
  const names = secrets.flatMap(([start, end]) =>
    Array.from(text.slice(start, end).matchAll(/\*([^\s,[\]{}]+)/g), ([, name]) => name!),
  )
  return new Set(names)
}

function anchoredIn(text: string, names: ReadonlySet<string>): TextRange[] {
  if (names.size === 0) return []
  const found: TextRange[] = []
  let end = 0
  for (const anchor of text.matchAll(/&([^\s,[\]{}]+)/g)) {
    if (anchor.index < end || !names.has(anchor[1]!)) continue
    const start = text.lastIndexOf('\n', anchor.index) + 1
    const column = /^[ \t]*(?:- +)*/.exec(text.slice(start, start + 200))![0].length
    const value = valueAt(text, anchor.index + anchor[0].length, column)
    found.push(...value.secrets)
    end = value.end
  }
  return found
}

/** @param column where the name of the value stands */
function valueAt(text: string, start: number, column: number): { secrets: readonly TextRange[]; end: number } {
  const end = endOf(text, start, column)
  const value = text.slice(start, end)
  const isMapping = value.length <= MAX_REFERENCE && (FLOW_MAPPING.test(value) || BLOCK_MAPPING.test(value))
  if (!isMapping) return { secrets: textRanges(value, start), end }
  const whole = WHOLE_FLOW_MAPPING.exec(value)?.[0] ?? value
  return { secrets: notReferring(whole, start), end: start + whole.length }
}

/** The rest of the line, and the lines below it that cannot be told to be something else. */
function endOf(text: string, start: number, column: number): number {
  let end = lineEnd(text, start)
  while (end < text.length && goesOn(text, end + 1, column)) end = lineEnd(text, end + 1)
  return end
}

function goesOn(text: string, start: number, column: number): boolean {
  const indent = /^[ \t]*/.exec(text.slice(start, start + 400))![0].length
  if (indent > column) return true
  STRUCTURE.lastIndex = start
  return !STRUCTURE.test(text) || (indent === column && /^-\s/.test(text.slice(start + indent, start + indent + 2)))
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function columnOf(text: string, offset: number): number {
  return offset - text.lastIndexOf('\n', offset - 1) - 1
}

/** The text of every line, without the space around it. */
function textRanges(text: string, offset: number): TextRange[] {
  return text.split('\n').flatMap((line, i, lines) => {
    const start = offset
    offset += line.length + (i < lines.length - 1 ? 1 : 0)
    const ink = line.trim()
    const from = start + line.indexOf(ink)
    return ink === '' ? [] : [[from, from + ink.length] as const]
  })
}

/** Everything in a mapping that does not say where a key is; names are kept where they are names, not halves of a key. */
function notReferring(text: string, offset: number): TextRange[] {
  const found: TextRange[] = []
  let end = 0
  for (const part of text.matchAll(REFERRING)) {
    const name = part[1]
    if (name !== undefined && !isPlainName(name)) continue
    if (part.index > end) found.push([offset + end, offset + part.index])
    end = part.index + part[0].length
  }
  if (end < text.length) found.push([offset + end, offset + text.length])
  return found
}

function isPlainName(name: string): boolean {
  return (
    /^(?:key|value|text|hex|base64|data|content)$/i.test(name) ||
    isSecretName(name) ||
    suggest(name, REFERENCE_FIELDS) !== undefined
  )
}

function merged(ranges: readonly TextRange[]): TextRange[] {
  const result: [number, number][] = []
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}
