/** The rows of a TunnelInstances: written in it, or in a file of CSV, YAML or JSON. */

import {
  type Diagnostic,
  diagnostic,
  isJsonObject,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  type SourceFile,
  type Span,
} from '../../base/index.ts'
import type { Manifest, Written } from '../document.ts'
import { IS_CSV } from '../file-reader.ts'
import { validateDocument } from '../schema/validate.ts'
import { readValue } from '../yaml/value.ts'
import { type Cell, readCsv } from './csv.ts'
import { columnSchemaOf, demanded, type Template } from './template.ts'

/** What one tunnel is made from. Pointers begin at the row: `/remote`. */
export interface Row extends Written {
  readonly start: number
  readonly value: JsonObject
}

export interface Table {
  readonly rows: readonly Row[]
  readonly diagnostics: readonly Diagnostic[]
  /** some of its rows could not be read */
  readonly incomplete: boolean
}

const MAX_ROWS = 100_000
const MAX_COLUMNS = 1_000

export function inlineRows({ at, file, broken, spec }: Manifest): Table {
  const below: Written = { file, broken, at }
  return rowsOf((spec.rows ?? []) as readonly Json[], below, '/spec/rows')
}

/** @param given parameters that a row need not give */
export function rowsIn(file: SourceFile, template: Template, given: ReadonlySet<string>): Table {
  return IS_CSV.test(file.path) ? rowsOfCsv(file, template, given) : rowsOfValue(file)
}

function rowsOfValue(file: SourceFile): Table {
  const { value, diagnostics, ...written } = readValue(file)
  if (diagnostics.length > 0) return { rows: [], diagnostics, incomplete: true }
  if (Array.isArray(value)) return rowsOf(value as readonly Json[], written, '')
  const help = 'write a list, each item of which gives the parameters of one tunnel'
  return refused(diagnostic('E143', written.at(''), `${file.path} holds no list of rows`, { help }))
}

function rowsOf(items: readonly Json[], { file, at, broken }: Written, list: Pointer): Table {
  if (items.length > MAX_ROWS) return refused(tooMany(items.length, at(list)))
  const diagnostics: Diagnostic[] = []
  const rows = items.flatMap((value, i): Row[] => {
    const own = joinPointer(list, i)
    if (broken.has(own)) return []
    if (!isJsonObject(value)) {
      diagnostics.push(diagnostic('E143', at(own), 'a row is a mapping of parameters to values'))
      return []
    }
    const inside = [...broken].filter((pointer) => pointer.startsWith(`${own}/`))
    return [
      {
        file,
        value,
        start: at(own).start,
        at: (pointer, part) => at(pointer === '' ? own : own + pointer, part),
        broken: new Set(inside.map((pointer) => pointer.slice(own.length))),
      },
    ]
  })
  return { rows, diagnostics, incomplete: diagnostics.length > 0 }
}

function rowsOfCsv(file: SourceFile, template: Template, given: ReadonlySet<string>): Table {
  const { header, records, diagnostics } = readCsv(file)
  if (header.length === 0) return { rows: [], diagnostics, incomplete: true }
  if (records.length > MAX_ROWS) return refused(tooMany(records.length, header[0]!.span))
  if (header.length > MAX_COLUMNS) return refused(tooWide(header.length, header[0]!.span))
  const columns = readHeader(header, template, given, file)
  const uneven = records.flatMap((cells) => unevenness(cells, header) ?? [])
  const even = uneven.length === 0 ? records : records.filter((cells) => !unevenness(cells, header))
  const rows = even.map((cells) => rowOf(cells, columns, template, file))
  return { rows, diagnostics: [...columns.diagnostics, ...uneven], incomplete: uneven.length > 0 }
}

interface Columns {
  /** place of each name in the record */
  readonly indexOf: ReadonlyMap<string, number>
  /** columns that have a finding: `/remote` */
  readonly broken: ReadonlySet<Pointer>
  readonly diagnostics: readonly Diagnostic[]
}

