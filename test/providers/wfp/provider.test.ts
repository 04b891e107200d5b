import { setSwitch } from '../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../src/providers/wfp/sandbox/library.ts'
import { describeProvider, type OpenEngine } from '../../conformance/provider.ts'
import { temporaryDirectory } from './sandbox/store/stores.ts'

function opened(sandbox: ReturnType<typeof openSandbox>, close = () => {}): OpenEngine {
  return {
    raw: {
      ...sandbox,
      close() {
        sandbox.close?.()
        close()
      },
    },
    set: (name, value) => setSwitch(sandbox, name, value),
  }
}

describeProvider('the provider on the memory sandbox', () => opened(openSandbox('memory')))

describeProvider(
  'the provider on the directory sandbox',
  () => {
    const directory = temporaryDirectory()
    return opened(openSandbox({ directory: directory.path }), () => directory.remove())
  },
  { asItComes: true },
)
