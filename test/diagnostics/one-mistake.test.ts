import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Json, joinPointer, type Pointer, valueAt, withValueAt } from '../../src/base/json.ts'
import type { SourceFile, Span } from '../../src/base/source.ts'
import { kinds } from '../../src/kinds/index.ts'
import type { Document } from '../../src/manifest/document.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { readDocuments } from '../manifest/yaml/documents.ts'

const kindsByName = new Map(kinds.map((kind) => [kind.name, kind]))
const root = fileURLToPath(new URL('../../examples/', import.meta.url))
const examples = readdirSync(root).map((folder) => ({ folder, files: manifestsIn(folder) }))

function manifestsIn(folder: string): SourceFile[] {
  const names = readdirSync(`${root}${folder}`).filter((name) => /\.ya?ml$/.test(name))
  return names.map((path) => ({ path, text: readFileSync(`${root}${folder}/${path}`, 'utf8') }))
}

/** A place in a text, and what is written there instead. */
interface Break {
  readonly what: string
  readonly span: Span
  readonly text: string
}

function* leaves(value: Json, pointer: Pointer): Generator<Pointer> {
  if (typeof value !== 'object' || value === null) yield pointer
  else for (const [name, inner] of Object.entries(value)) yield* leaves(inner as Json, joinPointer(pointer, name))
}

function* fields(value: Json, pointer: Pointer): Generator<Pointer> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield joinPointer(pointer, name)
    yield* fields(inner as Json, joinPointer(pointer, name))
  }
}

const isLabel = (pointer: Pointer) => pointer.startsWith('/metadata/labels/')

/** A mapping where a plain value belongs, a number where a mapping or list belongs, a typing mistake in the name of every field. */
function* breaks(document: Document): Generator<Break> {
  for (const pointer of leaves(document.value, '')) {
    yield { what: `a mapping at ${pointer}`, span: document.at(pointer), text: '{ wrong: 1 }' }
  }
  for (const pointer of fields(document.value, '')) {
    const span = document.at(pointer, 'key')
    const name = document.file.text.slice(span.start, span.end)
    const isInner = valueAt(document.value, pointer) instanceof Object
    if (isInner) yield { what: `a number at ${pointer}`, span: document.at(pointer), text: '7' }
    if (!isLabel(pointer)) yield { what: `a typing mistake in the name ${pointer}`, span, text: `${name}x` }
  }
}

/** The files with some places broken; the last place of a file first, so that the offsets hold. */
function withBreaks(files: readonly SourceFile[], broken: readonly Break[]): SourceFile[] {
  const lastFirst = [...broken].sort((a, b) => b.span.start - a.span.start)
  return files.map((file) => ({
    path: file.path,
    text: lastFirst
      .filter(({ span }) => span.file === file)
      .reduce((text, { span, text: wrong }) => text.slice(0, span.start) + wrong + text.slice(span.end), file.text),
  }))
}

function errorsOf(files: readonly SourceFile[]): string[] {
  return loadDesired(files, kindsByName)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, message, span }) => `${code} ${message} @ ${span!.file.path}:${span!.start}`)
}

describe.each(examples)('examples/$folder', ({ files }) => {
  const documents = files.flatMap((file) => readDocuments(file).documents)
  const cases = documents.flatMap((document) => [...breaks(document)])

  it('has no error', () => {
    expect(errorsOf(files)).toEqual([])
  })

  it('shows each mistake as exactly one finding, on the leaf that is wrong', () => {
    const surprises = cases.flatMap((one) => {
      const found = errorsOf(withBreaks(files, [one]))
      const isOne = found.length === 1 && found[0]!.endsWith(` @ ${one.span.file.path}:${one.span.start}`)
      return isOne ? [] : [{ ...one, span: one.span.start, found }]
    })

    expect(surprises).toEqual([])
  })

  it('says at most one thing about a field that is missing', () => {
    const surprises = documents.flatMap((document) =>
      [...fields(document.value, '')].flatMap((pointer) => {
        // JSON is YAML, and easier to take a field out of
        const text = JSON.stringify(withValueAt(document.value, pointer, undefined))
        const others = documents.filter((other) => other !== document).map((other) => JSON.stringify(other.value))
        const found = errorsOf([{ path: 'a.yaml', text: [text, ...others].join('\n---\n') }])
        return found.length <= 1 ? [] : [{ pointer, found }]
      }),
    )

    expect(surprises).toEqual([])
  })

  it('shows eight mistakes as eight findings', () => {
    const inSpecs = cases.filter(({ what }) => what.startsWith('a mapping at /spec'))
    const step = Math.max(1, Math.floor(inSpecs.length / 8))
    const eight = inSpecs.filter((_, i) => i % step === 0).slice(0, 8)

    expect(errorsOf(withBreaks(files, eight))).toHaveLength(eight.length)
  })
})
