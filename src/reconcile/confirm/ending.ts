/** How a promise ends: it is confirmed, or the former state is brought back. Whoever gets the engine's lock first decides. */

import { formatDuration } from '../../base/index.ts'
import { type Actor, remember } from '../history.ts'
import {
  type Confirmation,
  confirmationOf,
  confirmationText,
  decodeSuspension,
  encodeSuspension,
  isSuspended,
  type Note,
  secondsLeft,
} from '../notes/index.ts'
import { EngineRefusal, type Provider, type SetTransaction } from '../provider.ts'
import { addressOfFormer, type Former, unseal } from './former.ts'
import { type Obstacle, putBack } from './put-back.ts'

export interface Deciding {
  readonly actor: Actor
  /** seconds since the machine started */
  readonly uptime: number
  /** only if this one still waits; absent: whichever does */
  readonly id?: string
  /** only if its time is over */
  readonly onlyOver?: boolean
}

export type Ended =
  /** nothing waits, or another one does; or its time is not over yet */
  | { readonly status: 'none' | 'waits' }
  | { readonly status: 'confirmed' | 'taken-back'; readonly confirmation: Confirmation }
  /** nothing was changed, and it still waits */
  | { readonly status: 'impossible'; readonly confirmation: Confirmation; readonly obstacles: readonly Obstacle[] }

const PROMISE: readonly Note[] = ['confirmation', 'former', 'running']

/** What was applied stays. Also after its time, as long as nobody has taken it back. */
export function confirm(provider: Provider, set: string, deciding: Deciding): Promise<Ended> {
  return decide(provider, { ...deciding, set, status: 'confirmed' }, async (tx, confirmation) => {
    await forgetPromise(tx)
    const [state] = await tx.observe([{ set, wanted: [] }])
    const isGone = state?.resources.size === 0 && (await tx.removeOwner(set))
    if (!isGone) await remember(tx, { actor: deciding.actor, command: 'confirm', ...aboutOf(confirmation) })
    return []
  })
}

/** What stood before comes back; a watch leaves the set alone from then on, or it would do again what was taken back. */
export function takeBack(provider: Provider, set: string, deciding: Deciding): Promise<Ended> {
  return decide(provider, { ...deciding, set, status: 'taken-back' }, async (tx, confirmation) => {
    const kept = await keptFormer(tx, set)
    if (!kept) return [{ address: `set ${set}`, why: 'how it stood before is kept no more, or is not what was kept' }]
    const { former, digestKey } = kept
    const obstacles = await putBack(tx, former, { set, kinds: provider.kinds, digestKey })
    if (obstacles.length > 0) return obstacles
    await forgetPromise(tx)
    const reason = reasonOf(confirmation, deciding)
    await suspend(tx, deciding.actor, `${confirmationText(confirmation)} was taken back: ${reason}`)
    const changes = former.map((one) => ({ action: actionOf(one), address: addressOfFormer(one) }))
    await remember(tx, { actor: deciding.actor, command: 'rollback', ...aboutOf(confirmation), reason, changes })
    return []
  })
}

function aboutOf({ commit, digest }: Confirmation) {
  return { digest, ...(commit !== undefined && { commit }) }
}

function reasonOf(confirmation: Confirmation, { uptime }: Deciding): string {
  if (confirmation.restarted) return 'not confirmed before the engine was started anew'
  if (secondsLeft(confirmation, uptime) > 0) return 'asked for'
  return `not confirmed within ${formatDuration(confirmation.withinSeconds)}`
}

function actionOf({ record, spec, stays }: Former): string {
  return spec ? 'restore' : stays || record ? 'record' : 'delete'
}

async function forgetPromise(tx: SetTransaction): Promise<void> {
  for (const note of PROMISE) await tx.note(note, undefined)
}

/** Somebody may have suspended it already, and knows why. */
async function suspend(tx: SetTransaction, actor: Actor, reason: string): Promise<void> {
  const standing = decodeSuspension(await tx.noted('suspension'))
  if (standing && isSuspended(standing, actor.date())) return
  await tx.note('suspension', encodeSuspension({ by: actor.by, time: actor.date().toISOString(), reason }))
}

async function keptFormer(tx: SetTransaction, set: string) {
  const [state] = await tx.observe([{ set, wanted: [] }])
  const [sealed, about] = [await tx.noted('former'), await tx.noted('confirmation')]
  const digestKey = state?.digestKey
  const former = sealed && about && digestKey ? unseal(sealed, digestKey, about) : undefined
  return former && digestKey ? { former, digestKey } : undefined
}

/** A commit may have landed although it was answered by an error: the engine tells by what still waits. */
async function decide(
  provider: Provider,
  decision: Deciding & { readonly set: string; readonly status: 'confirmed' | 'taken-back' },
  work: (tx: SetTransaction, confirmation: Confirmation) => Promise<readonly Obstacle[]>,
): Promise<Ended> {
  const { set, status, id, onlyOver, uptime } = decision
  let committing: Ended | undefined
  try {
    return await provider.transaction(set, async (tx): Promise<{ commit: boolean; value: Ended }> => {
      const confirmation = await standing(tx)
      if (!confirmation && committing) return { commit: false, value: committing }
      if (!confirmation || (id !== undefined && id !== confirmation.id))
        return { commit: false, value: { status: 'none' } }
      if (onlyOver && secondsLeft(confirmation, uptime) > 0) return { commit: false, value: { status: 'waits' } }
      const obstacles = [...(await work(tx, confirmation))]
      if (obstacles.length === 0)
        obstacles.push(...(await tx.unsettled()).map(({ what }) => ({ address: `set ${set}`, why: what })))
      if (obstacles.length > 0) return { commit: false, value: { status: 'impossible', confirmation, obstacles } }
      committing = { status, confirmation }
      return { commit: true, value: committing }
    })
  } catch (error) {
    if (!committing || !(error instanceof EngineRefusal)) throw error
    const notes = await provider.notes(set).catch(() => undefined)
    if (!notes || confirmationOf(notes)) throw error
    return committing
  }
}

async function standing(tx: SetTransaction): Promise<Confirmation | undefined> {
  const notes = new Map<Note, Uint8Array>()
  for (const note of ['confirmation', 'running'] as const) {
    const data = await tx.noted(note)
    if (data) notes.set(note, data)
  }
  return confirmationOf(notes)
}
