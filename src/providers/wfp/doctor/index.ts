/** `doctor`: looks at everything an apply will lean on, one finding each, and never stops at the first. */

import { bind, type RawLibrary } from '../binding/call/bind.ts'
import { isStatus, providerKeyOf, Session } from '../engine/index.ts'
import { setsOf } from '../resources/list.ts'
import { keyManagerFinding, libraryFindings, refusedFinding, rightsFinding, tunnelFindings } from './engine.ts'
import { type Examination, type Finding, finding } from './finding.ts'
import { type Machine, machineFindings, serviceFindings, thisMachine } from './machine.ts'
import { probe } from './probe.ts'

export interface DoctorOptions {
  /** `wfp` or `sandbox` */
  readonly engine: string
  readonly probe: boolean
  readonly lockTimeoutMilliseconds: number
  readonly machine?: Machine
}

/** @param open loads the library; its EngineError becomes a finding */
export async function examine(open: () => Promise<RawLibrary>, options: DoctorOptions): Promise<Examination> {
  const machine = options.machine ?? thisMachine()
  const before = [
    ...sandboxFindings(options.engine),
    ...(await machineFindings(machine)),
    ...(await serviceFindings(machine, options.engine === 'wfp')),
  ]
  const { findings, answers } = await examineEngine(open, options)
  return { findings: [...before, ...findings], ...(answers && { answers }) }
}

function sandboxFindings(engine: string): Finding[] {
  if (engine !== 'sandbox') return []
  return [
    finding('engine', 'info', 'this is the sandbox engine: no real IPsec is looked at or changed', {
      fix: 'on Windows, use --engine wfp',
    }),
  ]
}

async function examineEngine(open: () => Promise<RawLibrary>, options: DoctorOptions): Promise<Examination> {
  let raw: RawLibrary
  try {
    raw = await open()
  } catch (error) {
    return { findings: [refusedFinding('library', error), ...unexamined('without its library')] }
  }
  try {
    return await examineLibrary(raw, options)
  } finally {
    raw.close?.()
  }
}

async function examineLibrary(raw: RawLibrary, options: DoctorOptions): Promise<Examination> {
  const fwp = bind(raw)
  const before = libraryFindings(raw, fwp)
  let session: Session
  try {
    session = await Session.open(fwp, options.lockTimeoutMilliseconds)
  } catch (error) {
    return { findings: [...before, refusedFinding('session', error), ...unexamined('which does not open')] }
  }
  try {
    const findings = [...before, ...(await sessionFindings(session)), await keyManagerFinding(session)]
    const writable = findings.some((f) => f.check === 'rights' && f.status === 'ok')
    if (!options.probe || !writable) return { findings }
    return { findings, answers: await probe(session) }
  } finally {
    await session.close().catch(() => {}) // what was found out stands
  }
}

const UNEXAMINED = { rights: 'rights', foreign: 'tunnels of others', keyManagers: 'key managers' } as const

function unexamined(why: string): Finding[] {
  return Object.entries(UNEXAMINED).map(([check, what]) =>
    finding(check, 'skipped', `${what} cannot be looked at in an engine ${why}`),
  )
}

async function sessionFindings(session: Session): Promise<Finding[]> {
  const rights = await rightsFinding(session)
  try {
    const others = await session.read(async () => {
      const ours = new Set((await setsOf(session)).map(providerKeyOf))
      return tunnelFindings(session, ours)
    })
    return [rights, ...others]
  } catch (error) {
    if (isStatus(error, 'ERROR_ACCESS_DENIED'))
      return [rights, finding('foreign', 'skipped', 'this account may not list tunnels')]
    return [rights, refusedFinding('foreign', error)]
  }
}
