/** Where manifests come from while watching: a tree of files, or commits of a repository. */

import type { Diagnostic, SourceFile } from '../../base/index.ts'
import type { Trigger } from './triggers.ts'

/** Everything that is declared, as it could be read at one moment. */
export interface SourceReading {
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
  /**
   * `finished`: this is what somebody meant (a commit). `moving`: it may be half of something (files on a disk), and what is
   * missing may be about to come. `busy`: a tool is known to be at work on it right now.
   */
  readonly state: 'finished' | 'moving' | 'busy'
  /** for how long nobody has written to the files, as their dates tell; 0 where a date lies ahead and tells nothing */
  readonly quietMilliseconds?: number
  /** Git commit that the files were read from */
  readonly commit?: string
}

export interface ManifestSource {
  /**
   * @param options `anew`: nothing that was read before counts, whatever dates say
   * @returns undefined when there is nothing to read yet: no commit was ever fetched
   */
  read(options?: { readonly anew?: boolean }): Promise<SourceReading | undefined>
  /** Calls back when it may be worth reading again. A hint, never the truth. */
  onChange(listener: (trigger: Trigger) => void): Promise<{ close(): Promise<void> }>
  /** When the first attempt to get something newer is over, for who looks once. */
  ready?(): Promise<void>
}
