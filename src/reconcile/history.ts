/** What was done to a set, and by whom: kept in the engine beside it, the newest first. A look at the set does not read it. */

import { isJsonObject, type Json } from '../base/index.ts'
import type { Done } from './notes/index.ts'
import { type Change, movedFrom, renamedFrom } from './plan/index.ts'
import type { SetTransaction } from './provider.ts'

/** Who changes an engine, by which command, and when. */
export interface Actor {
  /** an account, as the system calls it: `CORP\ana` */
  readonly by: string
  /** `apply` */
  readonly command: string
  date(): Date
}

/** One thing that was done. */
export interface HistoryEntry {
  /** ISO 8601, in UTC */
  readonly time: string
  readonly by: string
  readonly command: string
  /** Git commit that the manifests came from */
  readonly commit?: string
  /** of the plan that was carried out */
  readonly digest?: string
  /** why, where somebody said so */
  readonly reason?: string
  /** the first ones */
  readonly changes: readonly Done[]
  /** how many there were */
  readonly total: number
}

const MOST_ENTRIES = 50
const MOST_CHANGES = 20
const LONGEST_TEXT = 256

/** What is to be remembered of something that is being done. */
export interface Deed {
  readonly actor: Actor
  /** absent: the actor's */
  readonly command?: string
  readonly commit?: string | undefined
  readonly digest?: string
  readonly reason?: string
  readonly changes?: readonly Done[]
}

/** Remembers it, in the transaction in which it is done. */
export async function remember(tx: Pick<SetTransaction, 'noted' | 'note'>, deed: Deed): Promise<void> {
  const entries = [entryOf(deed), ...decodeHistory(await tx.noted('history'))].slice(0, MOST_ENTRIES)
  await tx.note('history', Buffer.from(JSON.stringify({ version: 1, entries }), 'utf8'))
}

function entryOf({ actor, command = actor.command, commit, digest, reason, changes = [] }: Deed): HistoryEntry {
  return {
    time: actor.date().toISOString(),
    by: actor.by.slice(0, LONGEST_TEXT),
    command,
    ...(commit !== undefined && { commit }),
    ...(digest !== undefined && { digest }),
    ...(reason !== undefined && { reason: reason.slice(0, LONGEST_TEXT) }),
    changes: changes.slice(0, MOST_CHANGES).map(({ action, address }) => ({ action, address })),
    total: changes.length,
  }
}

/** `rename` and `move` apart from what else a change may be. */
export function deedsOf(changes: readonly Change[]): readonly Done[] {
  return changes.map((change) => {
    const [name, set] = [renamedFrom(change), movedFrom(change)]
    const origin = [...(name === undefined ? [] : [name]), ...(set === undefined ? [] : [`set ${set}`])]
    const action = origin.length === 0 ? change.action : `${change.action} from ${origin.join(' of ')}`
    return { action, address: change.address }
  })
}

/** @returns what can be read of it: whoever may write there could have written it */
export function decodeHistory(data: Uint8Array | undefined): readonly HistoryEntry[] {
  if (!data) return []
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
    return isJsonObject(value) && Array.isArray(value.entries) ? value.entries.filter(isEntry) : []
  } catch {
    return []
  }
}

export interface SetEntry extends HistoryEntry {
  readonly set: string
}

/**
 * The histories of several sets as one. Entries of one set stay in the order in which they were written, also where a clock was set back
 * between them: none counts as later than the next.
 */
export function newestFirst(histories: ReadonlyMap<string, readonly HistoryEntry[]>): readonly SetEntry[] {
  const dated = [...histories].flatMap(([set, entries]) => {
    let next = Number.POSITIVE_INFINITY
    return entries.map((entry) => {
      next = Math.min(next, Date.parse(entry.time))
      return { at: next, entry: { set, ...entry } }
    })
  })
  return dated.sort((a, b) => b.at - a.at).map(({ entry }) => entry)
}

function isEntry(value: Json): value is Json & HistoryEntry {
  if (!isJsonObject(value)) return false
  const { time, by, command, commit, digest, reason, changes, total } = value
  return (
    [time, by, command].every(isText) &&
    [commit, digest, reason].every((text) => text === undefined || isText(text)) &&
    Number.isFinite(Date.parse(String(time))) &&
    Number.isSafeInteger(total) &&
    Array.isArray(changes) &&
    changes.every((one) => isJsonObject(one) && isText(one.action) && isText(one.address))
  )
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.length <= LONGEST_TEXT
}
