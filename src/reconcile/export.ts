/** Live state → manifests that plan to nothing. */

import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/index.ts'
import {
  API_VERSION,
  DEFAULT_SET,
  inSchemaOrder,
  isEnabled,
  presentable,
  TUNNEL_SET,
  writeYaml,
} from '../manifest/index.ts'
import type { Listed } from './provider.ts'

/** One document a resource, preceded by a TunnelSet for every set that needs one. Pruning is never exported as a choice. */
export function manifestDocuments(listed: readonly Listed[]): JsonObject[] {
  const standing = listed.filter(isEnabled)
  return [...setsOf(standing).map(setDocument), ...standing.map((one) => resourceDocument(presented(one).listed))]
}

export function manifestYaml(all: readonly Listed[]): string {
  const listed = all.filter(isEnabled)
  const off = all.filter((one) => !isEnabled(one)).map(offComment)
  const documents = [
    ...setsOf(listed).map((name) => writeYaml(setDocument(name))),
    ...listed.map((one, i) => {
      const { listed: shown, remarks } = presented(one)
      const comments = [...remarks, ...secondOfItsName(one, listed[i - 1])]
      return comments.map((line) => `# ${oneLine(line)}\n`).join('') + writeYaml(resourceDocument(shown))
    }),
  ]
  if (documents.length === 0 && off.length === 0) return '# Nothing to export.\n'
  return off.join('') + documents.join('---\n')
}

/** Nothing of it stands, so nothing of it can be shown but its name. */
function offComment({ address, set }: Listed): string {
  return `# ${address} of set ${set ?? DEFAULT_SET} is off (enabled: false): the engine holds its name alone\n`
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
  const { managed, key, kind, displayName, hidden, observed } = listed
  if (managed && !observed) return { listed, remarks: unseenRemarks(listed.spec, hidden) }
  const { spec, remarks } = presentable(kind, described(listed))
  return {
    listed: { ...listed, spec },
    remarks: [
      observed
        ? `observed only: no manifest has declared it yet`
        : `foreign: take it over with \`wfpctl adopt ${key}\``,
      ...(displayName === undefined ? [] : [`its maker calls it ${JSON.stringify(displayName)}`]),
      ...unseenRemarks(spec, hidden),
      ...remarks,
    ],
  }
}

/** What neither the engine shows nor a record knows: of an adopted object, where its secrets are kept. */
function unseenRemarks(spec: JsonObject, hidden: readonly string[]): string[] {
  const unseen = hidden.filter((pointer) => isEmpty(valueAt(spec, pointer)))
  return unseen.length > 0 ? [`not shown by the engine, fill in: ${unseen.join(', ')}`] : []
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || (isJsonObject(value) && Object.keys(value).length === 0)
}

/** The name that its maker gave it is kept as a description, where there is none. */
function described({ spec, displayName = '' }: Listed): JsonObject {
  const description = oneLine(displayName).replace(/^@+/, '').trim()
  return description === '' || spec.description !== undefined ? spec : { description, ...spec }
}

function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}
