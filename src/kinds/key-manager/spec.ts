/** The normal form of a `KeyManager` spec; like every normal form it is a valid spec itself. */

export type KeyManagerSpec = NotifyingManager | DictatingManager

interface Described {
  /** displayData.description */
  readonly description?: string
}

/** Is told the keys of SAs; any number of these may exist. */
export interface NotifyingManager extends Described {
  readonly role: 'notify'
  readonly handler: AuditLog | Module
}

/** May also set the keys; one on a machine. */
export interface DictatingManager extends Described {
  readonly role: 'dictate'
  readonly handler: Module
  /** keyDictationTimeoutHint, 1s to 10s */
  readonly dictationTimeout: string
}

/** Writes peers, SPIs, algorithms, lifetimes and times as NDJSON. Never keys. */
export interface AuditLog {
  readonly builtin: 'audit-log'
  /** as written; relative to the manifest's folder */
  readonly file: string
}

/** An ES module that exports `keyNotify` and, to dictate, `keyDictationCheck` and `keyDictation`. */
export interface Module {
  /** as written; relative to the manifest's folder */
  readonly module: string
}
