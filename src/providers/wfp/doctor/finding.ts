/** What doctor has to say: one sentence on one thing, and what to do about it. */

import type { JsonObject } from '../../../base/index.ts'

/** `info` asks for nothing; `skipped` says why it could not be looked at. */
export type FindingStatus = 'ok' | 'info' | 'warning' | 'error' | 'skipped'

export interface Finding {
  /** stable, for scripts: `rights`, `service.BFE` */
  readonly check: string
  readonly status: FindingStatus
  readonly message: string
  readonly fix?: string
  readonly details?: JsonObject
}

/** An open question, and what this engine answers. */
export interface ProbeAnswer {
  /** stable, for scripts */
  readonly id: string
  readonly question: string
  readonly answer: string
  readonly details?: JsonObject
}

/** Everything that was looked at. */
export interface Examination {
  readonly findings: readonly Finding[]
  /** what the probe found; absent where it was not asked for or could not run */
  readonly answers?: readonly ProbeAnswer[]
}

export function finding(
  check: string,
  status: FindingStatus,
  message: string,
  more: Pick<Finding, 'fix' | 'details'> = {},
): Finding {
  return { check, status, message, ...more }
}
