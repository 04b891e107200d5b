/** Live state → manifests that plan to nothing. */

import { stringify } from 'yaml'
import type { JsonObject } from '../base/json.ts'
import type { ResourceKind } from '../manifest/model.ts'
import { inSchemaOrder } from '../manifest/schema-order.ts'
import type { Listed } from './provider.ts'

type Kinds = ReadonlyMap<string, ResourceKind>

const API_VERSION = 'wfpctl/v1alpha1'
const DEFAULT_SET = 'default'

/** One document a resource, preceded by a TunnelSet for every set that needs one. Pruning is never exported as a choice. */
export function manifestDocuments(listed: readonly Listed[], kinds: Kinds): JsonObject[] {
  const sets = [
    ...new Set(listed.flatMap((l) => (l.managed && l.set !== undefined && l.set !== DEFAULT_SET ? [l.set] : []))),
  ].sort()
  return [
    ...sets.map((name) => ({ apiVersion: API_VERSION, kind: 'TunnelSet', metadata: { name }, spec: { prune: false } })),
    ...listed.map((l) => inSchemaOrder(resourceDocument(l), kinds.get(l.kind)?.schema ?? {})),
  ]
}

export function manifestYaml(listed: readonly Listed[], kinds: Kinds): string {
  const all = manifestDocuments(listed, kinds)
  const firstResource = all.length - listed.length
  const documents = all.map(
    (document, i) =>
      remarks(listed[i - firstResource]) + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
  )
  return documents.length === 0 ? '# Nothing to export.\n' : documents.join('---\n')
}

function resourceDocument({ kind, name, set, labels, spec }: Listed): JsonObject {
  const metadata = {
    name,
    ...(set !== undefined && set !== DEFAULT_SET && { set }),
    ...(Object.keys(labels).length > 0 && { labels }),
  }
  return { apiVersion: API_VERSION, kind, metadata, spec }
}

/** What a reader must know before applying an exported document. */
function remarks(listed: Listed | undefined): string {
  if (!listed) return ''
  const foreign = listed.managed ? '' : `# foreign: applying this declares a tunnel of your own beside ${listed.key}\n`
  const hidden =
    listed.managed || listed.hidden.length === 0
      ? ''
      : `# not shown by the engine, fill in: ${listed.hidden.join(', ')}\n`
  return foreign + hidden
}
