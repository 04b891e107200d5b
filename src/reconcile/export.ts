/** Live state → manifests that plan to nothing. */

import type { JsonObject } from '../base/json.ts'
import { API_VERSION, DEFAULT_SET } from '../manifest/envelope.ts'
import { inSchemaOrder } from '../manifest/schema/files.ts'
import { TUNNEL_SET } from '../manifest/tunnel-set.ts'
import { writeYaml } from '../manifest/yaml/write.ts'
import type { Listed } from './provider.ts'

/** One document a resource, preceded by a TunnelSet for every set that needs one. Pruning is never exported as a choice. */
export function manifestDocuments(listed: readonly Listed[]): JsonObject[] {
  return [...setsOf(listed).map(setDocument), ...listed.map(resourceDocument)]
}

export function manifestYaml(listed: readonly Listed[]): string {
  const documents = [
    ...setsOf(listed).map((name) => writeYaml(setDocument(name))),
    ...listed.map((one, i) => remarks(one) + secondOfItsName(one, listed[i - 1]) + writeYaml(resourceDocument(one))),
  ]
  return documents.length === 0 ? '# Nothing to export.\n' : documents.join('---\n')
}

function setsOf(listed: readonly Listed[]): string[] {
  const named = listed.flatMap(({ managed, set }) => (managed && set !== undefined && set !== DEFAULT_SET ? [set] : []))
  return [...new Set(named)].sort()
}

function setDocument(name: string): JsonObject {
  return { apiVersion: API_VERSION, kind: TUNNEL_SET, metadata: { name }, spec: { prune: false } }
}

function resourceDocument({ kind, name, set, labels, spec }: Listed): JsonObject {
  const metadata = {
    name,
    ...(set !== undefined && set !== DEFAULT_SET && { set }),
    ...(Object.keys(labels).length > 0 && { labels }),
  }
  return inSchemaOrder({ apiVersion: API_VERSION, kind: kind.name, metadata, spec }, kind.schema)
}

/** Names are unique on a host: what somebody has made twice cannot be declared as it stands. */
function secondOfItsName({ address }: Listed, before: Listed | undefined): string {
  if (before?.address !== address) return ''
  return `# ${address} stands above too (set ${before.set ?? '-'}): keep one of the two, or rename this one\n`
}

/** What a reader must know before applying an exported document. */
function remarks({ managed, key, hidden }: Listed): string {
  if (managed) return ''
  const foreign = `# foreign: applying this declares a tunnel of your own beside ${key}\n`
  return hidden.length === 0 ? foreign : `${foreign}# not shown by the engine, fill in: ${hidden.join(', ')}\n`
}
