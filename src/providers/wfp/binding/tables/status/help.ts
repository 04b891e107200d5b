import type { StatusClass } from './row.ts'

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
