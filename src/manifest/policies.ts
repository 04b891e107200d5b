/** Rules over manifests, in CEL (https://cel.dev), as in Kubernetes' ValidatingAdmissionPolicy. The only door to `@bufbuild/cel`. */

import { createRequire } from 'node:module'
import type * as Cel from '@bufbuild/cel'
import type * as Extensions from '@bufbuild/cel/ext'
import {
  clip,
  type Diagnostic,
  diagnostic,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  placeText,
} from '../base/index.ts'
import type { Manifest } from './document.ts'
import type { Resource } from './model.ts'
import { API_VERSION } from './schema/envelope.ts'

/** One item of `spec.validations`. */
interface Validation {
  readonly expression: string
  readonly message?: string
  readonly messageExpression?: string
  readonly field?: string
}

interface Rule {
  readonly policy: Manifest
  readonly pointer: Pointer
  readonly validation: Validation
  readonly holds: Program
  readonly saysWhat?: Program
}

/** @returns the value, or why there is none */
type Program = (object: unknown) => { readonly value: unknown } | { readonly error: string }

const DEFAULT_KINDS = ['IPsecTunnel']

/** @param policies manifests of kind Policy @param resources whole ones */
export function judge(policies: readonly Manifest[], resources: readonly Resource[]): Diagnostic[] {
  const read = policies.map(readPolicy)
  const rules = read.flatMap(({ rules }) => rules)
  const judged = resources.flatMap((resource) => {
    const own = rules.filter(({ policy }) => isAbout(policy, resource))
    if (own.length === 0) return []
    const object = celOf(objectOf(resource))
    return own.flatMap((rule) => findingOf(rule, resource, object) ?? [])
  })
  return [...read.flatMap(({ diagnostics }) => diagnostics), ...judged]
}

function isAbout({ spec: { kinds = DEFAULT_KINDS } }: Manifest, { kind }: Resource): boolean {
  return Array.isArray(kinds) && kinds.includes(kind.name)
}

/** What `object` is in a rule: the manifest in normal form. */
function objectOf({ kind, name, set, labels, spec }: Resource): JsonObject {
  return { apiVersion: API_VERSION, kind: kind.name, metadata: { name, set, labels }, spec }
}

/** Whole numbers are integers in CEL. */
function celOf(value: Json): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(celOf)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([field, inner]) => [field, celOf(inner as Json)]))
}

