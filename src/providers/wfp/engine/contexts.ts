/** Provider contexts, read and written in the newest version the engine has. The only place that chooses between call versions. */

import { hash } from 'node:crypto'
import { type Guid, remembering } from '../../../base/index.ts'
import type { Library } from '../binding/call/bind.ts'
import type { Visitor } from '../binding/call/transfer.ts'
import {
  bytesInPlace,
  CONTENT_DIGEST,
  Content,
  collecting,
  type GuidList,
  memberAt,
  pointerAt,
  type Reader,
  reading,
  type StructType,
  type Value,
} from '../binding/ctype/index.ts'
import {
  FWPM_GENERAL_CONTEXT,
  FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT,
  SDDL_REVISION_1,
} from '../binding/tables/constants/index.ts'
import {
  FWPM_PROVIDER_CONTEXT1,
  FWPM_PROVIDER_CONTEXT2,
  FWPM_PROVIDER_CONTEXT3,
} from '../binding/tables/structs/index.ts'
import { isStatus } from './refusals.ts'
import type { Session } from './session.ts'

/** Which version of the numbered calls: 1 is the floor, below it there is no IKEv2 and no pinned key module. */
export type CallVersion = 1 | 2 | 3

/** What each call version takes and shows. */
export interface ContextOf {
  readonly 1: Value<typeof FWPM_PROVIDER_CONTEXT1>
  readonly 2: Value<typeof FWPM_PROVIDER_CONTEXT2>
  readonly 3: Value<typeof FWPM_PROVIDER_CONTEXT3>
}
export type AnyContext = ContextOf[CallVersion]

/** The newest version that the library exports, told by its tunnel calls. */
export function callVersionOf(fwp: Library): CallVersion {
  if (fwp.FwpmIPsecTunnelAdd3) return 3
  return fwp.FwpmIPsecTunnelAdd2 ? 2 : 1
}

interface PageArgs {
  readonly engineHandle: number
  readonly enumHandle: number
  readonly numEntriesRequested: number
}

interface KeyArgs {
  readonly engineHandle: number
  readonly key: Guid
}

interface NumberedCalls {
  readonly type: StructType<AnyContext>
  readonly next: {
    (args: PageArgs): Promise<{ readonly entries: readonly AnyContext[] }>
    (args: PageArgs, look: Visitor): Promise<number>
  }
  readonly get: {
    (args: KeyArgs): Promise<{ readonly providerContext: AnyContext }>
    (args: KeyArgs, look: Visitor): Promise<number>
  }
  readonly add: (args: {
    engineHandle: number
    providerContext: GeneralObject
    sd: Uint8Array | null
  }) => Promise<unknown>
}

const CALLS: { readonly [version in CallVersion]: (fwp: Library) => NumberedCalls } = {
  1: (fwp) => ({
    type: FWPM_PROVIDER_CONTEXT1 as StructType<AnyContext>,
    next: fwp.FwpmProviderContextEnum1,
    get: fwp.FwpmProviderContextGetByKey1,
    add: fwp.FwpmProviderContextAdd1,
  }),
  2: (fwp) => ({
    type: FWPM_PROVIDER_CONTEXT2 as StructType<AnyContext>,
    next: fwp.FwpmProviderContextEnum2!,
    get: fwp.FwpmProviderContextGetByKey2!,
    add: fwp.FwpmProviderContextAdd2!,
  }),
  3: (fwp) => ({
    type: FWPM_PROVIDER_CONTEXT3 as StructType<AnyContext>,
    next: fwp.FwpmProviderContextEnum3!,
    get: fwp.FwpmProviderContextGetByKey3!,
    add: fwp.FwpmProviderContextAdd3!,
  }),
}

function callsOf(fwp: Library): NumberedCalls {
  return CALLS[callVersionOf(fwp)](fwp)
}

/**
 * Contexts of the given types, of one owner or (null) of all. A template has no "any" type, 0 is a real one: so each type takes an
 * enumeration. An engine may refuse a template of a provider that is not there: it has nothing.
 */
