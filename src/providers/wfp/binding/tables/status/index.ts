/**
 * What the engine answers: one table of every status it is known to return, and the error that carries one.
 *
 * Statuses are unsigned 32-bit numbers. A status that is not in the table is shown in hexadecimal and read both ways it can be meant.
 */

import { fwpStatuses } from './fwp.ts'
import { ikeStatuses } from './ike.ts'
import { helpFor, type StatusClass } from './row.ts'
import { win32Statuses } from './win32.ts'

export type { StatusClass } from './row.ts'

export interface Status {
  readonly value: number
  readonly name: string
  readonly meaning: string
  readonly class: StatusClass | 'unknown'
  readonly help: string
  readonly lost?: true
}

/** What a status means and what to do about it. */
export type StatusWords = Pick<Status, 'meaning' | 'help'>

/** The whole table: success, Win32, RPC, FWP and IPsec negotiation statuses. */
export const statusTable: ReadonlyMap<number, Status> = new Map(
  [
    ...win32Statuses,
    ...fwpStatuses,
    ...ikeStatuses.map(([value, name]) => ({ value, name, class: 'diag' as const, meaning: ikeMeaning(name) })),
  ].map((status) => [status.value, { help: helpFor[status.class], ...status }]),
)

/** The engine refused a call. Thrown in `bind`, once; caught once, above. */
export class EngineError extends Error {
  readonly call: string
  readonly status: number
  readonly meaning: string
  readonly help: string
  readonly class: Status['class']
  /** the session is gone */
  readonly lost: boolean

  /** @param words of a library that can say more than the table */
  constructor(call: string, status: number, words?: StatusWords) {
    const known = { ...statusOf(status), ...words }
    // an answer: what has asked stands in it, and a look for what is not there is no failure; to find out the stack takes longer than the call
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(`${call} returned ${known.name}${statusTable.has(status >>> 0) ? ` (${hex(status)})` : ''}: ${known.meaning}`)
    Error.stackTraceLimit = stackTraceLimit
    this.call = call
    this.status = status >>> 0
    this.name = known.name
    this.meaning = known.meaning
    this.help = known.help
    this.class = known.class
    this.lost = known.lost === true
  }
}

/** `FWP_E_ALREADY_EXISTS`, or `0xC0000022` when the status is not known. */
export function statusName(status: number): string {
  return statusOf(status).name
}

/** Everything known about a status; signed reads are taken as the unsigned value they stand for. */
export function statusOf(status: number): Status {
  const value = status >>> 0
  return (
    statusTable.get(value) ?? {
      value,
      name: hex(value),
      meaning: bothReadings(value),
      class: 'unknown',
      help: helpFor.unknown,
    }
  )
}

const FACILITY_WIN32 = 7

/** An unlisted number can be a Win32 code, an HRESULT or an NTSTATUS: the number alone does not tell which. */
function bothReadings(value: number): string {
  const facility = (value >>> 16) & 0xfff
  const code = value & 0xffff
  const wrapped = facility === FACILITY_WIN32 && value >>> 31 === 1 ? statusTable.get(code)?.name : undefined
  const ntstatus = `NTSTATUS or HRESULT facility ${facility} code ${code}${wrapped ? `, that is ${wrapped}` : ''}`
  return `unlisted status: as Win32 ${value}; as ${ntstatus}`
}

function ikeMeaning(name: string): string {
  const words = name
    .replace(/^ERROR_IPSEC_/, '')
    .replaceAll('_', ' ')
    .toLowerCase()
  return `IPsec negotiation: ${words}`
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).toUpperCase().padStart(8, '0')}`
}
