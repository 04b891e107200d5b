/** What a status asks of the caller. */
export type StatusClass =
  | 'ok' // success
  | 'missing' // object absent: a delete may treat it as done
  | 'conflict' // state differs from the plan: read and plan again
  | 'transient' // retry on a fresh transaction or session
  | 'privilege' // elevate
  | 'config' // the manifest or this Windows version is at fault: do not retry
  | 'bug' // our marshalling or call order is wrong
  | 'limit' // engine limit
  | 'external' // another component
  | 'fatal' // cannot work on this machine now
  | 'diag' // diagnostic only
  | 'n/a' // never returned by management calls

export interface StatusRow {
  readonly value: number
  readonly name: string
  readonly class: StatusClass
  readonly meaning: string
  readonly help?: string
  /** the session is gone, and with it everything that lived in it; a new one may be opened */
  readonly lost?: true
}

/** What to do about a class of statuses, where the table says nothing more exact. */
export const helpFor: Readonly<Record<StatusClass | 'unknown', string>> = {
  ok: 'nothing to do',
  missing: 'the object is gone; look again with `wfpctl get --all`',
  conflict: 'the engine changed since the plan was made; plan again',
  transient: 'try again',
  privilege: 'run from an elevated prompt, as a member of Administrators',
  config: 'change the manifest; the same call would fail again',
  bug: 'this is a bug in wfpctl; please report it with the name of the call',
  limit: 'an engine limit is reached; remove objects that are not needed',
  external: 'another component refused; see its own log',
  fatal: 'nothing can be done until the system is repaired; `wfpctl doctor` says more',
  diag: 'a finding about a negotiation, not about the configuration call',
  'n/a': 'not returned by configuration calls; please report it',
  unknown: 'look the number up with `certutil -error`; please report it',
}
