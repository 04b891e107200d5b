/**
 * The way back: what an apply is about to change, as it stands, with everything that is needed to make it again. It is kept in the engine,
 * compressed and sealed under the set's digest key, which only SYSTEM and Administrators may read; so no secret stands anywhere in clear.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type Diagnostic, diagnostic, dotted, type Guid, type JsonObject, type Pointer } from '../../base/index.ts'
import { addressOf } from '../../manifest/index.ts'
import {
  type AppliedRecord,
  type Change,
  digestAt,
  makesObject,
  movedFrom,
  type Observed,
  stands,
} from '../plan/index.ts'
import type { SetTransaction } from '../provider.ts'
import { type Secrets, secretDigest } from '../secrets.ts'

/** What stood under a key before an apply. */
export interface Former {
  readonly key: Guid
  /** of its kind and itself */
  readonly kind: string
  readonly name: string
  /** absent: nothing of ours stood there */
  readonly record?: AppliedRecord
  /** the object in comparable form; absent: none stood, or it stays as it is */
  readonly spec?: JsonObject
  /** of a record alone: the form of what it is about, for its lifetime */
  readonly like?: JsonObject
  /** its secrets by pointer, in base64 */
  readonly secrets?: { readonly [pointer: Pointer]: string }
  /** the object is not touched, its record alone is written */
  readonly stays?: true
  /** the object was exactly what its record says, which can say so again */
  readonly asRecorded?: true
}

/** What a way back is found with. */
export interface Finding {
  readonly secrets: Secrets
  readonly digestKey: Uint8Array
}

/** @returns what the changes are taken back to, or a finding for each that cannot be */
export async function formerOf(
  tx: Pick<SetTransaction, 'shownSecrets'>,
  changes: readonly Change[],
  finding: Finding,
): Promise<{ readonly former: readonly Former[]; readonly diagnostics: readonly Diagnostic[] }> {
  const former: Former[] = []
  const diagnostics: Diagnostic[] = []
  for (const change of changes) {
    const refused = refusalOf(change)
    if (refused) diagnostics.push(refused)
    else {
      const found = await formerOfChange(tx, change, finding)
      former.push(...found.former)
      diagnostics.push(...found.diagnostics)
    }
  }
  return { former, diagnostics }
}

function noWayBack(change: Change, why: string, help: string): Diagnostic {
  const message = `${change.address} could not be brought back as it is: ${why}`
  return diagnostic('E330', change.after?.manifest.at(''), message, {
    notes: ['nothing was changed: what is to be confirmed must be possible to take back'],
    help: `${help}; or apply without --confirm-within`,
  })
}

function refusalOf(change: Change): Diagnostic | undefined {
  const set = movedFrom(change)
  if (set !== undefined)
    return noWayBack(change, `it moves here from set ${set}, and one set alone is taken back`, 'apply the move first')
  if (!isTouched(change) || change.before?.record.owner !== null) return undefined
  return noWayBack(change, 'it was adopted, and stands as its maker made it', 'apply this one first (--target)')
}

/** @returns whether an object that stands goes, or makes way for another */
function isTouched({ action, before }: Change): boolean {
  return before !== undefined && stands(before) && action !== 'record' && action !== 'move'
}

async function formerOfChange(tx: Pick<SetTransaction, 'shownSecrets'>, change: Change, finding: Finding) {
  const { before, key, action, address } = change
  const [kind = '', name = ''] = address.split('/')
  const made = before?.key === key || !(makesObject(change) || action === 'record') ? [] : [{ key, kind, name }]
  if (!before || before.leftover) return { former: made, diagnostics: [] }
  const names = { key: before.key, kind: before.kind.name, name: before.name, record: before.record }
  if (!isTouched(change)) {
    const stays = action === 'record' || action === 'move'
    const like = before.live ?? change.after?.spec ?? {}
    return { former: [...made, { ...names, like, ...(stays && { stays: true as const }) }], diagnostics: [] }
  }
  const { secrets, lost } = await secretsOf(tx, before, finding)
  const diagnostics = lost.map((path) =>
    noWayBack(
      change,
      `its secret at ${dotted(path)} is not shown by the engine, and ${kept(before, path)} holds another one now`,
      'put the former key back where its reference points while you apply, and give the new one a reference of its own',
    ),
  )
  const asRecorded = before.isAsRecorded && { asRecorded: true as const }
  return { former: [...made, { ...names, spec: before.live ?? {}, secrets, ...asRecorded }], diagnostics }
}

