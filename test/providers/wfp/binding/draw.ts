/** Random values of any type of the tables, drawn from what the table itself says the type can hold. */
import fc, { type GeneratorValue } from 'fast-check'
import type {
  CType,
  Field,
  Fields,
  PointerType,
  StructType,
} from '../../../../src/providers/wfp/binding/ctype/index.ts'

type Values = Record<string, unknown>

/** A tag that no union knows: it must come through alone. */
const UNKNOWN_TAG = 0x7fff_fff1

export function draw(g: GeneratorValue, type: CType<unknown>, callbacks: Values = {}): unknown {
  if ('fields' in type) return drawFields(g, (type as StructType<unknown>).fields, callbacks)
  const pointer = type as PointerType<unknown>
  if (pointer.target) return pointer.nullable && g(fc.boolean) ? null : draw(g, pointer.target, callbacks)
  const scalar = scalars[type.name]
  if (scalar) return scalar(g)
  if (type.name.startsWith('UINT8[')) return drawBytes(g, type.size, type.size)
  return g(fc.boolean) ? null : (callbacks[type.name] ?? null)
}

/** Functions are equal when they are one C function. */
export function plain(value: unknown): unknown {
  if (typeof value === 'function') return { address: (value as unknown as { address: number }).address }
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

function drawFields(g: GeneratorValue, fields: Fields, callbacks: Values): Values {
  const counts = new Set(Object.values(fields).flatMap((field) => ('list' in field ? [field.count] : [])))
  const value: Values = {}
  for (const [name, field] of Object.entries(fields))
    if ('list' in field) value[name] = Array.from({ length: g(fc.nat, 3) }, () => draw(g, field.list, callbacks))
    else if ('word' in field && !counts.has(name)) value[name] = tagOf(g, name, fields) ?? draw(g, field, callbacks)
  for (const field of Object.values(fields)) Object.assign(value, drawArm(g, field, value, callbacks))
  return value
}

function tagOf(g: GeneratorValue, name: string, fields: Fields): number | undefined {
  const union = Object.values(fields).find((field) => 'arms' in field && field.tag === name)
  if (!union || !('arms' in union)) return undefined
  return g(() => fc.constantFrom(...Object.keys(union.arms).map(Number), UNKNOWN_TAG))
}

function drawArm(g: GeneratorValue, field: Field, value: Values, callbacks: Values): Values {
  if ('arms' in field) return drawFields(g, field.arms[value[field.tag] as number] ?? {}, callbacks)
  if ('bit' in field)
    return drawFields(g, (value[field.flags] as number) & field.bit ? field.set : field.clear, callbacks)
  return {}
}

const integer = (min: number, max: number) => (g: GeneratorValue) => g(fc.integer, { min, max })
const text = (unit: 'binary' | 'binary-ascii') => (g: GeneratorValue) =>
  g(fc.boolean) ? null : g(fc.string, { unit, maxLength: 40 }).replaceAll('\0', '')

const scalars: Record<string, (g: GeneratorValue) => unknown> = {
  UINT8: integer(0, 0xff),
  UINT16: integer(0, 0xffff),
  UINT32: integer(0, 0xffff_ffff),
  INT8: integer(-0x80, 0x7f),
  INT16: integer(-0x8000, 0x7fff),
  INT32: integer(-0x8000_0000, 0x7fff_ffff),
  BOOL: integer(-0x8000_0000, 0x7fff_ffff),
  UINT64: (g) => g(fc.bigInt, { min: 0n, max: 2n ** 64n - 1n }),
  INT64: (g) => g(fc.bigInt, { min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float: (g) => g(fc.float, { noNaN: true }),
  double: (g) => g(fc.double, { noNaN: true }),
  HANDLE: integer(0, Number.MAX_SAFE_INTEGER),
  'void*': integer(0, Number.MAX_SAFE_INTEGER),
  GUID: (g) =>
    drawBytes(g, 16, 16).reduce(
      (hex, byte, i) => hex + ([4, 6, 8, 10].includes(i) ? '-' : '') + byte.toString(16).padStart(2, '0'),
      '',
    ),
  'wchar_t*': text('binary'),
  PSTR: text('binary-ascii'),
  FWP_BYTE_BLOB: (g) => drawBytes(g, 0, 64),
  'SID*': (g) => (g(fc.boolean) ? null : drawSid(g)),
  'ACL*': (g) => (g(fc.boolean) ? null : drawAcl(g)),
  'SECURITY_DESCRIPTOR*': (g) => (g(fc.boolean) ? null : drawDescriptor(g)),
  'SEC_WINNT_AUTH_IDENTITY_W*': () => null,
}

function drawBytes(g: GeneratorValue, minLength: number, maxLength: number): Uint8Array {
  return Uint8Array.from(g(fc.uint8Array, { minLength, maxLength }))
}

function drawSid(g: GeneratorValue): Uint8Array {
  const count = g(fc.nat, 15)
  return Uint8Array.from([1, count, ...drawBytes(g, 6 + 4 * count, 6 + 4 * count)])
}

function drawAcl(g: GeneratorValue): Uint8Array {
  const body = drawBytes(g, 0, 40)
  return Uint8Array.from([2, 0, 8 + body.length, 0, 0, 0, 0, 0, ...body])
}

/** Self-relative: a header with offsets, then the parts in any order. */
function drawDescriptor(g: GeneratorValue): Uint8Array {
  const kinds = g(() => fc.shuffledSubarray([0, 1, 2, 3]))
  const offsets = [0, 0, 0, 0]
  let body: number[] = []
  for (const kind of kinds) {
    offsets[kind] = 20 + body.length
    body = [...body, ...(kind < 2 ? drawSid(g) : drawAcl(g))]
  }
  const SE_SELF_RELATIVE_HIGH_BYTE = 0x80
  const header = offsets.flatMap((offset) => [offset & 0xff, offset >>> 8, 0, 0])
  return Uint8Array.from([1, 0, 0, SE_SELF_RELATIVE_HIGH_BYTE, ...header, ...body])
}
