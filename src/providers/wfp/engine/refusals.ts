/** The engine's errors → the core's refusals: which of them mean "busy", which "no engine", which "no". */

import type { Pointer } from '../../../base/index.ts'
import { EngineRefusal, type RefusalSort } from '../../../reconcile/provider.ts'
import { EngineError } from '../binding/tables/status/index.ts'

/** Statuses that say something else than that this one call is refused; a lost session is in the status table. */
const SORTS: { readonly [status: string]: RefusalSort } = {
  FWP_E_TIMEOUT: 'busy',
  RPC_S_SERVER_TOO_BUSY: 'busy',
  ERROR_ACCESS_DENIED: 'denied',
  ERROR_MOD_NOT_FOUND: 'unavailable',
  ERROR_PROC_NOT_FOUND: 'unavailable',
  FWP_E_TXN_ABORTED: 'unavailable',
}

/**
 * @param pointer the field of the spec that the call was about
 * @returns the refusal for an EngineError; anything else as it is
 */
export function asRefusal(error: unknown, pointer?: Pointer): unknown {
  if (!(error instanceof EngineError)) return error
  return new EngineRefusal(SORTS[error.name] ?? (error.lost ? 'unavailable' : 'refused'), {
    call: error.call,
    status: error.name,
    code: `0x${error.status.toString(16).padStart(8, '0')}`,
    meaning: error.meaning,
    help: error.help,
    pointer,
    cause: error,
  })
}

/** Runs engine calls; their errors leave as refusals, of the field that they were about. */
export async function refusing<T>(work: () => Promise<T>, pointer?: Pointer): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asRefusal(error, pointer)
  }
}

export function isStatus(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof EngineError && names.includes(error.name)
}

/** The session died (BFE restarted, the machine slept): what it was doing was rolled back, and what lived in it is gone. */
export function isLost(error: unknown): boolean {
  if (error instanceof EngineRefusal) return isLost(error.cause)
  return error instanceof EngineError && error.lost
}
