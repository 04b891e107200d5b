/** Exit codes: one table, and which of several wins. */

import { printable } from '../base/index.ts'
import type { SetReport, SetResult } from '../reconcile/apply/report.ts'
import type { SetPlan } from '../reconcile/plan/index.ts'
import type { EngineRefusal, RefusalSort } from '../reconcile/provider.ts'

export const EXIT = {
  done: 0,
  bug: 1,
  changes: 2,
  invalid: 3,
  refusedBySafety: 4,
  refusedByEngine: 5,
  readBackDiffers: 6,
  keyManagerFailed: 7,
  stale: 8,
  busy: 9,
  unavailable: 10,
  testFailed: 11,
  usage: 64,
  /** EX_IOERR of sysexits.h: what was asked is done, and the answer could not be written */
  outputFailed: 74,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Of several, the first of these is the exit code. */
const PRECEDENCE: readonly ExitCode[] = [1, 130, 10, 9, 8, 3, 4, 5, 6, 7, 74]

const CODE_OF_RESULT: { readonly [result in SetResult]: ExitCode } = {
  applied: EXIT.done,
  unchanged: EXIT.done,
  checked: EXIT.done,
  refused: EXIT.refusedBySafety,
  stale: EXIT.stale,
  failed: EXIT.refusedByEngine,
  mismatch: EXIT.readBackDiffers,
  invalid: EXIT.invalid,
  busy: EXIT.busy,
  denied: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  interrupted: EXIT.interrupted,
  bug: EXIT.bug,
}

/** What safety left undone in a set that was otherwise applied (a protected tunnel) is a refusal all the same. */
export function exitCodeOf(report: SetReport): ExitCode {
  const code = CODE_OF_RESULT[report.result]
  return code === EXIT.done && report.plan.blocked.length > 0 ? EXIT.refusedBySafety : code
}

const CODE_OF_REFUSAL: { readonly [sort in RefusalSort]: ExitCode } = {
  busy: EXIT.busy,
  denied: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  refused: EXIT.refusedByEngine,
}

/** Of a refusal that no set's report holds: the engine did not open, or could not be looked at. */
export function exitCodeOfRefusal({ sort }: Pick<EngineRefusal, 'sort'>): ExitCode {
  return CODE_OF_REFUSAL[sort]
}

/** Where every set belongs to another host, nothing was done: no success for who wanted something done. */
export function exitCodeOfHost(plans: readonly SetPlan[]): ExitCode {
  return plans.length > 0 && plans.every(({ skipped }) => skipped) ? EXIT.invalid : EXIT.done
}

export function worst(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.done
}

/** What is said of an error that is ours. */
export function bugText(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const lines = detail.split('\n').map((line) => printable(line))
  return `wfpctl: this is a bug in wfpctl, please report it with the lines below\n${lines.join('\n')}\n`
}

/** Ends a command with a message for people and an exit code; not a bug. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode
  /** lines below the message, ours alone */
  readonly details: string

  constructor(exitCode: ExitCode, message: string, details = '') {
    super(message)
    this.details = details
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}
