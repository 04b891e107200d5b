/** Faults for tests: the Nth engine call of this process fails, or kills the process before it does anything. */
import { Refusal, statusValue } from './refusal.ts'

/** Overrides the switch `fault`, so that a test can aim at one process. */
export const FAULT_VARIABLE = 'WFPCTL_SANDBOX_FAULT'

export interface Fault {
  /** A call's name, or `*` for any. */
  readonly call: string
  readonly count: number
  readonly effect: 'kill' | number
}

/** `FwpmIPsecTunnelAdd2#3=FWP_E_ALREADY_EXISTS`, `FwpmTransactionCommit0#1=5`, `*#12=kill` */
export function parseFault(text: string): Fault | undefined {
  const match = /^(\*|[A-Za-z]+\d*)#([1-9]\d*)=(\w+)$/.exec(text)
  if (match === null) return undefined
  const [, call = '', count, effect = ''] = match
  const status = effect === 'kill' ? 'kill' : parseStatus(effect)
  return status === undefined ? undefined : { call, count: Number(count), effect: status }
}

/** A name, a decimal or a hexadecimal number. */
function parseStatus(text: string): number | undefined {
  if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return Number(text) >>> 0 || undefined
  try {
    return statusValue(text)
  } catch {
    return undefined
  }
}

/** Counts the calls of one process and strikes once. */
export class FaultLine {
  readonly #fault: Fault | undefined
  #seen = 0

  constructor(text: string) {
    this.#fault = parseFault(text)
  }

  /** At the entry of a call. */
  pass(call: string): void {
    const fault = this.#fault
    if (fault === undefined || (fault.call !== '*' && fault.call !== call)) return
    this.#seen += 1
    if (this.#seen !== fault.count) return
    if (fault.effect === 'kill') process.kill(process.pid, 'SIGKILL')
    else throw new Refusal(fault.effect, `the fault ${fault.call}#${fault.count}`)
  }
}
