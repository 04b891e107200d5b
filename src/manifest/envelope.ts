/** What every manifest has around its spec, checked before its kind is known; and the manifest that comes out of it. */

import {
  covers,
  type Diagnostic,
  diagnostic,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  suggest,
  visible,
} from '../base/index.ts'
import type { Document, Manifest } from './document.ts'
import { IGNORE_NAME, MANIFEST_FIELDS, stranger } from './ignore.ts'
import { API_VERSION, ENVELOPE_SCHEMA, NAME } from './schema/envelope.ts'
import { type Validated, validateDocument } from './schema/validate.ts'

/** The only set that needs no TunnelSet document. */
export const DEFAULT_SET = 'default'

/** Of a resource, and of a set. */
export function isName(text: string): boolean {
  return NAME.test(text)
}

/** A document whose envelope was looked at. */
export interface Enveloped extends Validated {
  readonly document: Document
  /** one of the known kinds, the one that was probably meant included; absent when it cannot be told */
  readonly kind?: string
}

export function readEnvelope(document: Document, kinds: readonly string[]): Enveloped {
  const stranger = notOurs(document, kinds)
  if (stranger) return { document, diagnostics: [stranger], broken: new Set(['']) }
  const { diagnostics, broken } = validateDocument(document, ENVELOPE_SCHEMA)
  const written = document.value.kind
  if (typeof written !== 'string') return { document, diagnostics, broken }
  if (kinds.includes(written)) return { document, diagnostics, broken, kind: written }
  const meant = suggest(written, kinds)
  const help = meant === undefined ? `the kinds are ${kinds.join(', ')}` : `did you mean \`${meant}\`?`
  const unknown = diagnostic('E122', document.at('/kind'), `unknown kind \`${visible(written)}\``, { help })
  return {
    document,
    diagnostics: [...diagnostics, unknown],
    broken: new Set([...broken, '/kind']),
    ...(meant !== undefined && { kind: meant }),
  }
}

/** A document made for another tool gets one finding, not one for each of its fields. */
function notOurs({ value, at }: Document, kinds: readonly string[]): Diagnostic | undefined {
  const fields = Object.keys(value)
  const hasAny = (field: string) => Object.hasOwn(value, field) || suggest(field, fields) !== undefined
  const help = `give PATHs that hold manifests only, or name the file in ${IGNORE_NAME}`
  if (!MANIFEST_FIELDS.some(hasAny)) return stranger(at('', 'key'))
  if (!hasAny('apiVersion') && !hasAny('kind')) {
    return diagnostic('E120', at('', 'key'), 'this is not a manifest: it has neither `apiVersion` nor `kind`', { help })
  }
  if (value.apiVersion === API_VERSION) return undefined
  const foreign = typeof value.apiVersion === 'string' && suggest(value.apiVersion, [API_VERSION]) === undefined
  if (!foreign || typeof value.kind !== 'string' || suggest(value.kind, kinds) !== undefined) return undefined
  return diagnostic('E121', at('/apiVersion'), `this is not a manifest of ${API_VERSION}`, { help })
}

/** @param broken everything that was found so far; it is left out of the spec */
export function toManifest({ document, kind = '' }: Enveloped, broken: ReadonlySet<Pointer>): Manifest {
  const metadata = objectOf(document.value.metadata)
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : undefined)
  const waive = withoutBroken(metadata.waive ?? [], '/metadata/waive', broken)
  const formerly = [withoutBroken(metadata.formerly ?? [], '/metadata/formerly', broken) ?? []]
    .flat()
    .filter((name) => typeof name === 'string')
  const labels = Object.entries(objectOf(metadata.labels)).filter(([, value]) => typeof value === 'string')
  return {
    file: document.file,
    at: document.at,
    start: document.start,
    broken,
    kind,
    name: text(metadata.name) ?? '',
    set: text(metadata.set) ?? DEFAULT_SET,
    labels: Object.fromEntries(labels) as { [key: string]: string },
    ...(formerly.length > 0 && { formerly }),
    ...(document.rendering && { rendering: document.rendering }),
    waive: Array.isArray(waive) ? waive : [],
    spec: objectOf(withoutBroken(document.value.spec ?? {}, '/spec', broken)),
  }
}

function withoutBroken(value: Json, pointer: Pointer, broken: ReadonlySet<Pointer>): Json | undefined {
  if (broken.size === 0) return value
  if (covers(broken, pointer)) return undefined
  if (Array.isArray(value)) {
    return value.map((item: Json, i) => withoutBroken(item, joinPointer(pointer, i), broken) ?? null)
  }
  if (typeof value !== 'object' || value === null) return value
  const readable = Object.entries(value).flatMap(([field, content]) => {
    const rest = withoutBroken(content, joinPointer(pointer, field), broken)
    return rest === undefined ? [] : [[field, rest] as const]
  })
  return Object.fromEntries(readable)
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
