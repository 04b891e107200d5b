/** The door to templates and policies. Their code is loaded when a file speaks of them. */

import { type Diagnostic, diagnostic, remembering, type SourceFile } from '../base/index.ts'
import type { Manifest } from './document.ts'
import type { Resource } from './model.ts'
import type { Rendered } from './templates/index.ts'
import { TRAFFIC_TEST, TUNNEL_SET } from './tunnel-set.ts'

const TUNNEL_TEMPLATE = 'TunnelTemplate'
const TUNNEL_INSTANCES = 'TunnelInstances'
const POLICY = 'Policy'
/** Kinds that no engine holds an object of. */
export const CORE_KINDS: readonly string[] = [TUNNEL_SET, TUNNEL_TEMPLATE, TUNNEL_INSTANCES, TRAFFIC_TEST, POLICY]

let templates: typeof import('./templates/index.ts') | undefined
let policies: typeof import('./policies.ts') | undefined

/**
 * To be called before manifests are loaded that may speak of templates or policies.
 *
 * @returns paths of the files that hold rows, and of the manifests that name them
 */
export async function knowTemplates(files: readonly SourceFile[]): Promise<readonly NamedTable[]> {
  if (files.some((file) => subjectsOf(file).policies)) policies ??= await import('./policies.ts')
  const speaking = files.filter((file) => subjectsOf(file).templates)
  if (speaking.length === 0) return []
  templates ??= await import('./templates/index.ts')
  const { tablesNamedBy } = templates
  const named = speaking.flatMap((file) => tablesNamedBy(file).map((path) => [path, { path, by: file.path }] as const))
  return [...new Map(named).values()]
}

/** What a file may speak of; it does where these words stand in it. */
const subjectsOf = remembering(({ text }: SourceFile) => ({
  policies: text.includes(POLICY),
  templates: text.includes(TUNNEL_TEMPLATE) || text.includes(TUNNEL_INSTANCES),
}))

export interface NamedTable {
  readonly path: string
  /** path of a manifest that names it */
  readonly by: string
}

/**
 * @param manifests of any kind
 * @param isWhole every document could be read
 */
export function renderTemplates(
  manifests: readonly Manifest[],
  files: readonly SourceFile[],
  isWhole: boolean,
): Rendered | undefined {
  const ofKind = (name: string) => manifests.filter(({ kind }) => kind === name)
  const [bodies, instances] = [ofKind(TUNNEL_TEMPLATE), ofKind(TUNNEL_INSTANCES)]
  const others = files.filter(({ holds }) => holds !== undefined)
  if (bodies.length + instances.length === 0) return undefined
  if (templates) return templates.render({ templates: bodies, instances, files: others, isWhole })
  return { documents: [], diagnostics: spelledOut([...bodies, ...instances]), incomplete: true }
}

/** A kind that is written with escapes is not found by who looks for its name; one that is misspelt has its finding. */
function spelledOut(manifests: readonly Manifest[]): Diagnostic[] {
  const hidden = manifests.filter(({ broken }) => !broken.has('/kind'))
  return hidden.map(({ at, kind }) => diagnostic('E122', at('/kind'), `write the kind in plain letters: ${kind}`))
}

export function hasRules(manifests: readonly Manifest[]): boolean {
  return manifests.some(({ kind }) => kind === POLICY)
}

/** What rules have to say to resources. */
export function judgements(manifests: readonly Manifest[], resources: readonly Resource[]): readonly Diagnostic[] {
  const rules = manifests.filter(({ kind }) => kind === POLICY)
  if (rules.length === 0) return []
  return policies?.judge(rules, resources) ?? spelledOut(rules)
}
