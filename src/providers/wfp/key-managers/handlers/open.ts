/** From the handler that a manifest declares to one that runs. */

import { dirname, resolve } from 'node:path'
import type { AuditLog, KeyManagerSpec, Module } from '../../../../kinds/key-manager.ts'
import { addressOf, type Resource } from '../../../../manifest/index.ts'
import { UnusableResource } from '../../../../reconcile/provider.ts'
import { openAuditLog } from './audit-log.ts'
import type { Complain, Handler } from './handler.ts'
import { loadModule, type ModuleOptions, UnusableModule } from './module.ts'

/** Opens the log, or loads the module and checks what it exports. @throws UnusableResource */
export function openHandler(resource: Resource, complain: Complain, answerMilliseconds: number): Promise<Handler> {
  const spec = resource.spec as KeyManagerSpec
  return 'module' in spec.handler
    ? openModule(resource, spec.handler, { role: spec.role, complain, answerMilliseconds })
    : openLog(resource, spec.handler, complain)
}

async function openLog(resource: Resource, { file }: AuditLog, complain: Complain): Promise<Handler> {
  try {
    const keyManager = addressOf(resource)
    return await openAuditLog(besideManifest(resource, file), { keyManager, now: () => new Date(), complain })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UnusableResource('open', '/handler/file', `the audit log ${file} cannot be written: ${why}`, LOG_HELP)
  }
}

async function openModule(resource: Resource, { module }: Module, options: ModuleOptions): Promise<Handler> {
  try {
    return await loadModule(besideManifest(resource, module), module, options)
  } catch (error) {
    if (!(error instanceof UnusableModule)) throw error
    throw new UnusableResource('import', '/handler/module', error.message, MODULE_HELP[options.role])
  }
}

const LOG_HELP = 'name a file in a folder that exists and that this account may write to'
const MODULE_HELP = {
  notify: 'a module of role notify exports `keyNotify` alone; one that dictates needs role dictate',
  dictate: 'a module of role dictate exports the functions `keyNotify`, `keyDictationCheck` and `keyDictation`',
} as const

/** Paths in a manifest are relative to its file. */
function besideManifest({ manifest }: Resource, path: string): string {
  return resolve(dirname(manifest.file.path), path)
}
