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