/** `{ env: HQ_PSK }`, where a secret was when it was applied. */
function kept({ record }: Observed, path: Pointer): string {
  const { ref = {} } = record.secrets[path] ?? {}
  const [[field, place] = ['its', 'reference']] = Object.entries(ref)
  return `${field} ${String(place)}`
}

/** Each secret from wherever the very one is to be had: the engine, what is declared now, or where it was when it was applied. */
async function secretsOf(
  tx: Pick<SetTransaction, 'shownSecrets'>,
  observed: Observed,
  { secrets, digestKey }: Finding,
) {
  const { kind, live = {}, record } = observed
  const paths = kind.secretPaths(live)
  const shown = paths.length === 0 ? new Map<Pointer, Uint8Array>() : await tx.shownSecrets(observed)
  const found: Record<Pointer, string> = {}
  const lost: Pointer[] = []
  for (const path of paths) {
    const wanted = digestAt(live, path)
    const candidates = [
      () => shown.get(path),
      () => secrets.withDigest(String(wanted), digestKey),
      () => secrets.at(record.secrets[path]?.ref, dirname(record.source.file)),
    ]
    const bytes = candidates.map((one) => one()).find((one) => one && secretDigest(digestKey, one) === wanted)
    if (bytes) found[path] = Buffer.from(bytes).toString('base64')
    else lost.push(path)
  }
  return { secrets: found, lost }
}

const CIPHER = 'aes-256-gcm'
const SALT_BYTES = 16
const IV_BYTES = 12
const TAG_BYTES = 16

/** @param about what it belongs to: it opens beside nothing else */
export function seal(former: readonly Former[], digestKey: Uint8Array, about: Uint8Array): Uint8Array {
  const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(IV_BYTES)]
  const cipher = createCipheriv(CIPHER, keyFrom(digestKey, salt), iv)
  cipher.setAAD(about)
  const sealed = Buffer.concat([cipher.update(gzipSync(JSON.stringify(former))), cipher.final()])
  return Buffer.concat([salt, iv, cipher.getAuthTag(), sealed])
}

/** @returns undefined where it is not what was sealed */
export function unseal(data: Uint8Array, digestKey: Uint8Array, about: Uint8Array): readonly Former[] | undefined {
  const bytes = Buffer.from(data)
  const [salt, iv, tag, sealed] = [
    bytes.subarray(0, SALT_BYTES),
    bytes.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES),
    bytes.subarray(SALT_BYTES + IV_BYTES, SALT_BYTES + IV_BYTES + TAG_BYTES),
    bytes.subarray(SALT_BYTES + IV_BYTES + TAG_BYTES),
  ]
  try {
    const decipher = createDecipheriv(CIPHER, keyFrom(digestKey, salt), iv)
    decipher.setAAD(about)
    decipher.setAuthTag(tag)
    const open = Buffer.concat([decipher.update(sealed), decipher.final()])
    return JSON.parse(gunzipSync(open).toString('utf8')) as Former[]
  } catch {
    return undefined
  }
}

function keyFrom(digestKey: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', digestKey, salt, 'wfpctl former state', 32))
}

/** An address of what was there before. */
export function addressOfFormer({ kind, name }: Pick<Former, 'kind' | 'name'>): string {
  return addressOf({ kind: { name: kind } as Observed['kind'], name })
}
