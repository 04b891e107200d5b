/**
 * The function table: every call that tunnels and key managers need, parameter by parameter, under SDK names.
 *
 * `blocking` calls may wait for a lock or a service, or call back: they must not hold the event loop. `optional` ones came after
 * Windows 7 and are absent from a library that does not export them.
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/
 */
import { callback, prototype } from '../call/callback.ts'
import { freed, localFreed, omitted, out, type Parameters } from '../call/signature.ts'
import {
  acl,
  type CType,
  guid,
  handle,
  list,
  ptr,
  ref,
  securityDescriptor,
  sid,
  u32,
  u64,
  unused,
  voidPointer,
  wstr,
} from '../ctype/index.ts'
import * as S from './structs/index.ts'

export interface FunctionOptions {
  /** Called on a thread of its own. */
  readonly blocking?: true
  /** Not in every supported Windows. */
  readonly optional?: true
}
/** One function of the table. */
export interface CFunction<P extends Parameters, O extends FunctionOptions = FunctionOptions> {
  readonly parameters: P
  readonly options: O
}

/** A function that returns a status. */
function fn<const P extends Parameters, const O extends FunctionOptions = Record<never, never>>(
  parameters: P,
  options?: O,
): CFunction<P, O> {
  return { parameters, options: options ?? ({} as O) }
}

export const FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0 = prototype('FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0', 'void', {
  context: voidPointer,
  change: ref(S.FWPM_PROVIDER_CONTEXT_CHANGE0),
})
export const FWPM_FILTER_CHANGE_CALLBACK0 = prototype('FWPM_FILTER_CHANGE_CALLBACK0', 'void', {
  context: voidPointer,
  change: ref(S.FWPM_FILTER_CHANGE0),
})

const engine = { engineHandle: handle } as const
const byKey = { engineHandle: handle, key: ref(guid) } as const
const enumHandle = { engineHandle: handle, enumHandle: handle } as const
const changeHandle = { engineHandle: handle, changeHandle: handle } as const
const conditions = {
  numFilterConditions: u32,
  filterConditions: list(S.FWPM_FILTER_CONDITION0, 'numFilterConditions'),
} as const

function createEnum<T>(template: CType<T>) {
  return fn({ engineHandle: handle, enumTemplate: ptr(template), enumHandle: out(handle) })
}

function page<T>(entry: CType<T>) {
  return {
    ...enumHandle,
    numEntriesRequested: u32,
    entries: freed(list(ref(entry), 'numEntriesReturned')),
    numEntriesReturned: out(u32),
  } as const
}

function addContext<T>(context: CType<T>) {
  return { engineHandle: handle, providerContext: ref(context), sd: securityDescriptor, id: out(u64) } as const
}

function getContext<T>(context: CType<T>) {
  return { ...byKey, providerContext: freed(ref(context)) } as const
}

function tunnel<T>(context: CType<T>) {
  return {
    engineHandle: handle,
    flags: u32,
    mainModePolicy: ptr(context),
    tunnelPolicy: ref(context),
    ...conditions,
  } as const
}

const optional = { optional: true } as const
const blocking = { blocking: true } as const

