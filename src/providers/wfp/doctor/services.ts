/** Findings about the two services behind the engine. */

import type { Service } from '../binding/system/services.ts'
import { EngineError } from '../binding/tables/status/index.ts'
import { type Finding, finding } from './finding.ts'
import type { Machine } from './machine.ts'

interface Known {
  readonly name: string
  readonly title: string
  /** what does not work while it is not running */
  readonly without: string
  /** whether that is so even before there is a tunnel */
  readonly always: boolean
}

const SERVICES: readonly Known[] = [
  { name: 'BFE', title: 'Base Filtering Engine', without: 'every call fails with EPT_S_NOT_REGISTERED', always: true },
  {
    name: 'IKEEXT',
    title: 'IKE and AuthIP keying modules',
    without: 'tunnels can be applied, but negotiate nothing',
    always: false,
  },
]

const RUNNING = 4
const DISABLED = 4
const STATES = ['', 'stopped', 'starting', 'stopping', 'running', 'continuing', 'pausing', 'paused']
const START_TYPES = ['boot', 'system', 'automatic', 'on demand', 'disabled']

/** @param real the engine is that of Windows: the sandbox has no services */
export async function serviceFindings(machine: Machine, real: boolean): Promise<Finding[]> {
  if (machine.platform !== 'win32' || !real) {
    const why = real ? 'there are none outside Windows' : 'the sandbox needs none'
    return SERVICES.map(({ name }) =>
      finding(`service.${name}`, 'skipped', `the service ${name} was not looked at: ${why}`),
    )
  }
  return Promise.all(SERVICES.map((known) => serviceFinding(machine, known)))
}

async function serviceFinding(machine: Machine, known: Known): Promise<Finding> {
  const { name, title } = known
  try {
    const service = await machine.service(name)
    if (service) return judged(known, service)
    return finding(`service.${name}`, 'error', `there is no service ${name} (${title})`, {
      fix: 'this Windows lacks a part of itself, or it is not Windows at all',
    })
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return finding(`service.${name}`, 'skipped', `the service ${name} was not looked at: ${error.message}`)
  }
}

function judged({ name, title, without, always }: Known, { state, startType }: Service): Finding {
  const words = {
    state: STATES[state] ?? String(state),
    startType: startType === undefined ? null : (START_TYPES[startType] ?? String(startType)),
  }
  if (state === RUNNING) return finding(`service.${name}`, 'ok', `${name} (${title}) is running`, { details: words })
  const disabled = startType === DISABLED
  const fix = disabled
    ? `sc config ${name} start= ${always ? 'auto' : 'demand'}, then sc start ${name}`
    : `sc start ${name}`
  // IKEEXT is started by Windows when the first IPsec policy comes
  const status = always ? 'error' : disabled ? 'warning' : 'info'
  return finding(
    `service.${name}`,
    status,
    `${name} (${title}) is ${words.state}${disabled ? ' and disabled' : ''}: ${without}`,
    {
      ...(status !== 'info' && { fix }),
      details: words,
    },
  )
}
