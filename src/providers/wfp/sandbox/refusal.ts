/** How the engine says no: a status by its name. `implement` turns it into the return value of the call. */
import { statusTable } from '../binding/tables/status/index.ts'

/** The codes this engine gives. */
export type StatusName =
  | 'FWP_E_CONDITION_NOT_FOUND'
  | 'FWP_E_FILTER_NOT_FOUND'
  | 'FWP_E_LAYER_NOT_FOUND'
  | 'FWP_E_PROVIDER_NOT_FOUND'
  | 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND'
  | 'FWP_E_NOT_FOUND'
  | 'FWP_E_ALREADY_EXISTS'
  | 'FWP_E_IN_USE'
  | 'FWP_E_DYNAMIC_SESSION_IN_PROGRESS'
  | 'FWP_E_WRONG_SESSION'
  | 'FWP_E_NO_TXN_IN_PROGRESS'
  | 'FWP_E_TXN_IN_PROGRESS'
  | 'FWP_E_SESSION_ABORTED'
  | 'FWP_E_INCOMPATIBLE_TXN'
  | 'FWP_E_TIMEOUT'
  | 'FWP_E_LIFETIME_MISMATCH'
  | 'FWP_E_NULL_POINTER'
  | 'FWP_E_INVALID_ENUMERATOR'
  | 'FWP_E_INVALID_FLAGS'
  | 'FWP_E_INVALID_NET_MASK'
  | 'FWP_E_INVALID_RANGE'
  | 'FWP_E_INVALID_INTERVAL'
  | 'FWP_E_ZERO_LENGTH_ARRAY'
  | 'FWP_E_NULL_DISPLAY_NAME'
  | 'FWP_E_INVALID_ACTION_TYPE'
  | 'FWP_E_MATCH_TYPE_MISMATCH'
  | 'FWP_E_TYPE_MISMATCH'
  | 'FWP_E_OUT_OF_BOUNDS'
  | 'FWP_E_RESERVED'
  | 'FWP_E_INCOMPATIBLE_AUTH_METHOD'
  | 'FWP_E_INCOMPATIBLE_DH_GROUP'
  | 'FWP_E_EM_NOT_SUPPORTED'
  | 'FWP_E_PROVIDER_CONTEXT_MISMATCH'
  | 'FWP_E_INVALID_PARAMETER'
  | 'FWP_E_INVALID_AUTH_TRANSFORM'
  | 'FWP_E_INVALID_CIPHER_TRANSFORM'
  | 'FWP_E_INVALID_TRANSFORM_COMBINATION'
  | 'FWP_E_DUPLICATE_AUTH_METHOD'
  | 'FWP_E_INVALID_TUNNEL_ENDPOINT'
  | 'FWP_E_KEY_DICTATOR_ALREADY_REGISTERED'
  | 'FWP_E_INVALID_DNS_NAME'
  | 'SEC_E_CANNOT_INSTALL'
  | 'ERROR_ACCESS_DENIED'
  | 'ERROR_INVALID_HANDLE'
  | 'ERROR_NOT_SUPPORTED'
  | 'ERROR_INVALID_PARAMETER'
  | 'RPC_S_INVALID_TAG'
  | 'RPC_S_UNKNOWN_AUTHN_SERVICE'

const values: ReadonlyMap<string, number> = new Map([...statusTable.values()].map(({ name, value }) => [name, value]))

export class Refusal extends Error {
  readonly status: number

  constructor(status: StatusName | number, why: string) {
    super(`${status}: ${why}`)
    this.status = typeof status === 'number' ? status : statusValue(status)
  }
}

/** The number behind a name such as `FWP_E_IN_USE`. */
export function statusValue(name: string): number {
  const value = values.get(name)
  if (value === undefined) throw new Error(`no status is called ${name}`)
  return value
}

/** A refusal is an answer: where in the engine it was given is of no interest, and finding out costs more than the answer. */
export function refuse(name: StatusName, why: string): never {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    throw new Refusal(name, why)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** `require(condition, code, why)` reads like the rule it enforces. */
export function require(condition: boolean, otherwise: StatusName, why: string): asserts condition {
  if (!condition) refuse(otherwise, why)
}
