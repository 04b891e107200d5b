/** The door to templates. Their code is loaded when a file speaks of them. */

import type { SourceFile } from '../base/index.ts'
import type { Manifest } from './document.ts'
import type { Rendered } from './templates/index.ts'
import { TRAFFIC_TEST, TUNNEL_SET } from './tunnel-set.ts'

const TUNNEL_TEMPLATE = 'TunnelTemplate'
const TUNNEL_INSTANCES = 'TunnelInstances'
/** Kinds that no engine holds an object of. */
export const CORE_KINDS: readonly string[] = [TUNNEL_SET, TUNNEL_TEMPLATE, TUNNEL_INSTANCES, TRAFFIC_TEST]

let templates: typeof import('./templates/index.ts') | undefined

/**
 * To be called before manifests are loaded that may speak of templates.
 *
 * @returns paths of the files that hold rows, and of the manifests that name them
 */
export async function knowTemplates(files: readonly SourceFile[]): Promise<readonly NamedTable[]> {
  const speaking = files.filter(({ text }) => text.includes(TUNNEL_TEMPLATE) || text.includes(TUNNEL_INSTANCES))
  if (speaking.length === 0) return []
  templates ??= await import('./templates/index.ts')
  const { tablesNamedBy } = templates
  const named = speaking.flatMap((file) => tablesNamedBy(file).map((path) => [path, { path, by: file.path }] as const))
  return [...new Map(named).values()]
}

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
  // a kind that is written with escapes, or wrong, is known by nobody who looks for its name
  return (
    templates?.render({ templates: bodies, instances, files: others, isWhole }) ?? {
      documents: [],
      diagnostics: [],
      incomplete: true,
    }
  )
}