export async function contextsOf(
  session: Session,
  providerKey: Guid | null,
  types: readonly number[],
): Promise<AnyContext[]> {
  const found: AnyContext[] = []
  const { type, next } = callsOf(session.fwp)
  const isThere = await lookAtContexts(session, { providerKey, types, next }, (r, at) => found.push(type.read(r, at)))
  return isThere ? found : []
}

/** A context as its bytes tell it. */
export interface SeenContext {
  readonly providerContextKey: Guid
  readonly type: number
  readonly providerKey: Guid | null
  /** of what it says, but for the number that the engine gave it; of a general one, of what it holds */
  readonly digest: string
}

/** @returns the last sight itself where this one says the same */
export function eitherContext<T extends SeenContext>(last: T | undefined, seen: T): T {
  const isSame = last?.digest === seen.digest && last.type === seen.type && last.providerKey === seen.providerKey
  return isSame ? last : seen
}

/** Makes what is kept of a context: of what a general one holds, too, which is valid for this moment alone. */
export type Keep<T> = (seen: SeenContext, data: Buffer | undefined) => T

/** The same as `contextsOf`, unread. */
export async function seenContextsOf(
  session: Session,
  providerKey: Guid,
  types: readonly number[],
  keep: Keep<void>,
): Promise<void> {
  const { type, next } = callsOf(session.fwp)
  await lookAtContexts(session, { providerKey, types, next }, (r, at) => seeContext(type, { r, at }, keep))
}

/** What is shown, for this moment alone. */
export interface Shown {
  /** Adds all that it says. */
  collect(content: Content): void
  /** Adds its key; of a filter, and that of what it refers to. */
  keysInto(list: GuidList): void
}

/** Of a context; `data` is what a general one holds. */
export type ShownContext = Omit<SeenContext, 'digest'> & { readonly data: Buffer | undefined }

/** Shows the contexts of an owner, whole. */
export async function showContexts(
  session: Session,
  of: Pick<ContextPages, 'providerKey' | 'types'>,
  show: (context: ShownContext, shown: Shown) => void,
): Promise<void> {
  const { type: struct, next } = callsOf(session.fwp)
  const { read, collect, keyAt, dataAt } = seeing(struct)
  await lookAtContexts(session, { ...of, next }, (r, at) => {
    const { providerContextKey = '', type = 0, providerKey = null } = read(r, at)
    const address = type === FWPM_GENERAL_CONTEXT ? pointerAt(r, at + dataAt) : 0
    const data = address === 0 ? undefined : bytesInPlace(r, address)
    const shown = {
      collect: (content: Content) => collect(r, at, content),
      keysInto: (list: GuidList) => list.add(r.bytes, at + keyAt),
    }
    show({ providerContextKey, type, providerKey, data }, shown)
  })
}

interface ContextPages {
  readonly providerKey: Guid | null
  readonly types: readonly number[]
  readonly next: NumberedCalls['next']
}

/** @returns false where the owner does not stand */
async function lookAtContexts(
  session: Session,
  { providerKey, types, next }: ContextPages,
  look: Visitor,
): Promise<boolean> {
  const { fwp } = session
  try {
    for (const providerContextType of types)
      await session.look({
        create: (engineHandle) =>
          fwp.FwpmProviderContextCreateEnumHandle0({
            engineHandle,
            enumTemplate: { providerKey, providerContextType },
          }),
        next: (args) => next(args, look),
        destroy: fwp.FwpmProviderContextDestroyEnumHandle0,
      })
    return true
  } catch (error) {
    if (providerKey === null || !isStatus(error, 'FWP_E_PROVIDER_NOT_FOUND')) throw error
    return false
  }
}

const content = new Content()

const seeing = remembering((type: StructType<AnyContext>) => ({
  read: reading(type, ['providerContextKey', 'type', 'providerKey']),
  collect: collecting(type, ['providerContextId']),
  keyAt: memberAt(type, 'providerContextKey'),
  /** of the pointer to its bytes, in a general context */
  dataAt: memberAt(type, 'dataBuffer'),
}))

interface Place {
  readonly r: Reader
  readonly at: number
}

