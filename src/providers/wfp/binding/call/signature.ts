/**
 * Signatures as data: what a call takes and gives, parameter by parameter, in the order and under the names of the SDK.
 *
 * The parameters that go in form one structure, those that come out another; a call is packed and unpacked like any structure.
 */
import { type Field, type Fields, type FieldsValue, isList, type StructType, struct } from '../ctype/index.ts'

/** Written by the callee into a cell of ours. `freedBy` releases what the cell points to, once it is copied. */
export interface Out<F extends Field> {
  readonly out: F
  readonly freedBy?: FreeFunction
}
/** A structure that the callee may change in place: only byte blobs (keys), and only within their size. */
export interface InOut<F extends Field> {
  readonly inout: F
}
/** A parameter we never give: NULL. */
export interface Omitted {
  readonly omitted: true
}
/** FwpmFreeMemory0 takes the address of the pointer, LocalFree the pointer itself. */
export type FreeFunction = 'FwpmFreeMemory0' | 'LocalFree'

export type Parameter = Field | Out<Field> | InOut<Field> | Omitted
export interface Parameters {
  readonly [name: string]: Parameter
}

type InFields<P> = {
  [K in keyof P as P[K] extends Field | InOut<Field> ? K : never]: P[K] extends InOut<infer F> ? F : P[K]
}
type OutFields<P> = {
  [K in keyof P as P[K] extends Out<Field> | InOut<Field> ? K : never]: P[K] extends Out<infer F>
    ? F
    : P[K] extends InOut<infer F>
      ? F
      : never
}
/** What a caller gives, by parameter name. */
export type Args<P> = FieldsValue<InFields<P>>
/** What a caller gets, by parameter name. */
export type Outs<P> = FieldsValue<OutFields<P>>

export function out<const F extends Field>(field: F): Out<F> {
  return { out: field }
}

/** Memory of the engine: copied, then given back with FwpmFreeMemory0. */
export function freed<const F extends Field>(field: F): Out<F> {
  return { out: field, freedBy: 'FwpmFreeMemory0' }
}

/** Memory of the system: copied, then given back with LocalFree. */
export function localFreed<const F extends Field>(field: F): Out<F> {
  return { out: field, freedBy: 'LocalFree' }
}

export function inout<const F extends Field>(field: F): InOut<F> {
  return { inout: field }
}

export const omitted: Omitted = { omitted: true }

type Values = Record<string, unknown>

/** One C parameter and where its word stands in the block of what goes in, or its cell in the block of what comes out. */
export interface Slot {
  readonly name: string
  readonly direction: 'in' | 'out' | 'omitted'
  readonly offset: number
  readonly size: number
  readonly kind: 'int32' | 'uint32' | 'uint64' | 'pointer'
}
export interface Signature {
  readonly name: string
  readonly slots: readonly Slot[]
  readonly args: StructType<Values>
  readonly outs: StructType<Values>
  /** Structures that may be changed in place. */
  readonly inouts: Fields
  readonly freed?: { readonly name: string; readonly by: FreeFunction }
}

export function signature(name: string, parameters: Parameters): Signature {
  const entries = Object.entries(parameters)
  const ins = Object.fromEntries(
    entries.flatMap(([key, p]) => (isField(p) ? [[key, p]] : 'inout' in p ? [[key, p.inout]] : [])),
  )
  const outs = Object.fromEntries(entries.flatMap(([key, p]) => ('out' in p ? [[key, p.out]] : [])))
  const args = struct(name, ins) as StructType<Values>
  const results = struct(name, countsFirst(outs)) as StructType<Values>
  const owner = entries.find(([, p]) => 'freedBy' in p && p.freedBy)
  return {
    name,
    slots: entries.map(([key, p]) => slot(key, p, args, results)),
    args,
    outs: results,
    inouts: Object.fromEntries(entries.flatMap(([key, p]) => ('inout' in p ? [[key, p.inout]] : []))),
    ...(owner && { freed: { name: owner[0], by: (owner[1] as Out<Field>).freedBy! } }),
  }
}

function isField(p: Parameter): p is Field {
  return !('out' in p || 'inout' in p || 'omitted' in p)
}

/** A structure wants a count before its list; the order of cells for what comes out is ours to choose. */
function countsFirst(fields: Fields): Fields {
  const entries = Object.entries(fields)
  return Object.fromEntries([...entries.filter(([, f]) => !isList(f)), ...entries.filter(([, f]) => isList(f))])
}

function slot(name: string, p: Parameter, args: StructType<Values>, outs: StructType<Values>): Slot {
  if ('omitted' in p) return { name, direction: 'omitted', offset: 0, size: 8, kind: 'pointer' }
  const direction = 'out' in p ? 'out' : 'in'
  const member = (direction === 'out' ? outs : args).members.find((m) => m.name === name)!
  return {
    name,
    direction,
    offset: member.offset,
    size: member.size,
    kind: direction === 'out' ? 'pointer' : kindOf(p),
  }
}

function kindOf(p: Parameter): Slot['kind'] {
  const field = 'inout' in p ? p.inout : p
  if (!('word' in field) || field.word === 'pointer') return 'pointer'
  if (field.word === 'bigint') return 'uint64'
  if (field.word === 'none') throw new Error(`${field.name} cannot be passed by value`)
  return field.size === 8 ? 'pointer' : field.name === 'BOOL' ? 'int32' : 'uint32'
}
