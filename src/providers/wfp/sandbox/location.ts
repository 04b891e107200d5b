/** Where a sandbox keeps its objects, and the engine that stands behind a library. */

import { Engine } from './engine/engine.ts'
import { fileStore } from './store/file.ts'
import { memoryStore } from './store/memory.ts'

/** `memory` keeps nothing beyond the process. */
export type SandboxLocation = 'memory' | { readonly directory: string }

const engines = new WeakMap<object, Engine>()

export function engineAt(location: SandboxLocation): Engine {
  return new Engine(location === 'memory' ? memoryStore() : fileStore(location.directory))
}

/** The engine behind a library that `openSandbox` made, for the operations that are not calls. */
export function engineOf(library: object): Engine | undefined {
  return engines.get(library)
}

/** @returns the library, whose engine is known from now on */
export function attachEngine<L extends object>(library: L, engine: Engine): L {
  engines.set(library, engine)
  return library
}