function seeContext<T>(struct: StructType<AnyContext>, { r, at }: Place, keep: Keep<T>): T {
  const { read, collect, dataAt } = seeing(struct)
  const { providerContextKey = '', type = 0, providerKey = null } = read(r, at)
  const address = type === FWPM_GENERAL_CONTEXT ? pointerAt(r, at + dataAt) : 0
  if (address !== 0) {
    const data = bytesInPlace(r, address)
    const digest = hash(CONTENT_DIGEST, data, 'base64')
    return keep({ providerContextKey, type, providerKey, digest }, data)
  }
  const digest = content.digestOf((contents) => collect(r, at, contents))
  return keep({ providerContextKey, type, providerKey, digest }, undefined)
}

const NOT_FOUND = ['FWP_E_PROVIDER_CONTEXT_NOT_FOUND', 'FWP_E_FILTER_NOT_FOUND', 'FWP_E_NOT_FOUND'] as const

/** @returns undefined when no context has this key */
export async function contextByKey({ engineHandle, fwp }: Session, key: Guid): Promise<AnyContext | undefined> {
  try {
    return (await callsOf(fwp).get({ engineHandle, key })).providerContext
  } catch (error) {
    if (isStatus(error, ...NOT_FOUND)) return undefined
    throw error
  }
}

/** The same, with the digest of what it says. */
export async function contextAndDigestByKey(
  { engineHandle, fwp }: Session,
  key: Guid,
): Promise<{ readonly context: AnyContext; readonly digest: string } | undefined> {
  const { type, get } = callsOf(fwp)
  let found: { readonly context: AnyContext; readonly digest: string } | undefined
  await unlessGone(
    get({ engineHandle, key }, (r, at) => {
      found = { context: type.read(r, at), digest: seeContext(type, { r, at }, ({ digest }) => digest) }
    }),
  )
  return found
}

/** The same as `contextByKey`, unread. */
export async function seenContextByKey<T>(
  { engineHandle, fwp }: Session,
  key: Guid,
  keep: Keep<T>,
): Promise<T | undefined> {
  const { type, get } = callsOf(fwp)
  let found: T | undefined
  await unlessGone(
    get({ engineHandle, key }, (r, at) => {
      found = seeContext(type, { r, at }, keep)
    }),
  )
  return found
}

/** A context whose content is bytes of ours. */
export interface GeneralContext {
  readonly key: Guid
  readonly name: string
  readonly providerKey: Guid
  readonly data: Uint8Array
  readonly persistent: boolean
  /** SDDL; absent: the engine's default */
  readonly sddl?: string
}

export async function addGeneralContext(session: Session, context: GeneralContext): Promise<void> {
  const { engineHandle, fwp } = session
  const sd = await descriptorOf(session, context.sddl)
  await callsOf(fwp).add({ engineHandle, providerContext: generalObject(context), sd })
}

function generalObject({ key, name, providerKey, data, persistent }: GeneralContext) {
  return {
    providerContextKey: key,
    displayData: { name, description: null },
    flags: persistent ? FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT : 0,
    providerKey,
    providerData: new Uint8Array(),
    type: FWPM_GENERAL_CONTEXT,
    dataBuffer: data,
    // the engine's own number of the object
    providerContextId: 0n,
  } as const
}
type GeneralObject = ReturnType<typeof generalObject>

/** What a general context holds. */
export function dataOf(context: AnyContext | undefined): Uint8Array | undefined {
  return context && 'dataBuffer' in context && context.dataBuffer ? context.dataBuffer : undefined
}

/** Deletes a context; one that is not there needs no deleting. */
export async function deleteContext({ engineHandle, fwp }: Session, key: Guid): Promise<void> {
  await unlessGone(fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }))
}

/** A delete of what is already gone has done its work. */
export async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion
  } catch (error) {
    if (!isStatus(error, ...NOT_FOUND)) throw error
  }
}

/** SDDL → self-relative bytes, by the system's own parser. */
export async function descriptorOf({ fwp }: Session, sddl: string | undefined): Promise<Uint8Array | null> {
  if (sddl === undefined) return null
  const { securityDescriptor } = await fwp.ConvertStringSecurityDescriptorToSecurityDescriptorW({
    StringSecurityDescriptor: sddl,
    StringSDRevision: SDDL_REVISION_1,
  })
  return securityDescriptor
}
