/**
 * What each fault of each engine call does to each command. `docs/faults.md` is written from what happened here (`npx vitest run --project
 * laws test/laws/fault-table.test.ts -u`); a cell that is neither the state before nor the state after fails the test.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit.ts'
import { setSwitch } from '../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../src/providers/wfp/sandbox/library.ts'
import type { SetReport } from '../../src/reconcile/apply/report.ts'
import { EngineRefusal } from '../../src/reconcile/provider.ts'
import { systemClock } from '../../src/reconcile/watch/clock.ts'
import { Holder } from '../../src/reconcile/watch/holder.ts'
import { applied, everything, NOTHING, OTHERS, SET, synced, tunnel } from '../conformance/scene.ts'
import { desiredOf, type Lab, openLab, setDocument } from './lab.ts'

/** What strikes, and how it is written for the switch `fault`. */
const FAULTS = {
  'refused (FWP_E_OUT_OF_BOUNDS)': 'FWP_E_OUT_OF_BOUNDS',
  'no rights (ERROR_ACCESS_DENIED)': 'ERROR_ACCESS_DENIED',
  'lock not obtained (FWP_E_TIMEOUT)': 'FWP_E_TIMEOUT',
  'session lost (RPC_S_CALL_FAILED)': 'lost:RPC_S_CALL_FAILED',
  'done, and answered by an error': 'done:FWP_E_OUT_OF_BOUNDS',
  'success without effect': 'nothing',
  'late by 20 ms': 'wait:20',
} as const

const ALLOW = { host: 'gw01', allowEmpty: true }

/** What a command does with the engine; `watch` hears of changes, and passes again where a pass failed. */
const COMMANDS = {
  apply: { desired: OTHERS, watches: false },
  destroy: { desired: NOTHING, watches: false },
  watch: { desired: OTHERS, watches: true },
} as const
type Command = keyof typeof COMMANDS

interface Ending {
  readonly exit: string
  readonly state: string
}

async function ending(lab: Lab, desired: typeof OTHERS, before: string): Promise<Ending> {
  const exit = await lab.apply(desired, ALLOW).then(exitText, refusalText)
  await setSwitch(lab.raw, 'fault', '')
  const now = await everything(lab.raw)
  if (now === before) return { exit, state: 'before' }
  const witness = await openLab({ ...lab.raw, close: undefined } as never)
  await synced(witness, desired)
  await witness.close()
  return { exit, state: 'after' }
}

function exitText(reports: readonly SetReport[]): string {
  expect(reports.map(({ result }) => result)).not.toContain('bug')
  const [report] = reports
  const code = report ? exitCodeOf(report) : 0
  return `${code}${report?.diagnostics[0] ? ` ${report.diagnostics[0].code}` : ''}`
}

/** A refusal while looking, before anything is planned. */
function refusalText(error: unknown): string {
  expect(error).toBeInstanceOf(EngineRefusal)
  const { sort } = error as EngineRefusal
  return `${{ busy: 9, refused: 5, denied: 10, unavailable: 10 }[sort]} ${sort}`
}

async function struck(command: Command, { call, number }: Strike, effect: string): Promise<string> {
  const lab = await openLab(openSandbox('memory'))
  try {
    await applied(lab)
    const { watches, ...work } = COMMANDS[command]
    const subscription = watches ? await lab.provider.onChange(() => {}) : undefined
    const before = await everything(lab.raw)
    await setSwitch(lab.raw, 'fault', `${call}#${number}=${effect}`)
    const { exit, state } = await ending(lab, work.desired, before)
    await subscription?.close().catch(() => {})
    if (!watches || state === 'after') return `${exit}, ${state}`
    // the watch opens the engine anew where it went away, and tries again
    const again = await openLab({ ...lab.raw, close: undefined } as never)
    const next = await again.apply(work.desired, ALLOW).then(exitText, refusalText)
    await synced(again, work.desired)
    await again.close()
    return `${exit}, ${state}; next pass ${next}, after`
  } finally {
    await lab.close().catch(() => {})
  }
}

/** The Nth call of this name that a command makes. */
interface Strike {
  readonly call: string
  readonly number: number
}

type Strikes = ReadonlyMap<string, Strike>

