/** JSON values, and the two texts that name things inside and outside of them. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** Lower-case, hyphenated, without braces: `c86fd1bf-21cd-497e-a0bb-17425c885c58`. */
export type Guid = string
/** JSON Pointer (RFC 6901) into a spec: `/quickMode/proposals/0/lifetime/time`. */
export type Pointer = string

/** An object with members: no list, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @param key that others wrote: what every object has, such as `constructor`, is no row of ours */
export function rowOf<T>(table: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Kinds ask for the same few places in each of their objects. At the limit the rest is parsed anew each time. */
const knownPointers = new Map<Pointer, readonly string[]>()
const MAX_KNOWN_POINTERS = 1_000

export function parsePointer(pointer: Pointer): readonly string[] {
  const known = knownPointers.get(pointer)
  if (known !== undefined) return known
  const steps = pointer === '' ? [] : pointer.slice(1).split('/').map(unescaped)
  if (knownPointers.size < MAX_KNOWN_POINTERS) knownPointers.set(pointer, steps)
  return steps
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

export function joinPointer(pointer: Pointer, step: string | number): Pointer {
  const text = String(step)
  // nearly no name needs it, and this is called for every value of every manifest
  const isPlain = !text.includes('~') && !text.includes('/')
  return `${pointer}/${isPlain ? text : text.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** @returns the value at the pointer; undefined where nothing stands */
export function valueAt(root: Json | undefined, pointer: Pointer): Json | undefined {
  let value: Json | undefined = root
  for (const step of parsePointer(pointer)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}

/** @returns a copy with the value at the pointer replaced, or removed when `value` is undefined; unchanged where the parent is missing */
export function withValueAt(root: Json, pointer: Pointer, value: Json | undefined): Json {
  return replaceAt(root, parsePointer(pointer), value)
}

function replaceAt(node: Json, steps: readonly string[], value: Json | undefined): Json {
  const [step, ...rest] = steps
  if (step === undefined) return value ?? null
  if (typeof node !== 'object' || node === null) return node
  if (rest.length > 0 && !Object.hasOwn(node, step)) return node
  if (Array.isArray(node)) {
    const copy = [...(node as readonly Json[])]
    copy[Number(step)] = replaceAt(copy[Number(step)] ?? null, rest, value)
    return copy
  }
  const { [step]: old, ...others } = node as JsonObject
  if (rest.length === 0 && value === undefined) return others
  return { ...(node as JsonObject), [step]: rest.length === 0 ? (value as Json) : replaceAt(old ?? null, rest, value) }
}

/** `/quickMode/proposals/0/lifetime` → `quickMode.proposals[0].lifetime`, as people read it. */
export function dotted(pointer: Pointer): string {
  return parsePointer(pointer).reduce(
    (text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
}

/** @returns the pointer of what holds this value; the root holds itself */
export function parentPointer(pointer: Pointer): Pointer {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))
}

/** @returns whether the pointer itself, or one above it, is in the set: `covers({/a}, /a/b)` */
export function covers(pointers: ReadonlySet<Pointer>, pointer: Pointer): boolean {
  if (pointers.size === 0) return false
  for (let p = pointer; p !== ''; p = parentPointer(p)) if (pointers.has(p)) return true
  return pointers.has('')
}
