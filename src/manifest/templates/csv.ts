/** CSV as spreadsheets write it (RFC 4180, with `,`, `;` or tabs between) → cells that know where they stand. The only door to `csv-parse`. */

import { createRequire } from 'node:module'
import type * as Csv from 'csv-parse/sync'
import { type Diagnostic, diagnostic, type SourceFile, type Span } from '../../base/index.ts'

export interface Cell {
  readonly text: string
  readonly span: Span
}

export interface CsvTable {
  readonly header: readonly Cell[]
  /** without those that hold nothing */
  readonly records: readonly (readonly Cell[])[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What Excel writes, and reads, before everything else. */
const SEPARATOR_LINE = /^sep=(.)\r?\n/i
const DELIMITERS = [',', ';', '\t']

export function readCsv(file: SourceFile): CsvTable {
  const start = SEPARATOR_LINE.exec(file.text)?.[0].length ?? 0
  const records: Cell[][] = []
  try {
    parse(file, start, records)
  } catch (error) {
    if (!isCsvError(error)) throw error
    return { header: [], records: [], diagnostics: [mistakeOf(error, file, start, records)] }
  }
  const [header = [], ...rest] = records.filter((cells) => cells.some(({ text }) => text !== ''))
  return { header, records: rest, diagnostics: header.length > 0 ? [] : [withoutHeader(file)] }
}

/** A record is pushed as it begins, so that a mistake is known to stand behind the last cell. The parser counts bytes. */
function parse(file: SourceFile, start: number, records: Cell[][]): void {
  const bytes = Buffer.from(file.text.slice(start))
  let end = start
  let read = 0
  const { parse } = createRequire(import.meta.url)('csv-parse/sync') as typeof Csv
  parse(bytes, {
    delimiter: delimiterOf(file.text, start),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    cast: (value, { bytes: behind, index }) => {
      const from = index === 0 ? end : end + 1
      end += bytes.toString('utf8', read, behind).length
      read = behind
      const cell = { text: value, span: inkOf(file, from, end) }
      if (index === 0) records.push([cell])
      else records.at(-1)!.push(cell)
      return ''
    },
  })
}

/** Without the line end before a record, and blanks around a cell. */
function inkOf(file: SourceFile, start: number, end: number): Span {
  const isSpace = (at: number) => /\s/.test(file.text[at]!)
  while (start < end && isSpace(start)) start++
  while (end > start && isSpace(end - 1)) end--
  return { file, start, end }
}

/** The one that the header has most of, outside of quotes. */
function delimiterOf(text: string, start: number): string {
  const given = SEPARATOR_LINE.exec(text)?.[1]
  if (given !== undefined) return given
  const header = (/\S[^\r\n]*/.exec(text.slice(start, start + 100_000))?.[0] ?? '').replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!
}

const isCsvError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && /CSV|QUOTE/.test(String((error as { code?: unknown }).code))

const MISTAKES: { readonly [code: string]: readonly [message: string, help: string] } = {
  CSV_QUOTE_NOT_CLOSED: ['the quotes of this cell are never closed', 'a quote inside a cell is written twice: ""'],
  CSV_INVALID_CLOSING_QUOTE: [
    'something stands behind the quotes of this cell',
    'a quote inside a cell is written twice: ""',
  ],
  INVALID_OPENING_QUOTE: [
    'a quote stands inside this cell',
    'put the whole cell in quotes, and write each quote in it twice: ""',
  ],
}

/** In the cell behind the last one that could be read. */
function mistakeOf(
  { code, message }: Error & { readonly code: string },
  file: SourceFile,
  start: number,
  records: readonly Cell[][],
): Diagnostic {
  const last = records.at(-1)?.at(-1)?.span.end ?? start
  const from = last + /^\s*[,;\t]?\s*/.exec(file.text.slice(last))![0].length
  const line = /^[^\r\n]*/.exec(file.text.slice(from))![0]
  const [said, help] = MISTAKES[code] ?? [message.toLowerCase(), undefined]
  return diagnostic('E143', { file, start: from, end: from + line.length }, said, help === undefined ? {} : { help })
}

function withoutHeader(file: SourceFile): Diagnostic {
  const help = 'the first line names the parameters; each further line is one tunnel'
  return diagnostic('E143', { file, start: 0, end: 0 }, `${file.path} has no header`, { help })
}
