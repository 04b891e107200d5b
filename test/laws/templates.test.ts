/** What a template and a row make is what the same manifest makes that somebody has written; and what is rendered plans as its tree. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hasErrors, type Json, type JsonObject, joinPointer, type SourceFile } from '../../src/base/index.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { formOf } from '../../src/manifest/form.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { Memory } from '../../src/manifest/memory.ts'
import { addressOf, type Resource } from '../../src/manifest/model.ts'
import { knowTemplates } from '../../src/manifest/templated.ts'
import { type Document, manifests } from '../arbitraries/manifests.ts'

const tunnelDocuments = manifests().map((documents) => documents.filter(({ kind }) => kind === 'IPsecTunnel'))

/** A value of the manifest gives way to a parameter, or to a text with one in it. */
interface Cut {
  readonly body: Json
  readonly row: { readonly [name: string]: Json }
}

/** @param chosen whether the next leaf gives way */
function cut(value: Json, chosen: () => number, row: Record<string, Json>): Json {
  const name = `p${Object.keys(row).length}`
  const choice = chosen()
  const isList = Array.isArray(value)
  if (choice === 0 && (typeof value !== 'object' || value === null || isList) && value !== null) {
    row[name] = value
    return `\${${name}}`
  }
  if (typeof value === 'string') {
    const at = value.length >> 1
    if (choice !== 1) return escaped(value)
    row[name] = value.slice(at)
    return `${escaped(value.slice(0, at))}\${${name}}`
  }
  if (isList) return value.map((item: Json) => cut(item, chosen, row))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, cut(inner, chosen, row)]))
}

const escaped = (text: string) => text.replaceAll('${', '$${')

function cutOf(document: Document, choices: readonly number[]): Cut {
  let next = 0
  const row: Record<string, Json> = {}
  const { metadata, spec } = document
  const body = cut({ metadata, spec } as JsonObject, () => choices[next++ % choices.length]!, row)
  return { body, row }
}

const typeOf = (value: Json) => (Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value)

function templateOf(name: string, { body, row }: Cut): JsonObject {
  const properties = Object.fromEntries(Object.entries(row).map(([field, value]) => [field, { type: typeOf(value) }]))
  const parameters = { required: Object.keys(row), properties }
  return envelope('TunnelTemplate', name, { parameters, template: body })
}

const envelope = (kind: string, name: string, spec: JsonObject): JsonObject => ({
  apiVersion: 'wfpctl/v1alpha1',
  kind,
  metadata: { name },
  spec,
})

function fileOf(path: string, documents: readonly JsonObject[]): SourceFile {
  return { path, text: documents.map((document) => `---\n${JSON.stringify(document)}\n`).join('') }
}

const SETS = (documents: readonly Document[]) =>
  [...new Set(documents.map(({ metadata }) => metadata.set))]
    .filter((name) => name !== 'default')
    .map((name) => envelope('TunnelSet', name, { prune: true }))

function shown({ resources }: { readonly resources: readonly Resource[] }) {
  return resources
    .map((one) => ({ address: addressOf(one), set: one.set, labels: one.labels, spec: one.spec, form: formOf(one) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}

it('a template and a row are the manifest that they stand for, also when it is remembered', async () => {
  const choices = fc.array(fc.nat({ max: 3 }), { minLength: 7, maxLength: 40 })

  await fc.assert(
    fc.asyncProperty(tunnelDocuments, choices, async (documents, chosen) => {
      fc.pre(documents.length > 0)
      const cuts = documents.map((document) => cutOf(document, chosen))
      fc.pre(cuts.every(({ row }) => Object.keys(row).length > 0))
      const byHand = [fileOf('a.yaml', [...SETS(documents), ...documents])]
      const templates = cuts.flatMap((one, i) => [
        templateOf(`t${i}`, one),
        envelope('TunnelInstances', `i${i}`, { template: `t${i}`, rows: [one.row] }),
      ])
      const made = [fileOf('b.yaml', [...SETS(documents), ...templates])]
      await knowTemplates(made)

      const expected = loadDesired(byHand, kindsByName)
      const memory = new Memory()
      const first = loadDesired(made, kindsByName, memory)
      const again = loadDesired([...made], kindsByName, memory)

      expect(first.diagnostics.filter(({ severity }) => severity === 'error')).toEqual(
        hasErrors(expected.diagnostics) ? expect.anything() : [],
      )
      expect(shown(first.desired)).toEqual(shown(expected.desired))
      expect(shown(again.desired)).toEqual(shown(expected.desired))
      expect(again.diagnostics).toEqual(first.diagnostics)
    }),
    { numRuns: 100 },
  )
})

it('each value of what a template has made says where it comes from: the row, or the template', async () => {
  await fc.assert(
    fc.asyncProperty(
      tunnelDocuments,
      fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 30 }),
      async (documents, chosen) => {
        const [document] = documents
        fc.pre(document !== undefined)
        const one = cutOf(document!, chosen)
        fc.pre(Object.keys(one.row).length > 0)
        const template = fileOf('template.yaml', [...SETS([document!]), templateOf('t', one)])
        const instances = fileOf('rows.yaml', [envelope('TunnelInstances', 'i', { template: 't', rows: [one.row] })])
        await knowTemplates([template, instances])

        const { desired } = loadDesired([template, instances], kindsByName)

        for (const { manifest } of desired.resources) {
          for (const [pointer, value] of leavesOf({ spec: document!.spec }, '')) {
            const { file, start, end, other } = manifest.at(pointer)
            const written = file.text.slice(start, end)
            expect([file.path, other!.at.file.path].sort()).toEqual(['rows.yaml', 'template.yaml'])
            if (file.path === 'template.yaml')
              expect(JSON.parse(written)).toEqual(typeof value === 'string' ? escaped(value) : value)
            else expect(String(value)).toContain(String(JSON.parse(written)))
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

function* leavesOf(value: Json, pointer: string): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) yield [pointer, value]
  else for (const [field, inner] of Object.entries(value)) yield* leavesOf(inner as Json, joinPointer(pointer, field))
}
