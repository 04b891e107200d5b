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

export interface Row {
  readonly value: number
  readonly name: string
  readonly class: StatusClass
  readonly meaning: string
  readonly help?: string
  /** the session is gone, and with it everything that lived in it; a new one may be opened */
  readonly lost?: true
}
