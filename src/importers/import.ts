/** Files of another tool → manifests that validate, and a report of what became of every value. */

import {
  byPosition,
  type Diagnostic,
  diagnostic,
  hasErrors,
  isJsonObject,
  type JsonObject,
  type SourceFile,
} from '../base/index.ts'
import { kindsByName } from '../kinds/index.ts'
import { API_VERSION, inSchemaOrder, loadDesired, TUNNEL_SET, writeYaml } from '../manifest/index.ts'
import { withoutKeys } from './masked.ts'
import { Account, commentsOf, type Entry } from './report.ts'
import { Draft, LeftOut, type SourceRead, type Wanted } from './source.ts'
import { SOURCES } from './sources.ts'
import type { ReadBeside } from './swanctl-file.ts'
import { nameOf } from './tunnel.ts'

export interface ImportOptions {
  /** the set that the tunnels are to be of; absent: the default set, which needs no document */
  readonly set?: string
  /** what the source does not say, by field: `endpoints.local` */
  readonly fill: ReadonlyMap<string, string>
  readonly beside: ReadBeside
}

/** One tunnel, with what has to be told of it. */
export interface Manifest {
  readonly document: JsonObject
  readonly comments: readonly string[]
}

export interface Imported {
  readonly manifests: readonly Manifest[]
  readonly entries: readonly Entry[]
  /** errors: nothing was made */
  readonly diagnostics: readonly Diagnostic[]
}

export type { Entry }
export { SOURCES }
export type ImportTool = keyof typeof SOURCES

export function importFrom(tool: ImportTool, files: readonly SourceFile[], options: ImportOptions): Imported {
  const masked = files.map(({ path, text }) => ({ path, text: withoutKeys(text.replace(/^\ufeff/, '')) }))
  const { wanted, roots, diagnostics } = read(tool, masked, options.beside)
  if (hasErrors(diagnostics)) return { manifests: [], entries: [], diagnostics: [...diagnostics].sort(byPosition) }
  const account = new Account(roots)
  const maker = new Maker(account, options)
  const manifests = wanted.flatMap((one) => maker.make(one) ?? [])
  const set = options.set === undefined || manifests.length === 0 ? [] : [setManifest(options.set)]
  return {
    manifests: [...set, ...manifests],
    entries: account.entries(),
    diagnostics: [...diagnostics, ...maker.leftOut].sort(byPosition),
  }
}

/** The engine of expressions has so much room for one value, and no more. */
function read(tool: ImportTool, files: readonly SourceFile[], beside: ReadBeside): SourceRead {
  try {
    return SOURCES[tool](files, beside)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const at = files.map((file) => ({ file: { path: file.path, text: '' }, start: 0, end: 0 }))[0]
    return { wanted: [], roots: [], diagnostics: [diagnostic('E160', at, 'a value in it is too long to be read')] }
  }
}

class Maker {
  readonly leftOut: Diagnostic[] = []
  readonly #account: Account
  readonly #options: ImportOptions
  readonly #names = new Set<string>()

  constructor(account: Account, options: ImportOptions) {
    this.#account = account
    this.#options = options
  }

  make({ title, from, make }: Wanted): Manifest | undefined {
    const draft = new Draft()
    const name = nameOf(title, this.#names)
    try {
      const made = make(draft)
      const document = documentOf(name, filled(made.spec, this.#options.fill, draft), this.#options.set)
      requireValid(document)
      this.#names.add(name)
      const comments = commentsOf(draft, made.from)
      this.#account.keep(draft, `IPsecTunnel/${name}`)
      return { document, comments }
    } catch (error) {
      if (!(error instanceof LeftOut)) throw error
      this.leftOut.push(
        diagnostic('W160', error.at ?? from.span, `\`${title}\` is left out: ${error.message}`, helpOf(error)),
      )
      this.#account.leaveOut(from, error.message)
      return undefined
    }
  }
}

function helpOf({ help }: LeftOut): { readonly help?: string } {
  return help === undefined ? {} : { help }
}

function documentOf(name: string, spec: JsonObject, set: string | undefined): JsonObject {
  const kind = kindsByName.get('IPsecTunnel')!
  const metadata = { name, ...(set !== undefined && { set }) }
  return inSchemaOrder({ apiVersion: API_VERSION, kind: kind.name, metadata, spec }, kind.schema)
}

/** Pruning is never made a choice of somebody's import. */
function setManifest(name: string): Manifest {
  return {
    document: { apiVersion: API_VERSION, kind: TUNNEL_SET, metadata: { name }, spec: { prune: false } },
    comments: [],
  }
}

/** Fields that may be given: those that sources do not always know. */
export const FILLABLE: readonly string[] = [
  'endpoints.local',
  'endpoints.remote',
  'traffic.local',
  'traffic.remote',
  'keyModule',
]

/** Values from the command line, where the source says nothing. */
function filled(spec: JsonObject, fill: ReadonlyMap<string, string>, draft: Draft): JsonObject {
  let current = spec
  for (const [field, value] of fill) {
    const [top = '', below] = field.split('.')
    const part = current[top]
    if (below === undefined) {
      current = { ...current, [top]: part ?? value }
      continue
    }
    const inside = isJsonObject(part) ? part : {}
    if (isSaid(inside[below]) || (below === 'remote' && isSaid(inside.remoteFqdn))) continue
    draft.remark(`${field} was given on the command line`)
    current = {
      ...current,
      [top]: { ...inside, [below]: top === 'traffic' || value.includes(',') ? value.split(/\s*,\s*/) : value },
    }
  }
  for (const field of FILLABLE) requireSaid(current, field)
  return current
}

function isSaid(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0)
}

function requireSaid(spec: JsonObject, field: string): void {
  const [top = '', below = ''] = field.split('.')
  const part = spec[top]
  if (!isJsonObject(part)) return
  if (isSaid(part[below]) || (field === 'endpoints.remote' && isSaid(part.remoteFqdn))) return
  throw new LeftOut(`the source does not say its ${field}`, undefined, `add --fill ${field}=…`)
}

/** What would not validate is no manifest. */
function requireValid(document: JsonObject): void {
  const set = (document.metadata as JsonObject).set
  const sets = typeof set === 'string' ? [{ path: 'set', text: writeYaml(setManifest(set).document) }] : []
  const { diagnostics } = loadDesired([...sets, { path: 'tunnel', text: writeYaml(document) }], kindsByName)
  const error = diagnostics.find(({ severity }) => severity === 'error')
  if (error) throw new LeftOut(error.message, undefined, error.help)
}

/** The manifests as one text, each below what has to be told of it. */
export function yamlOf(manifests: readonly Manifest[]): string {
  const texts = manifests.map(
    ({ document, comments }) => comments.map((line) => `# ${oneLine(line)}\n`).join('') + writeYaml(document),
  )
  return texts.length === 0 ? '# Nothing to import.\n' : texts.join('---\n')
}

function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
}
