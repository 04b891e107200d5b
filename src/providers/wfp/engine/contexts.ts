/** Provider contexts, read and written in the newest version the engine has. The only place that chooses between call versions. */

import type { Guid } from '../../../base/index.ts'
import type { Library } from '../binding/call/bind.ts'
import type { Value } from '../binding/ctype/index.ts'
import {
  FWPM_GENERAL_CONTEXT,
  FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT,
  SDDL_REVISION_1,
} from '../binding/tables/constants/index.ts'
import type {
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

interface NumberedCalls {
  readonly next: (args: { engineHandle: number; enumHandle: number; numEntriesRequested: number }) => Promise<{
    readonly entries: readonly AnyContext[]
  }>
  readonly get: (args: { engineHandle: number; key: Guid }) => Promise<{ readonly providerContext: AnyContext }>
  readonly add: (args: {
    engineHandle: number
    providerContext: GeneralObject
    sd: Uint8Array | null
  }) => Promise<unknown>
}

const CALLS: { readonly [version in CallVersion]: (fwp: Library) => NumberedCalls } = {
  1: (fwp) => ({
    next: fwp.FwpmProviderContextEnum1,
    get: fwp.FwpmProviderContextGetByKey1,
    add: fwp.FwpmProviderContextAdd1,
  }),
  2: (fwp) => ({
    next: fwp.FwpmProviderContextEnum2!,
    get: fwp.FwpmProviderContextGetByKey2!,
    add: fwp.FwpmProviderContextAdd2!,
  }),
  3: (fwp) => ({
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
  const { fwp } = session
  const found: AnyContext[] = []
  for (const providerContextType of types) {
    const pages = session.enumerate<AnyContext>({
      create: (engineHandle) =>
        fwp.FwpmProviderContextCreateEnumHandle0({ engineHandle, enumTemplate: { providerKey, providerContextType } }),
      next: callsOf(fwp).next,
      destroy: fwp.FwpmProviderContextDestroyEnumHandle0,
    })
    try {
      for await (const page of pages) found.push(...page)
    } catch (error) {
      if (providerKey === null || !isStatus(error, 'FWP_E_PROVIDER_NOT_FOUND')) throw error
      return []
    }
  }
  return found
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
