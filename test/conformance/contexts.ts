/** @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmprovidercontextadd2 */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

const SDDL = 'O:BAG:SYD:P(A;;0xF07FF;;;SY)(A;;0xF07FF;;;BA)'
const ALL_INFORMATION = C.OWNER_SECURITY_INFORMATION | C.GROUP_SECURITY_INFORMATION | C.DACL_SECURITY_INFORMATION

export const contexts: Chapter = (machine, test) => {
  test('FWP_E_NULL_DISPLAY_NAME: every object needs a name', async () => {
    const handle = await machine().open()
    const displayData = { name: null, description: null }

    await refused(machine().addContext(handle, sample.general(undefined, { displayData })), 'FWP_E_NULL_DISPLAY_NAME')
    await refused(machine().addProvider(handle, { displayData }), 'FWP_E_NULL_DISPLAY_NAME')
    await refused(
      machine().addTunnel(handle, { tunnelPolicy: sample.quickMode({}, { displayData }) }),
      'FWP_E_NULL_DISPLAY_NAME',
    )
  })

  test('FWP_E_INVALID_PARAMETER: names are printable Unicode', async () => {
    const handle = await machine().open()

    await refused(
      machine().addProvider(handle, { displayData: { name: 'a\u0007b', description: null } }),
      'FWP_E_INVALID_PARAMETER',
    )
  })

  test('FWP_E_ALREADY_EXISTS: a key is given once', async () => {
    const handle = await machine().open()
    const context = sample.general()
    await machine().addContext(handle, context)

    await refused(machine().addContext(handle, context), 'FWP_E_ALREADY_EXISTS')
  })

  test('a zero providerContextKey: "the Base Filtering Engine will generate one"', async () => {
    const handle = await machine().open()
    await machine().addContext(handle, sample.general(undefined, { providerContextKey: C.GUID_NULL }))
    await machine().addContext(handle, sample.general(undefined, { providerContextKey: C.GUID_NULL }))

    const keys = await machine().contextKeys(handle, C.FWPM_GENERAL_CONTEXT)
    expect(new Set(keys).size).toBe(2)
    expect(keys).not.toContain(C.GUID_NULL)
  })

  test('providerContextId is a LUID: what the add returned, and never two alike', async () => {
    const handle = await machine().open()
    const contexts = [sample.general(), sample.general(), sample.general()]
    const ids: bigint[] = []
    for (const context of contexts) ids.push(await machine().addContext(handle, context))

    const read: bigint[] = []
    for (const { providerContextKey } of contexts)
      read.push((await machine().getContext(handle, providerContextKey)).providerContextId)
    expect(read).toEqual(ids)
    expect([...ids].sort((a, b) => Number(a - b))).toEqual(ids)
    expect(new Set(ids).size).toBe(3)
  })

  test('FWP_E_PROVIDER_CONTEXT_NOT_FOUND: neither read nor deleted', async () => {
    const engineHandle = await machine().open()
    const key = newKey()

    await refused(machine().getContext(engineHandle, key), 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
    await refused(
      machine().fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }),
      'FWP_E_PROVIDER_CONTEXT_NOT_FOUND',
    )
  })

  test('FWPM_GENERAL_CONTEXT keeps its buffer, providerData and description', async () => {
    const handle = await machine().open()
    const data = Uint8Array.from({ length: 3000 }, (_, i) => i % 251)
    const context = sample.general(data, {
      providerData: Uint8Array.of(7),
      displayData: { name: 'Büro', description: 'für später' },
    })
    await machine().addContext(handle, context)

    const read = await machine().getContext(handle, context.providerContextKey)
    expect({ ...read, providerContextId: 0n }).toEqual(context)
  })

  test('RPC_S_INVALID_TAG: a context type that version 0 has no policy for', async () => {
    const engineHandle = await machine().open()
    const { type, ...rest } = sample.general()
    const providerContext = { ...rest, type: C.FWPM_IPSEC_IKEV2_MM_CONTEXT } as never

    await refused(
      machine().fwp.FwpmProviderContextAdd0({ engineHandle, providerContext, sd: null }),
      'RPC_S_INVALID_TAG',
    )
    expect(type).toBe(C.FWPM_GENERAL_CONTEXT)
  })

  test('what one version adds, the others read', async () => {
    const engineHandle = await machine().open()
    const context = sample.ike('quick', 'ike')
    await machine().addContext(engineHandle, context)
    const key = context.providerContextKey
    const { fwp } = machine()

    const older = (await fwp.FwpmProviderContextGetByKey0({ engineHandle, key })).providerContext
    const newer = (await fwp.FwpmProviderContextGetByKey3!({ engineHandle, key })).providerContext
    expect(older).toMatchObject({ ikeQmTunnelPolicy: { saIdleTimeout: { idleTimeoutSeconds: 300 } } })
    expect(newer).toMatchObject({ ikeQmTunnelPolicy: { compartmentId: 0, trafficSelectorPolicies: [] } })
  })

  test('sd: "the security information associated with the provider context" is kept', async () => {
    const { fwp } = machine()
    const engineHandle = await machine().open()
    const convert = fwp.ConvertStringSecurityDescriptorToSecurityDescriptorW
    const { securityDescriptor: sd } = await convert({
      StringSecurityDescriptor: SDDL,
      StringSDRevision: C.SDDL_REVISION_1,
    })
    const context = sample.general()
    await machine().addContext(engineHandle, context, sd)

    const key = context.providerContextKey
    const read = await fwp.FwpmProviderContextGetSecurityInfoByKey0({
      engineHandle,
      key,
      securityInfo: ALL_INFORMATION,
    })
    expect(read.securityDescriptor).toEqual(sd)
  })

  test('FwpmProviderContextSetSecurityInfoByKey0: replaces the DACL, and "cannot be called from within a transaction"', async () => {
    const { fwp } = machine()
    const engineHandle = await machine().open()
    const context = sample.general()
    await machine().addContext(engineHandle, context)
    const dacl = Uint8Array.of(2, 0, 8, 0, 0, 0, 0, 0) // an ACL without entries: nobody
    const key = context.providerContextKey
    const set = {
      engineHandle,
      key,
      securityInfo: C.DACL_SECURITY_INFORMATION,
      sidOwner: null,
      sidGroup: null,
      dacl,
      sacl: null,
    }
    await fwp.FwpmProviderContextSetSecurityInfoByKey0(set)

    const read = await fwp.FwpmProviderContextGetSecurityInfoByKey0({
      engineHandle,
      key,
      securityInfo: C.DACL_SECURITY_INFORMATION,
    })
    expect(Buffer.from(read.securityDescriptor!).subarray(20).equals(Buffer.from(dacl))).toBe(true)
    await machine().begin(engineHandle)
    await refused(fwp.FwpmProviderContextSetSecurityInfoByKey0(set), 'FWP_E_TXN_IN_PROGRESS')
  })

  test('a text that is no SDDL is refused', async () => {
    const convert = machine().fwp.ConvertStringSecurityDescriptorToSecurityDescriptorW
    const call = convert({ StringSecurityDescriptor: 'D:(A;;XX;;;SY)', StringSDRevision: C.SDDL_REVISION_1 })

    await refused(call, 'ERROR_INVALID_ACL', 'ERROR_INVALID_PARAMETER', '0x00000538')
  })
}
