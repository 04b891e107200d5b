/** The sandbox on both of its stores, as libraries. */
import { expect } from 'vitest'
import { bind, type Library } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { setSwitch } from '../../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox, type SandboxLocation } from '../../../../src/providers/wfp/sandbox/library.ts'
import type { OpenLibrary } from '../../../conformance/machine.ts'
import { temporaryDirectory } from './store/stores.ts'

/** A sandbox whose engine must not have failed inside by the time it is closed. */
export function openAt(location: SandboxLocation): OpenLibrary & { readonly raw: ReturnType<typeof openSandbox> } {
  const raw = openSandbox(location)
  const fwp: Library = bind(raw)
  return {
    raw,
    fwp,
    set: (name, value) => setSwitch(raw, name, value),
    async close() {
      fwp.unload()
      expect(raw.failures).toEqual([])
    },
  }
}

function openDirectory(): OpenLibrary {
  const directory = temporaryDirectory()
  const opened = openAt({ directory: directory.path })
  return {
    fwp: opened.fwp,
    set: opened.set,
    async close() {
      await opened.close()
      directory.remove()
    },
  }
}

export const SANDBOXES: readonly (readonly [string, () => OpenLibrary])[] = [
  ['memory', () => openAt('memory')],
  ['directory', openDirectory],
]
