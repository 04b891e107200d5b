/** Manifests in files and directories. */

import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readManifestFiles } from '../../manifest/files.ts'
import { FileTrigger } from './file-trigger.ts'
import type { ManifestSource, SourceReading } from './source.ts'

export class FileSource implements ManifestSource {
  readonly #paths: readonly string[]
  readonly #locks: readonly string[]
  #trigger: FileTrigger | undefined

  constructor(paths: readonly string[]) {
    this.#paths = paths.length === 0 ? ['.'] : paths
    this.#locks = [...new Set(this.#paths.flatMap((path) => locksAbove(resolve(path))))]
  }

  async read(): Promise<SourceReading> {
    const busyBefore = this.#gitAtWork()
    const { files, diagnostics } = await readManifestFiles(this.#paths)
    await this.#trigger?.refresh()
    return { files, diagnostics, state: busyBefore || this.#gitAtWork() ? 'busy' : 'moving' }
  }

  async onChange(listener: (trigger: 'files') => void): Promise<{ close(): Promise<void> }> {
    const trigger = new FileTrigger(this.#paths, () => listener('files'))
    this.#trigger = trigger
    await trigger.refresh()
    return trigger
  }

  /** Git holds this lock for as long as it rewrites a work tree. */
  #gitAtWork(): boolean {
    return this.#locks.some((lock) => existsSync(lock))
  }
}

function locksAbove(path: string): string[] {
  const own = join(path, '.git', 'index.lock')
  return path === dirname(path) ? [own] : [own, ...locksAbove(dirname(path))]
}
