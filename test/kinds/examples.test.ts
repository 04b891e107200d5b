import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { type JsonObject, withValueAt } from '../../src/base/json.ts'
import { kinds } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { textOf } from '../arbitraries/manifests.ts'
import { readDocuments } from '../manifest/yaml/documents.ts'
import { exampleFiles, exampleNames } from '../support/examples.ts'
import { type Leaf, leavesOf } from '../support/leaves.ts'

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))

/** A leaf of one of the documents of an example. */
interface Place extends Leaf {
  readonly document: number
}

function documentsOf(name: string): JsonObject[] {
  return exampleFiles(name).flatMap((file) => readDocuments(file).documents.map(({ value }) => value))
}

function load(documents: readonly JsonObject[]) {
  return loadDesired([{ path: 'example.yaml', text: textOf(documents) }], KINDS)
}

function placesOf(documents: readonly JsonObject[]): Place[] {
  return documents.flatMap((value, document) => leavesOf(value).map((leaf) => ({ ...leaf, document })))
}

/** No field of a manifest is both, so each leaf gets a type that it cannot have. */
function broken(documents: readonly JsonObject[], places: readonly Place[]): JsonObject[] {
  return documents.map((value, document) => {
    const own = places.filter((place) => place.document === document)
    const edit = (result: JsonObject, { pointer, value: old }: Place) =>
      withValueAt(result, pointer, typeof old === 'boolean' ? 'wrong' : true) as JsonObject
    return own.reduce(edit, value)
  })
}

/** What breaking added: warnings that the example has anyway do not count. */
function added(documents: readonly JsonObject[], before: ReadonlySet<string>, places: readonly Place[]): Diagnostic[] {
  return load(broken(documents, places)).diagnostics.filter((found) => !before.has(say(found)))
}

const say = ({ code, message }: Diagnostic): string => `${code} ${message}`
const at = ({ document, pointer }: Place): string => `document ${document} at ${pointer}`

describe.each(exampleNames)('the example %s', (example) => {
  const documents = documentsOf(example)
  const places = placesOf(documents)
  const before = new Set(load(documents).diagnostics.map(say))

  it('is accepted without an error, every document of it', () => {
    const { desired, diagnostics } = loadDesired(exampleFiles(example), KINDS)

    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(desired.resources).toHaveLength(documents.filter(({ kind }) => kind !== 'TunnelSet').length)
  })

  it('names the all-in-one schema for editors in each document', () => {
    for (const { path, text } of exampleFiles(example)) {
      const comments = text.match(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/wfpctl\.schema\.json$/gm)

      expect([path, comments?.length]).toEqual([path, text.match(/^kind:/gm)?.length])
    }
  })

  it('has one finding, on the leaf, whichever leaf has a wrong type', () => {
    for (const place of places) {
      const found = added(documents, before, [place])

      expect([at(place), found.length]).toEqual([at(place), 1])
      expect([at(place), found[0]?.severity, written(found[0])]).toEqual([at(place), 'error', expected(place)])
    }
  })

  it('has eight findings where eight leaves have a wrong type', () => {
    const inSpecs = places.filter(({ pointer }) => pointer.startsWith('/spec/'))

    fc.assert(
      fc.property(fc.subarray(inSpecs, { minLength: 8, maxLength: 8 }), (eight) => {
        const found = added(documents, before, eight)

        expect([eight.map(at), found.map(written)]).toEqual([eight.map(at), eight.map(expected)])
      }),
      { numRuns: 6 },
    )
  })
})

function written(found: Diagnostic | undefined): string {
  return found?.span ? found.span.file.text.slice(found.span.start, found.span.end) : ''
}

function expected({ value }: Place): string {
  return typeof value === 'boolean' ? '"wrong"' : 'true'
}
