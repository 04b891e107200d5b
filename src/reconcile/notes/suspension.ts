/** A set that watches leave alone for a while: kept in the engine beside it, so that every watch sees it, and every start of one. */

import { isJsonObject, type Json } from '../../base/index.ts'
import type { Notes } from './notes.ts'

export interface Suspension {
  /** who wants it, and since when (ISO 8601) */
  readonly by: string
  readonly time: string
  /** when it ends by itself (ISO 8601); absent: it does not */
  readonly until?: string
  readonly reason?: string
}

export function encodeSuspension(suspension: Suspension): Uint8Array {
  return Buffer.from(JSON.stringify({ version: 1, ...suspension }), 'utf8')
}

export function suspensionOf(notes: Notes | undefined): Suspension | undefined {
  return decodeSuspension(notes?.get('suspension'))
}

/** @returns undefined where there is none, or none of ours */
export function decodeSuspension(data: Uint8Array | undefined): Suspension | undefined {
  if (!data) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
    return isJsonObject(value) && isSuspension(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whoever may write there could have written it. */
function isSuspension(value: Json): value is Json & Suspension {
  const { version, by, time, until, reason } = value as Record<string, Json>
  return (
    version === 1 &&
    [by, time].every(isText) &&
    (reason === undefined || isText(reason)) &&
    [time, until ?? time].every((date) => Number.isFinite(Date.parse(String(date))))
  )
}

const LONGEST_TEXT = 1024

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.length <= LONGEST_TEXT
}

export function isSuspended({ until }: Suspension, now: Date): boolean {
  return until === undefined || Date.parse(until) > now.getTime()
}

/** `suspended by ana until 2026-11-27T20:00:00Z: a firmware update of the peer` */
export function suspensionText({ by, until, reason }: Suspension): string {
  const end = until === undefined ? '' : ` until ${until.slice(0, 19)}Z`
  return `suspended by ${by}${end}${reason === undefined ? '' : `: ${reason}`}`
}
