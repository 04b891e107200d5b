/** Live state → manifests that plan to nothing. */

import { canonicalJson, hasErrors, isJsonObject, type Json, type JsonObject, valueAt } from '../base/index.ts'
import {
  API_VERSION,
  DEFAULT_SET,
  inSchemaOrder,
  isEnabled,
  loadDesired,
  presentable,
  readSchema,
  TUNNEL_SET,
  writeYaml,
} from '../manifest/index.ts'
import type { Listed } from './provider.ts'

/**
 * One document a resource, preceded by a TunnelSet for every set that needs one, with the policy that stands recorded.
 *
 * @param all that the sets own: of a set that is not listed whole, pruning is not exported
 */
export function manifestDocuments(listed: readonly Listed[], all = listed): JsonObject[] {
  const standing = listed.filter(isEnabled)
  const resources = standing.map((one) => resourceDocument(presented(one).listed))
  return [...setsOf(standing, all).map(({ document }) => document), ...resources]
}

export function manifestYaml(chosen: readonly Listed[], all = chosen): string {
  const listed = chosen.filter(isEnabled)
  const off = chosen.filter((one) => !isEnabled(one)).map(offComment)
  const documents = [
    ...setsOf(listed, all).map(({ document, remarks }) => commented(remarks, document)),
    ...listed.map((one, i) => {
      const { listed: shown, remarks } = presented(one)
      return commented([...remarks, ...secondOfItsName(one, listed[i - 1])], resourceDocument(shown))
    }),
  ]
  if (documents.length === 0 && off.length === 0) return '# Nothing to export.\n'
  return off.join('') + documents.join('---\n')
}

function commented(remarks: readonly string[], document: JsonObject): string {
  return remarks.map((line) => `# ${oneLine(line)}\n`).join('') + writeYaml(document)
}

/** Nothing of it stands, so nothing of it can be shown but its name. */
function offComment({ address, set }: Listed): string {
  return `# ${address} of set ${set ?? DEFAULT_SET} is off (enabled: false): the engine holds its name alone\n`
}

interface SetDocument {
  readonly document: JsonObject
  readonly remarks: readonly string[]
}

/** The `default` set needs a document only where it had one. */
function setsOf(listed: readonly Listed[], all: readonly Listed[]): SetDocument[] {
  const owned = listed.filter(({ managed, set }) => managed && set !== undefined)
  const names = [...new Set(owned.map(({ set }) => set as string))].sort()
  return names.flatMap((name) => {
    const members = owned.filter(({ set }) => set === name)
    if (name === DEFAULT_SET && members.every(({ setSpec }) => setSpec === undefined)) return []
    return [setDocument(name, members, all.filter(({ managed, set }) => managed && set === name).length)]
  })
}

/** @param size how many resources the set has, whether they are exported or not */
function setDocument(name: string, members: readonly Listed[], size: number): SetDocument {
  const { spec, remarks } = recordedPolicy(name, members)
  const isPart = spec.prune === true && members.length < size
  return {
    document: documentOf(name, isPart ? { ...spec, prune: false } : spec),
    remarks: isPart
      ? [...remarks, 'prune: true stands recorded, and a part of the set must not prune the rest']
      : remarks,
  }
}

/** Records are written when a tunnel changes, so they may remember different policies: then nothing is pruned that one would have kept. */
function recordedPolicy(
  name: string,
  members: readonly Listed[],
): { readonly spec: JsonObject; readonly remarks: string[] } {
  const recorded = members.flatMap(({ setSpec }) => (setSpec ? [setSpec] : []))
  const valid = recorded.filter(
    (spec) => !hasErrors(loadDesired([{ path: name, text: writeYaml(documentOf(name, spec)) }], new Map()).diagnostics),
  )
  const kinds = new Set(valid.map(canonicalJson))
  const [first] = valid
  if (!first) return { spec: { prune: false }, remarks: [] }
  const isOne = kinds.size === 1 && valid.length === members.length
  if (isOne) return { spec: first, remarks: [] }
  const told = 'its tunnels were applied at different times, under different policies: this is one of them, check it'
  return {
    spec: { ...first, prune: valid.length === members.length && valid.every(({ prune }) => prune === true) },
    remarks: [told],
  }
}

function documentOf(name: string, spec: JsonObject): JsonObject {
  return inSchemaOrder({ apiVersion: API_VERSION, kind: TUNNEL_SET, metadata: { name }, spec }, readSchema(TUNNEL_SET))
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
