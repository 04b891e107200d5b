/**
 * What was applied on condition: unless somebody confirms it in time, the former state comes back. The promise stands in the engine beside
 * the set, written by the transaction that changed it, so that it is as durable as the change. See docs/decisions/024.
 */

import { isJsonObject, type Json } from '../../base/index.ts'
import type { Done, Notes } from './notes.ts'

/** What waits for a confirmation. */
export interface Confirmation {
  /** of this one alone */
  readonly id: string
  /** who applied it, and when (ISO 8601) */
  readonly by: string
  readonly time: string
  readonly commit?: string
  /** of the plan that was carried out */
  readonly digest: string
  readonly withinSeconds: number
  /** seconds since the machine started, when its time is over: no date can be set back or forward over it */
  readonly deadline: number
  /** the first ones, and how many there were */
  readonly changes: readonly Done[]
  readonly total: number
  /** the engine has been started anew since: its time is over */
  readonly restarted: boolean
}

/** How an apply asks for one. */
export interface ConfirmWithin {
  readonly seconds: number
  /** seconds since the machine started */
  uptime(): number
}

type Kept = Omit<Confirmation, 'restarted'>

export function encodeConfirmation(kept: Kept): Uint8Array {
  return Buffer.from(JSON.stringify({ version: 1, ...kept }), 'utf8')
}

/** @returns undefined where nothing waits, or nothing of ours */
export function confirmationOf(notes: Notes | undefined): Confirmation | undefined {
  const data = notes?.get('confirmation')
  const kept = data && decode(data)
  if (!kept) return undefined
  const running = notes?.get('running')
  return { ...kept, restarted: !running || Buffer.from(running).toString('utf8') !== kept.id }
}

function decode(data: Uint8Array): Kept | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
    return isJsonObject(value) && isKept(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whoever may write there could have written it. */
function isKept(value: Json): value is Json & Kept {
  const { version, id, by, time, commit, digest, withinSeconds, deadline, changes, total } = value as Record<
    string,
    Json
  >
  return (
    version === 1 &&
    [id, by, time, digest].every(isText) &&
    (commit === undefined || isText(commit)) &&
    Number.isFinite(Date.parse(String(time))) &&
    [withinSeconds, deadline, total].every(Number.isFinite) &&
    Array.isArray(changes) &&
    changes.every((one) => isJsonObject(one) && isText(one.action) && isText(one.address))
  )
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.length <= 256
}

/** Seconds until its time is over; 0: it is. Longer than it was given can only be another start of the machine. */
export function secondsLeft({ deadline, withinSeconds, restarted }: Confirmation, uptime: number): number {
  const left = deadline - uptime
  return restarted || left > withinSeconds ? 0 : Math.max(0, left)
}

/** `what ana applied at 2026-11-27T18:00:00Z (2 changes, commit c0ffee123456)` */
export function confirmationText({ by, time, commit, total }: Confirmation): string {
  const changes = total === 1 ? '1 change' : `${total} changes`
  return `what ${by} applied at ${time.slice(0, 19)}Z (${changes}${commit === undefined ? '' : `, commit ${commit.slice(0, 12)}`})`
}