function readPolicy(policy: Manifest): {
  readonly rules: readonly Rule[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const validations = (
    Array.isArray(policy.spec.validations) ? policy.spec.validations : []
  ) as readonly (Validation | null)[]
  const rules = validations.flatMap((validation, index): Rule[] => {
    if (typeof validation?.expression !== 'string') return [] // it has its finding
    const pointer = joinPointer('/spec/validations', index)
    const compileAt = (field: 'expression' | 'messageExpression') => {
      const text = validation[field]
      const program = text === undefined ? undefined : compile(text)
      if (typeof program !== 'string') return program
      const help = 'the language is CEL: https://cel.dev'
      diagnostics.push(
        diagnostic('E351', policy.at(joinPointer(pointer, field)), `this is no rule: ${program}`, { help }),
      )
      return undefined
    }
    const [holds, saysWhat] = [compileAt('expression'), compileAt('messageExpression')]
    return holds ? [{ policy, pointer, validation, holds, ...(saysWhat && { saysWhat }) }] : []
  })
  return { rules, diagnostics }
}

let cel: (typeof Cel & { readonly environment: Cel.CelEnv }) | undefined

function library() {
  if (!cel) {
    const require = createRequire(import.meta.url)
    const loaded = require('@bufbuild/cel') as typeof Cel
    const { strings } = require('@bufbuild/cel/ext') as typeof Extensions
    const funcs = [...strings.filter(({ name }) => name !== 'replace'), ...boundedFunctions(loaded)]
    cel = { ...loaded, environment: loaded.celEnv({ funcs }) }
  }
  return cel
}

/** Items that all the `all`, `exists`, `map` and `filter` of a rule may look at for one manifest: pairs of 300 networks. */
const MOST_ITEMS = 100_000
let itemsLeft = MOST_ITEMS

/** No expression can write this name. */
const COUNTED = '@counted'

function boundedFunctions({ CelScalar: { DYN, INT, STRING }, celFunc, celMethod, isCelList, isCelMap }: typeof Cel) {
  const counted = celFunc(COUNTED, [DYN], DYN, (range) => {
    itemsLeft -= isCelList(range) || isCelMap(range) ? range.size : 0
    if (itemsLeft < 0) throw new Error(`it looks at more than ${MOST_ITEMS} items`)
    return range
  })
  // that of the library copies the whole text for each place
  const replaced = (text: string, [from, to]: readonly [string, string], most = Number.POSITIVE_INFINITY) => {
    let left = most
    return text.replaceAll(from, (found) => (left-- > 0 ? to : found))
  }
  return [
    counted,
    celMethod('replace', STRING, [STRING, STRING], STRING, function (from, to) {
      return replaced(this, [from, to])
    }),
    celMethod('replace', STRING, [STRING, STRING, INT], STRING, function (from, to, most) {
      return replaced(this, [from, to], most < 0n ? undefined : Number(most))
    }),
  ]
}

/** What is gone through is counted. @param node a parsed expression, or a part of one */
function countItems(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  for (const inner of Object.values(node)) countItems(inner)
  if (!('iterRange' in node)) return
  const args = [node.iterRange]
  const call = { $typeName: 'cel.expr.Expr.Call', function: COUNTED, args }
  node.iterRange = { $typeName: 'cel.expr.Expr', id: 0n, exprKind: { case: 'callExpr', value: call } }
}

/** @returns what is wrong with the expression, where it is none */
function compile(expression: string): Program | string {
  const { environment, isCelError, parse, plan } = library()
  try {
    const parsed = parse(expression)
    countItems(parsed)
    const run = plan(environment, parsed)
    return (object) => {
      itemsLeft = MOST_ITEMS
      const value = run({ object: object as Cel.CelInput })
      return isCelError(value) ? { error: value.message } : { value }
    }
  } catch (error) {
    return (error as Error).message.replace(/^<input>:1:(\d+): /, 'character $1: ')
  }
}

function findingOf(rule: Rule, { manifest, kind, name }: Resource, object: unknown): Diagnostic | undefined {
  const { policy, pointer, validation, holds } = rule
  const result = holds(object)
  if ('value' in result && result.value === true) return undefined
  const at = policy.at(joinPointer(pointer, 'expression'))
  if (!('value' in result) || result.value !== false) {
    const what = 'error' in result ? result.error : 'it is neither true nor false'
    const help = 'ask with has() for a field that may be absent'
    const notes = [`of ${kind.name}/${name} at ${placeText(manifest.at('/metadata/name'))}`]
    return diagnostic('E351', at, `this rule cannot be applied: ${what}`, { notes, help })
  }
  const code = policy.spec.action === 'warn' ? 'W350' : 'E350'
  const place = manifest.at(pointerOf(validation.field))
  return diagnostic(code, place, messageOf(rule, object), { notes: [`policy ${policy.name} at ${placeText(at)}`] })
}

/** `spec.quickMode.proposals` → `/spec/quickMode/proposals` */
function pointerOf(field = 'metadata.name'): Pointer {
  return field.split('.').reduce<Pointer>((pointer, step) => joinPointer(pointer, step), '')
}

function messageOf({ validation: { expression, message }, saysWhat }: Rule, object: unknown): string {
  const said = saysWhat?.(object)
  if (said && 'value' in said && typeof said.value === 'string' && said.value !== '') return said.value
  return message ?? `this is not true: ${clip(expression)}`
}
