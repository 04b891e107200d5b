/** Both stores, for suites that hold them to the same behaviour. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStore } from '../../../../../src/providers/wfp/sandbox/store/file.ts'
import { memoryStore } from '../../../../../src/providers/wfp/sandbox/store/memory.ts'
import type { NewObject, Store } from '../../../../../src/providers/wfp/sandbox/store/store.ts'

export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'wfpctl-sandbox-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface OpenStore {
  readonly store: Store
  close(): void
}

export const STORES: readonly (readonly [string, () => OpenStore])[] = [
  [
    'memory',
    () => {
      const store = memoryStore()
      return { store, close: () => store.close() }
    },
  ],
  [
    'file',
    () => {
      const directory = temporaryDirectory()
      const store = fileStore(directory.path)
      return {
        store,
        close: () => {
          store.close()
          directory.remove()
        },
      }
    },
  ],
]

export function object(key: string, more: Partial<NewObject> = {}): NewObject {
  return {
    kind: 'context',
    key,
    provider: null,
    type: 9,
    link: null,
    session: null,
    sd: null,
    image: Uint8Array.of(1, 2, 3),
    ...more,
  }
}