/** Columns that are unknown or missing are told once, not with every row. */
function readHeader(
  header: readonly Cell[],
  template: Template,
  given: ReadonlySet<string>,
  file: SourceFile,
): Columns {
  const named = header.map(({ text, span }, index) => ({ text, span, index })).filter(({ text }) => text !== '')
  const indexOf = new Map<string, number>()
  const twice: Diagnostic[] = []
  for (const { text, span, index } of named) {
    const first = indexOf.get(text)
    if (first === undefined) indexOf.set(text, index)
    else twice.push(diagnostic('E112', span, `the column \`${text}\` is given twice`))
  }
  const at: Written['at'] = (pointer) => demanded(header[indexOf.get(nameIn(pointer, 2)) ?? 0]!.span, pointer, template)
  const names = Object.fromEntries([...indexOf.keys()].map((name) => [name, '']))
  const document = { file, start: 0, at, broken: new Set<Pointer>(), value: { header: names } }
  const { diagnostics, broken } = validateDocument(document, columnSchemaOf(template, given))
  const known = [...indexOf].filter(([name]) => template.parameters.has(name))
  return {
    indexOf: new Map(known),
    broken: new Set([...broken].map((pointer) => pointer.slice('/header'.length))),
    diagnostics: [...twice, ...diagnostics],
  }
}

/** An empty cell gives nothing. */
function rowOf(cells: readonly Cell[], columns: Columns, { parameters }: Template, file: SourceFile): Row {
  const given = [...columns.indexOf].filter(([, index]) => (cells[index]?.text ?? '') !== '')
  const value = given.map(([name, index]) => [name, typed(cells[index]!.text, parameters.get(name)!.schema)] as const)
  const first = cells[0]!.span
  return {
    file,
    start: first.start,
    value: Object.fromEntries(value),
    broken: columns.broken,
    at: (pointer) => cells[columns.indexOf.get(nameIn(pointer, 1)) ?? 0]?.span ?? first,
  }
}

/** @param step of the pointer that names a column */
function nameIn(pointer: Pointer, step: number): string {
  return (pointer.split('/')[step] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
}

const WHOLE = /^[-+]?\d{1,15}$/
const DECIMAL = /^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i
/** Between the items of a list in one cell. */
const BETWEEN = /[\s,;|]+/

const TYPES: { readonly [type: string]: (text: string, schema: JsonObject) => Json } = {
  integer: (text) => (WHOLE.test(text) ? Number(text) : text),
  number: (text) => (DECIMAL.test(text) ? Number(text) : text),
  // spreadsheets write them in capitals
  boolean: (text) => (/^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text),
  array: (text, { items }) =>
    text
      .split(BETWEEN)
      .filter((item) => item !== '')
      .map((item) => typed(item, isJsonObject(items) ? items : {})),
}

/** What a cell says, as far as it says what its parameter is to be; the schema has a word for anything else. */
function typed(text: string, schema: JsonObject): Json {
  const type = typeof schema.type === 'string' ? TYPES[schema.type] : undefined
  return type ? type(text, schema) : text
}

/** A row that was broken off, or one with a separator too many. */
function unevenness(cells: readonly Cell[], header: readonly Cell[]): Diagnostic | undefined {
  const extra = cells.slice(header.length).find(({ text }) => text !== '')
  if (!extra && cells.length >= header.length) return undefined
  const at = extra?.span ?? cells[0]!.span
  const message = `this row has ${cells.length} cells, and the header names ${header.length}`
  return diagnostic('E143', at, message, {
    help: 'put a cell that holds the separator in quotes; leave a cell empty rather than out',
  })
}

function tooMany(count: number, at: Span): Diagnostic {
  return diagnostic('E104', at, `a table of ${count} rows; the limit is ${MAX_ROWS}`)
}

function tooWide(count: number, at: Span): Diagnostic {
  return diagnostic('E104', at, `a table of ${count} columns; the limit is ${MAX_COLUMNS}`)
}

function refused(finding: Diagnostic): Table {
  return { rows: [], diagnostics: [finding], incomplete: true }
}
