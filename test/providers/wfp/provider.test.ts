import { openSandbox } from '../../../src/providers/wfp/sandbox/library.ts'
import { describeProvider } from '../../conformance/provider.ts'
import { temporaryDirectory } from './sandbox/store/stores.ts'

describeProvider('the provider on the memory sandbox', () => openSandbox('memory'))

describeProvider('the provider on the directory sandbox', () => {
  const directory = temporaryDirectory()
  const raw = openSandbox({ directory: directory.path })
  return {
    ...raw,
    close() {
      raw.close?.()
      directory.remove()
    },
  }
})
