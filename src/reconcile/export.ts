/** Live state → manifests that plan to nothing. */

import { type JsonObject, valueAt } from '../base/index.ts'
import { API_VERSION, DEFAULT_SET, inSchemaOrder, presentable, TUNNEL_SET, writeYaml } from '../manifest/index.ts'
import type { Listed } from './provider.ts'

/** One document a resource, preceded by a TunnelSet for every set that needs one. Pruning is never exported as a choice. */
export function manifestDocuments(listed: readonly Listed[]): JsonObject[] {
  return [...setsOf(listed).map(setDocument), ...listed.map((one) => resourceDocument(presented(one).listed))]
}

export function manifestYaml(listed: readonly Listed[]): string {
  const documents = [
    ...setsOf(listed).map((name) => writeYaml(setDocument(name))),
    ...listed.map((one, i) => {
      const { listed: shown, remarks } = presented(one)
      const comments = [...remarks, ...secondOfItsName(one, listed[i - 1])]
      return comments.map((line) => `# ${oneLine(line)}\n`).join('') + writeYaml(resourceDocument(shown))
    }),
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
function secondOfItsName({ address }: Listed, before: Listed | undefined): string[] {
  if (before?.address !== address) return []
  return [`${address} stands above too (set ${before.set ?? '-'}): keep one of the two, or rename this one`]
}

interface Presented {
  readonly listed: Listed
  /** what a reader must know before applying it */
  readonly remarks: readonly string[]
}

/** What is ours is what a manifest said; what is not, may say more or less than a manifest can. */
function presented(listed: Listed): Presented {
  const { managed, key, kind, displayName, hidden } = listed
  const { spec, remarks } = managed ? { ...listed, remarks: [] } : presentable(kind, described(listed))
  const unseen = hidden.filter((pointer) => valueAt(spec, pointer) === undefined)
  const toFillIn = unseen.length > 0 ? [`not shown by the engine, fill in: ${unseen.join(', ')}`] : []
  if (managed) return { listed, remarks: toFillIn }
  return {
    listed: { ...listed, spec },
    remarks: [
      `foreign: applying this declares a ${kind.noun} of your own beside ${key}`,
      ...(displayName === undefined ? [] : [`its maker calls it ${JSON.stringify(displayName)}`]),
      ...toFillIn,
      ...remarks,
    ],
  }
}

/** The name that its maker gave it is kept as a description, where there is none. */
function described({ spec, displayName = '' }: Listed): JsonObject {
  const description = oneLine(displayName).replace(/^@+/, '').trim()
  return description === '' || spec.description !== undefined ? spec : { description, ...spec }
}

function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}
