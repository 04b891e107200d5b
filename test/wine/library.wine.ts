/** The rules of the engine, on the test DLL: the third implementation of the same suite. */
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import { describeLibrary } from '../conformance/library.ts'
import { resetEngine, setSwitch } from './witness.ts'

const fwp = bind(loadNative())

describeLibrary('the test DLL', () => {
  resetEngine()
  return { fwp, set: setSwitch, close: async () => undefined }
})
