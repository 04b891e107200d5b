/** Values to images and back. A secret never becomes part of an image: the sandbox negotiates nothing and so needs none. */

import { embedImage, image, packImage, type StructType, unpack, type Value } from '../binding/ctype/index.ts'
import {
  FWPM_FILTER0,
  FWPM_PROVIDER_CONTEXT3,
  FWPM_PROVIDER0,
  FWPM_SESSION0,
  IPSEC_KEY_MANAGER0,
} from '../binding/tables/structs/index.ts'
import { contextTypeOf } from './rules/context-types.ts'
import type { StoredImage } from './store/store.ts'
import type { Context, Filter, KeyManager, ProviderValue, SessionValue } from './values.ts'
import { type AnyFields, mapMethods } from './versions.ts'

const SECRET_FIELD = 'presharedKey'
const NO_SECRET = new Uint8Array(0)

export const sessionImage = codec<SessionValue>(FWPM_SESSION0)
export const providerImage = codec<ProviderValue>(FWPM_PROVIDER0)
export const keyManagerImage = codec<KeyManager>(IPSEC_KEY_MANAGER0)
const filterImage = codec<Filter>(FWPM_FILTER0)
const contextImage = codec<Context>(FWPM_PROVIDER_CONTEXT3)

export function encodeContext(context: Context): Buffer {
  return contextImage.encode(withoutKeys(context))
}

/** Secrets stand in authentication methods alone: those of a main-mode policy, and of the extended mode of others. */
function withoutKeys(context: Context): Context {
  const arm = contextTypeOf(context.type)?.arm
  const fields = context as AnyFields
  if (arm === undefined || !(arm in fields)) return context
  return { ...fields, [arm]: mapMethods(fields[arm] as AnyFields, withoutSecrets) } as Context
}

const contextEmbedding = embedImage(FWPM_PROVIDER_CONTEXT3, 'providerContextId')
const filterEmbedding = embedImage(FWPM_FILTER0, 'filterId')

/** The context as the engine gives it out, unread, with its LUID. */
export function answerContext(stored: StoredImage): Context {
  return contextEmbedding(stored, BigInt(stored.id))
}

/** The context for the engine itself to look at. */
export function decodeContext({ id, image }: StoredImage): Context {
  return { ...contextImage.decode(image), providerContextId: BigInt(id) }
}

export function encodeFilter(filter: Filter): Buffer {
  return filterImage.encode(filter)
}

/** The filter as the engine gives it out, unread: an answer holds hundreds. */
export function answerFilter(stored: StoredImage): Filter {
  return filterEmbedding(stored, BigInt(stored.id))
}

/** The filter for the engine itself to look at. */
export function decodeFilter({ id, image }: StoredImage): Filter {
  return { ...filterImage.decode(image), filterId: BigInt(id) }
}

/** The same value with every preshared key empty; what has none in it is not copied. */
export function withoutSecrets<T>(value: T): T {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  let cleared: Record<string, unknown> | undefined
  for (const [name, field] of Object.entries(value)) {
    const without = name === SECRET_FIELD ? NO_SECRET : withoutSecrets(field)
    if (without === field) continue
    cleared ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
    cleared[name] = without
  }
  return (cleared ?? value) as T
}

interface Codec<T> {
  encode(value: T): Buffer
  decode(bytes: Uint8Array): T
}

function codec<T>(type: StructType<T>): Codec<T> {
  return {
    encode: (value) => packImage(type, value),
    decode: (bytes) => unpack(type, image(bytes), 0) as Value<typeof type>,
  }
}
