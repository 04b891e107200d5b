/** The provider's promises on the test DLL; scripts/wine/test.sh runs it on the DLLs of older Windows versions, too. */
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import { describeProvider } from '../conformance/provider.ts'
import { resetEngine, setSwitch } from './witness.ts'

const { close: _, ...raw } = loadNative()
const { IPsecKeyManagerAddAndRegister0, FwpmIPsecTunnelAdd3 } = bind(raw)

describeProvider(
  'the provider on the test DLL',
  () => {
    resetEngine()
    return { raw, set: setSwitch }
  },
  {
    ...(!IPsecKeyManagerAddAndRegister0 && { keyManagers: 'this Windows has none' }),
    asItComes: !FwpmIPsecTunnelAdd3,
  },
)
