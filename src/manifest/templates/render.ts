/**
 * Templates and rows → the documents that somebody would otherwise have written by hand. Each value of such a document knows the cell that it
 * comes from, or the line of the template, and names the other.
 */

import {
  type Diagnostic,
  diagnostic,
  didYouMean,
  isJsonObject,
  type Json,
  type JsonObject,
  joinPointer,
  parsePointer,
  recall,
  type SourceFile,
} from '../../base/index.ts'
import type { Document, Manifest, Written } from '../document.ts'
import { API_VERSION } from '../schema/envelope.ts'
import { validateDocument } from '../schema/validate.ts'
import { MAX_DOCUMENT_LENGTH } from '../yaml/split.ts'
import { type Content, readValue } from '../yaml/value.ts'
import { bodyOf, brokenIn, placesOf, type Values } from './fill.ts'
import { inlineRows, type Row, rowsIn, type Table } from './table.ts'
import { demanded, objectOf, readTemplate, type Template } from './template.ts'

export interface Rendered {
  readonly documents: readonly Document[]
  readonly diagnostics: readonly Diagnostic[]
  /** some could not be made, so what they declare is unknown */
  readonly incomplete: boolean
}

/** What a template makes. */
const MADE_KIND = 'IPsecTunnel'
/** Of all documents together, as JSON: 100 000 tunnels take about 90 MB. */
const MAX_RENDERED_LENGTH = 250_000_000

/**
 * @param toRender of templates and instances each name once; the files are those that hold rows, and the values of a host
 */
export function render({ templates, instances, files, isWhole }: ToRender): Rendered {
  const read = templates.map(readTemplate)
  const known = new Map(read.map(({ template }) => [template.manifest.name, template]))
  const host = readHostValues(files, known)
  const tables = new Map(files.flatMap((file) => (file.holds === 'rows' ? [[file.path, file] as const] : [])))
  const room = new Room()
  const made = instances.map((one) => renderOne(one, { known, tables, host: host.values, room, isWhole }))
  return {
    documents: made.flatMap(({ documents }) => documents),
    diagnostics: [
      ...read.flatMap(({ diagnostics }) => diagnostics),
      ...host.diagnostics,
      ...made.flatMap(({ diagnostics }) => diagnostics),
    ],
    incomplete: made.some(({ incomplete }) => incomplete),
  }
}

/** How much may still be made. It is counted before anything is: a small table can ask for more than there is memory. */
class Room {
  #left = MAX_RENDERED_LENGTH
  #isFull = false