export const functions = {
  FwpmEngineOpen0: fn(
    {
      serverName: wstr,
      authnService: u32,
      // SEC_WINNT_AUTH_IDENTITY_W*: the engine is local and the caller is itself, so always NULL
      authIdentity: unused('SEC_WINNT_AUTH_IDENTITY_W'),
      session: ptr(S.FWPM_SESSION0),
      engineHandle: out(handle),
    },
    blocking,
  ),
  FwpmEngineClose0: fn(engine, blocking),
  FwpmTransactionBegin0: fn({ ...engine, flags: u32 }, blocking),
  FwpmTransactionCommit0: fn(engine, blocking),
  FwpmTransactionAbort0: fn(engine, blocking),

  FwpmSessionCreateEnumHandle0: createEnum(S.FWPM_SESSION_ENUM_TEMPLATE0),
  FwpmSessionEnum0: fn(page(S.FWPM_SESSION0)),
  FwpmSessionDestroyEnumHandle0: fn(enumHandle),

  FwpmProviderAdd0: fn({ ...engine, provider: ref(S.FWPM_PROVIDER0), sd: securityDescriptor }),
  FwpmProviderDeleteByKey0: fn(byKey),
  FwpmProviderGetByKey0: fn({ ...byKey, provider: freed(ref(S.FWPM_PROVIDER0)) }),
  FwpmProviderCreateEnumHandle0: createEnum(S.FWPM_PROVIDER_ENUM_TEMPLATE0),
  FwpmProviderEnum0: fn(page(S.FWPM_PROVIDER0)),
  FwpmProviderDestroyEnumHandle0: fn(enumHandle),

  FwpmProviderContextAdd0: fn(addContext(S.FWPM_PROVIDER_CONTEXT0)),
  FwpmProviderContextAdd1: fn(addContext(S.FWPM_PROVIDER_CONTEXT1)),
  FwpmProviderContextAdd2: fn(addContext(S.FWPM_PROVIDER_CONTEXT2), optional),
  FwpmProviderContextAdd3: fn(addContext(S.FWPM_PROVIDER_CONTEXT3), optional),
  FwpmProviderContextDeleteByKey0: fn(byKey),
  FwpmProviderContextGetByKey0: fn(getContext(S.FWPM_PROVIDER_CONTEXT0)),
  FwpmProviderContextGetByKey1: fn(getContext(S.FWPM_PROVIDER_CONTEXT1)),
  FwpmProviderContextGetByKey2: fn(getContext(S.FWPM_PROVIDER_CONTEXT2), optional),
  FwpmProviderContextGetByKey3: fn(getContext(S.FWPM_PROVIDER_CONTEXT3), optional),
  FwpmProviderContextCreateEnumHandle0: createEnum(S.FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0),
  FwpmProviderContextEnum0: fn(page(S.FWPM_PROVIDER_CONTEXT0)),
  FwpmProviderContextEnum1: fn(page(S.FWPM_PROVIDER_CONTEXT1)),
  FwpmProviderContextEnum2: fn(page(S.FWPM_PROVIDER_CONTEXT2), optional),
  FwpmProviderContextEnum3: fn(page(S.FWPM_PROVIDER_CONTEXT3), optional),
  FwpmProviderContextDestroyEnumHandle0: fn(enumHandle),
  FwpmProviderContextGetSecurityInfoByKey0: fn({
    ...byKey,
    securityInfo: u32,
    // the descriptor holds all four parts
    sidOwner: omitted,
    sidGroup: omitted,
    dacl: omitted,
    sacl: omitted,
    securityDescriptor: freed(securityDescriptor),
  }),
  FwpmProviderContextSetSecurityInfoByKey0: fn(
    { ...byKey, securityInfo: u32, sidOwner: sid, sidGroup: sid, dacl: acl, sacl: acl },
    blocking,
  ),
  FwpmProviderContextSubscribeChanges0: fn(
    {
      ...engine,
      subscription: ref(S.FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0),
      callback: callback(FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0),
      context: voidPointer,
      changeHandle: out(handle),
    },
    blocking,
  ),
  FwpmProviderContextUnsubscribeChanges0: fn(changeHandle, blocking),

  FwpmFilterAdd0: fn({ ...engine, filter: ref(S.FWPM_FILTER0), sd: securityDescriptor, id: out(u64) }),
  FwpmFilterDeleteByKey0: fn(byKey),
  FwpmFilterDeleteById0: fn({ ...engine, id: u64 }),
  FwpmFilterGetByKey0: fn({ ...byKey, filter: freed(ref(S.FWPM_FILTER0)) }),
  FwpmFilterCreateEnumHandle0: createEnum(S.FWPM_FILTER_ENUM_TEMPLATE0),
  FwpmFilterEnum0: fn(page(S.FWPM_FILTER0)),
  FwpmFilterDestroyEnumHandle0: fn(enumHandle),
  FwpmFilterSubscribeChanges0: fn(
    {
      ...engine,
      subscription: ref(S.FWPM_FILTER_SUBSCRIPTION0),
      callback: callback(FWPM_FILTER_CHANGE_CALLBACK0),
      context: voidPointer,
      changeHandle: out(handle),
    },
    blocking,
  ),
  FwpmFilterUnsubscribeChanges0: fn(changeHandle, blocking),

  FwpmIPsecTunnelAdd0: fn({ ...tunnel(S.FWPM_PROVIDER_CONTEXT0), sd: securityDescriptor }),
  FwpmIPsecTunnelAdd1: fn({ ...tunnel(S.FWPM_PROVIDER_CONTEXT1), keyModKey: ptr(guid), sd: securityDescriptor }),
  FwpmIPsecTunnelAdd2: fn(
    { ...tunnel(S.FWPM_PROVIDER_CONTEXT2), keyModKey: ptr(guid), sd: securityDescriptor },
    optional,
  ),
  FwpmIPsecTunnelAdd3: fn(
    { ...tunnel(S.FWPM_PROVIDER_CONTEXT3), keyModKey: ptr(guid), sd: securityDescriptor },
    optional,
  ),
  FwpmIPsecTunnelDeleteByKey0: fn(byKey),

  IPsecKeyManagerAddAndRegister0: fn(
    {
      ...engine,
      keyManager: ref(S.IPSEC_KEY_MANAGER0),
      keyManagerCallbacks: ref(S.IPSEC_KEY_MANAGER_CALLBACKS0),
      keyMgmtHandle: out(handle),
    },
    { blocking: true, optional: true },
  ),
  IPsecKeyManagerUnregisterAndDelete0: fn({ ...engine, keyMgmtHandle: handle }, { blocking: true, optional: true }),
  IPsecKeyManagersGet0: fn(
    { ...engine, entries: freed(list(ref(S.IPSEC_KEY_MANAGER0), 'numEntries')), numEntries: out(u32) },
    { blocking: true, optional: true },
  ),

  // advapi32.dll: SDDL text to the self-relative descriptor that `sd` parameters take
  ConvertStringSecurityDescriptorToSecurityDescriptorW: fn({
    StringSecurityDescriptor: wstr,
    StringSDRevision: u32,
    securityDescriptor: localFreed(securityDescriptor),
    SecurityDescriptorSize: omitted,
  }),
} as const

export type Functions = typeof functions
