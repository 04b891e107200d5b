/** Another administrator: deletes one filter of the first tunnel that has any, behind wfpctl's back. Run by scripts/wine/examples.sh. */
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import { RPC_C_AUTHN_WINNT } from '../../src/providers/wfp/binding/tables/constants/index.ts'

const fwp = bind(loadNative())
const { engineHandle } = await fwp.FwpmEngineOpen0({
  serverName: null,
  authnService: RPC_C_AUTHN_WINNT,
  authIdentity: null,
  session: null,
})
const { enumHandle } = await fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null })
const { entries } = await fwp.FwpmFilterEnum0({ engineHandle, enumHandle, numEntriesRequested: 1 })
await fwp.FwpmFilterDestroyEnumHandle0({ engineHandle, enumHandle })
for (const { filterKey: key } of entries) await fwp.FwpmFilterDeleteByKey0({ engineHandle, key })
await fwp.FwpmEngineClose0({ engineHandle })
process.exitCode = entries.length === 1 ? 0 : 1