  /** @returns a finding where it is too much; only one for all that is made together */
  refuse({ body, uses }: Template, { given }: Values, row: Row): Diagnostic | 'told' | undefined {
    const length = bodyLength(body) + [...uses].reduce((sum, [name, count]) => sum + count * lengthOf(given[name]), 0)
    this.#left -= length
    if (length > MAX_DOCUMENT_LENGTH) {
      const message = `the template makes ${length} characters of this row; the limit is ${MAX_DOCUMENT_LENGTH}`
      return diagnostic('E104', row.at(''), message)
    }
    if (this.#left >= 0) return undefined
    if (this.#isFull) return 'told'
    this.#isFull = true
    return diagnostic('E104', row.at(''), `templates make more than ${MAX_RENDERED_LENGTH} characters of manifests`)
  }
}

const lengths = new WeakMap<JsonObject, number>()

function bodyLength(body: JsonObject): number {
  return recall(lengths, body, () => JSON.stringify(body).length)
}

function lengthOf(value: Json | undefined): number {
  return typeof value === 'string' ? value.length : (JSON.stringify(value)?.length ?? 0)
}

export interface ToRender {
  readonly templates: readonly Manifest[]
  readonly instances: readonly Manifest[]
  readonly files: readonly SourceFile[]
  /** every document could be read: a template that is not there is nowhere */
  readonly isWhole: boolean
}

interface Surroundings extends Pick<ToRender, 'isWhole'> {
  readonly known: ReadonlyMap<string, Template>
  /** by path */
  readonly tables: ReadonlyMap<string, SourceFile>
  readonly host: Content | undefined
  readonly room: Room
}

const NOTHING: Rendered = { documents: [], diagnostics: [], incomplete: true }

function renderOne(instances: Manifest, { known, tables, host, room, isWhole }: Surroundings): Rendered {
  const { spec, at, broken } = instances
  if (typeof spec.template !== 'string') return NOTHING
  const template = known.get(spec.template)
  if (!template && !isWhole) return NOTHING
  if (!template) {
    const help =
      didYouMean(spec.template, known.keys()) ?? 'declare it: a document of kind TunnelTemplate with this name'
    return {
      ...NOTHING,
      diagnostics: [
        diagnostic('E142', at('/spec/template'), `there is no TunnelTemplate \`${spec.template}\``, { help }),
      ],
    }
  }
  if (broken.has('/spec/rows') || (spec.file === undefined) === (spec.rows === undefined)) return NOTHING
  const shared = sharedBy(template, host)
  const table = spec.file === undefined ? inlineRows(instances) : fromFile(instances, { template, tables, shared })
  const made = table.rows.map((row) => fill(row, { template, instances, host, shared, room }))
  return {
    documents: made.flatMap(({ document }) => document ?? []),
    diagnostics: [...table.diagnostics, ...grouped(made.flatMap(({ diagnostics }) => diagnostics))],
    incomplete: table.incomplete || made.some(({ document }) => document === undefined),
  }
}

function fromFile(
  { file, at, spec }: Manifest,
  { template, tables, shared }: { template: Template; tables: Surroundings['tables']; shared: JsonObject },
): Table {
  const path = tablePath(file.path, String(spec.file))
  const found = tables.get(path)
  const flaw = found ? found.flaw : 'was not given'
  if (found && flaw === undefined) return rowsIn(found, template, new Set(Object.keys(shared)))
  return { rows: [], diagnostics: [diagnostic('E143', at('/spec/file'), `${path} ${flaw}`)], incomplete: true }
}

/** Where the file stands that a manifest names: as users see paths. */
export function tablePath(manifest: string, name: string): string {
  const steps = manifest.split('/').slice(0, -1)
  for (const step of name.replaceAll('\\', '/').split('/')) {
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop()
    else if (step !== '.' && step !== '') steps.push(step)
  }
  return steps.join('/')
}

/** What `--values` gives to every row that does not give it itself. */
function sharedBy({ parameters }: Template, host: Content | undefined): JsonObject {
  return Object.fromEntries(Object.entries(objectOf(host?.value)).filter(([name]) => parameters.has(name)))
}

function readHostValues(files: readonly SourceFile[], known: ReadonlyMap<string, Template>) {
  const file = files.find(({ holds }) => holds === 'values')
  if (!file) return { values: undefined, diagnostics: [] }
  const read = readValue(file)
  if (read.diagnostics.length > 0) return { values: undefined, diagnostics: read.diagnostics }
  if (!isJsonObject(read.value)) {
    const finding = diagnostic('E143', read.at(''), `${file.path} is no mapping of parameters to values`)
    return { values: undefined, diagnostics: [finding] }
  }
  const names = new Set([...known.values()].flatMap(({ parameters }) => [...parameters.keys()]))
  const unknown = Object.keys(read.value).filter((name) => !names.has(name))
  const diagnostics = unknown.map((name) => {
    const help = didYouMean(name, names) ?? 'leave it out, or declare it in a template'
    return diagnostic('W122', read.at(joinPointer('', name), 'key'), `no template has a parameter \`${name}\``, {
      help,
    })
  })
  return { values: read, diagnostics }
}

interface Filling {
  readonly template: Template
  readonly instances: Manifest
  readonly host: Content | undefined
  readonly shared: JsonObject
  readonly room: Room
}

interface Filled {
  readonly document?: Document
  readonly diagnostics: readonly Diagnostic[]
}

function fill(row: Row, { template, instances, host, shared, room }: Filling): Filled {
  const own = withoutEmpty(row.value)
  const place: Written['at'] = (pointer, part) => {
    const name = parsePointer(pointer)[0] ?? ''
    return host && !Object.hasOwn(own, name) && Object.hasOwn(shared, name)
      ? host.at(pointer, part)
      : row.at(pointer, part)
  }
  const checked = check({ ...shared, ...own }, row, { template, place })
  const values: Values = { given: { ...defaultsOf(template), ...shared, ...own }, broken: checked.broken }
  const refusal = room.refuse(template, values, row)
  if (refusal) return { diagnostics: refusal === 'told' ? [] : [refusal] }
  const value = { apiVersion: API_VERSION, kind: MADE_KIND, ...bodyOf(template, instances, values) }
  const broken = new Set(values.broken.size === 0 ? [] : brokenIn(template.body, '', values.broken))
  const rendering = {}
  const at = placesOf({
    row,
    template,
    instances,
    values,
    place,
    isGiven: (name) => Object.hasOwn(own, name) || Object.hasOwn(shared, name),
    rendering,
  })
  return {
    document: { file: row.file, start: row.start, value, at, broken, rendering },
    diagnostics: checked.diagnostics,
  }
}

/** A cell that is left empty gives nothing; so does null, as programs write it. */
function withoutEmpty(value: JsonObject): JsonObject {
  const entries = Object.entries(value)
  return entries.some(([, given]) => given === null)
    ? Object.fromEntries(entries.filter(([, given]) => given !== null))
    : value
}

const defaults = new WeakMap<Template, JsonObject>()

function defaultsOf(template: Template): JsonObject {
  return recall(defaults, template, () =>
    Object.fromEntries(
      [...template.parameters].flatMap(([name, { schema }]) =>
        schema.default === undefined ? [] : [[name, schema.default] as const],
      ),
    ),
  )
}

/** @returns names of parameters that cannot be used, too: required and absent, or of another type */
function check(value: JsonObject, row: Row, { template, place }: { template: Template; place: Written['at'] }) {
  const broken = new Set([...row.broken].map((pointer) => `/row${pointer}`))
  const at: Written['at'] = (pointer, part) => demanded(place(pointer.slice('/row'.length), part), pointer, template)
  const checked = validateDocument(
    { file: row.file, start: row.start, at, broken, value: { row: value } },
    template.rowSchema,
  )
  const names = [...checked.broken].map((pointer) => parsePointer(pointer)[1] ?? '')
  return { diagnostics: checked.diagnostics, broken: new Set([...names, ...template.unusable]) }
}

/** An unknown or missing field that many rows have is told once. */
function grouped(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const counts = new Map<string, number>()
  const isShared = ({ code }: Diagnostic) => code === 'E200' || code === 'E201'
  const first = diagnostics.filter((finding) => {
    if (!isShared(finding)) return true
    const count = counts.get(finding.message) ?? 0
    counts.set(finding.message, count + 1)
    return count === 0
  })
  return first.map((finding) => {
    const more = isShared(finding) ? counts.get(finding.message)! - 1 : 0
    return more === 0
      ? finding
      : { ...finding, notes: [...(finding.notes ?? []), `the same in ${more} more of the rows`] }
  })
}
