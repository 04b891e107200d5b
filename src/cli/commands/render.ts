/** `render`: what a tree of manifests becomes, as manifests. Planning them is planning the tree. */

import { isAbsolute, posix } from 'node:path'
import { hasErrors, isJsonObject, type Json, type JsonObject, placeText, printable } from '../../base/index.ts'
import {
  API_VERSION,
  DEFAULT_SET,
  type Desired,
  inSchemaOrder,
  type Manifest,
  manifestsOf,
  readSchema,
  writeYaml,
} from '../../manifest/index.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { NO_MANIFESTS, readManifests } from '../load.ts'
import { selected, selectionFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const { files, desired, diagnostics } = await readManifests(args, options, {
    acts: false,
    progress: terminal.progress,
  })
  if (hasErrors(diagnostics)) return terminal.reject(diagnostics)
  if (files.length === 0) terminal.talk(NO_MANIFESTS)
  terminal.findings(diagnostics)
  const wanted = chosen(desired, options)
  const manifests = [...manifestsOf(wanted), ...(wanted.tests ?? [])]
  terminal.answer(options.output === 'json' ? jsonOf(manifests) : manifests.map(yamlOf).join('---\n'))
  return EXIT.done
}

/** What is selected, and the sets that it is in. */
function chosen(desired: Desired, options: Invocation['options']): Desired {
  const { sets, resources } = desired
  const selection = selectionFrom(options)
  const wanted = selected(resources, selection)
  const isNeeded = ({ name }: { readonly name: string }) => wanted.some(({ set }) => set === name)
  if (selection.selection) return { resources: wanted, sets: sets.filter(isNeeded) }
  return desired
}

/** A list, as programs read and write manifests; `plan -` takes it. */
function jsonOf(manifests: readonly Manifest[]): string {
  return `${JSON.stringify(manifests.map(documentOf), null, 2)}\n`
}

function yamlOf(manifest: Manifest): string {
  return `# ${printable(placeText(manifest.at('')))}\n${writeYaml(documentOf(manifest))}`
}

function documentOf({ file, kind, name, set, labels, formerly, waive, spec }: Manifest): JsonObject {
  const schema = readSchema(kind)
  const metadata = {
    name,
    ...(set !== DEFAULT_SET && { set }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(formerly && { formerly }),
    ...(waive.length > 0 && { waive }),
  }
  const here = rebased(spec, pathFieldsIn(schema), posix.dirname(file.path))
  return inSchemaOrder({ apiVersion: API_VERSION, kind, metadata, spec: here }, schema)
}

/** Names of fields that hold paths, as the schema says. */
function pathFieldsIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([name, inner]) => [
    ...(isJsonObject(inner) && inner['x-form'] === 'path' ? [name] : []),
    ...pathFieldsIn(inner),
  ])
}

/** Paths that began at the manifest begin where the command runs: that is where its answer is read. */
function rebased(value: Json, fields: readonly string[], folder: string): Json {
  if (folder === '.' || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => rebased(item, fields, folder))
  const entries = Object.entries(value).map(([field, inner]) => {
    const isPath = typeof inner === 'string' && fields.includes(field) && !isAbsolute(inner)
    return [field, isPath ? posix.join(folder, inner.replaceAll('\\', '/')) : rebased(inner, fields, folder)]
  })
  return Object.fromEntries(entries)
}