/** The first call of each name while the command looks, and the first while it has the engine's lock: `CALL` and `CALL, under the lock`. */
async function strikesOf(command: Command): Promise<Strikes> {
  const { desired, watches } = COMMANDS[command]
  const lab = await openLab(openSandbox('memory'))
  await applied(lab)
  const subscription = watches ? await lab.provider.onChange(() => {}) : undefined
  const made = lab.calls.length
  await lab.apply(desired, ALLOW)
  const calls = lab.calls.slice(made)
  await subscription?.close()
  await lab.close()
  const locked = calls.lastIndexOf('FwpmTransactionBegin0')
  const strikes = new Map<string, Strike>()
  for (const [i, call] of calls.entries()) {
    const row = i < locked ? call : `${call}, under the lock`
    if (!strikes.has(row))
      strikes.set(row, { call, number: calls.slice(0, i + 1).filter((one) => one === call).length })
  }
  return strikes
}

const CHANGING = /^Fwpm\w+(Add\d|Delete)/

it('leaves the engine before or after, whatever fails, and docs/faults.md says which and how it is told', async () => {
  const commands = Object.keys(COMMANDS) as Command[]
  const strikes = new Map<Command, Strikes>()
  for (const command of commands) strikes.set(command, await strikesOf(command))
  const rows: string[] = []
  for (const row of new Set([...strikes.values()].flatMap((one) => [...one.keys()]))) {
    for (const [fault, effect] of Object.entries(FAULTS)) {
      if (effect === 'nothing' && !CHANGING.test(row)) continue
      const cells: string[] = []
      for (const command of commands) {
        const strike = strikes.get(command)?.get(row)
        cells.push(strike ? await struck(command, strike, effect) : 'not called')
      }
      rows.push(`| ${row} | ${fault} | ${cells.join(' | ')} |`)
    }
  }
  const holding: string[] = []
  for (const call of HOLDING) {
    for (const [fault, effect] of Object.entries(FAULTS)) {
      if (effect !== 'nothing') holding.push(`| ${call} | ${fault} | ${await held(call, effect)} |`)
    }
  }

  await expect(page(rows, holding)).toMatchFileSnapshot('../../docs/faults.md')
}, 600_000)

/** The calls that `apply --hold` makes beside those of an apply, in order; a session of its own is opened and closed for each registration. */
const HOLDING = [
  'IPsecKeyManagersGet0',
  'IPsecKeyManagerAddAndRegister0',
  'IPsecKeyManagerUnregisterAndDelete0',
] as const

/** Tunnels and a key manager are applied and held, then let go: how both end. */
async function held(call: string, effect: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-faults-'))
  const lab = await openLab(openSandbox('memory'))
  try {
    const spec = { role: 'notify', handler: { builtin: 'audit-log', file: join(folder, 'log.ndjson') } }
    const manager = { apiVersion: 'wfpctl/v1alpha1', kind: 'KeyManager', metadata: { name: 'audit' }, spec }
    const desired = desiredOf([setDocument(SET), tunnel('a'), manager])
    await setSwitch(lab.raw, 'fault', `${call}#1=${effect}`)
    const [report] = await lab.apply(desired, ALLOW)
    expect(report?.result).toBe('applied')
    const holder = new Holder({ clock: systemClock, random: Math.random })
    const holdings = await holder.keep(lab.provider, SET, report!.plan.outsideTransaction)
    const failed = holdings.some(({ status }) => status === 'failed')
    await holder.releaseExcept(new Set())
    await setSwitch(lab.raw, 'fault', '')
    expect(await lab.provider.registered()).toEqual(new Set())
    await synced(lab, desiredOf([setDocument(SET), tunnel('a')]))
    return `${failed ? '7 E413' : '0'}, tunnels after, key manager ${failed ? 'not held' : 'held until the end'}`
  } finally {
    await lab.close()
    rmSync(folder, { recursive: true })
  }
}

function page(rows: readonly string[], holding: readonly string[]): string {
  return `# What a fault does

Written by \`test/laws/fault-table.test.ts\` from what happened: each call of the engine fails once, in each of these ways. A cell is the
exit code with the finding, and the state the engine is left in. \`before\` is the state before the command, \`after\` the one it was to reach. There is no other.
\`watch\` ends no process: it tells a failure and passes again, and the cell says how that ends.

Dying at any call is the same as losing the session there, as the engine ends it: \`test/cli/crash-each-call.test.ts\` kills the process before and
after each call. A full disk and a damaged store of the sandbox are exit 10 with the path: \`test/cli/sandbox-unusable.test.ts\`. A lost notification
is found by the next resync: \`test/laws/mirror.test.ts\`.

| engine call | fault | apply | destroy | watch |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Key managers

\`apply --hold\` applies as \`apply\` does. What it calls besides never touches the tunnels.

| engine call | fault | apply --hold |
| --- | --- | --- |
${holding.join('\n')}
`
}
