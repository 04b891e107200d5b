/** node.exe is killed at several points of an apply: the engine is as before or as after, and the next apply starts cleanly. */
import { expect, it } from 'vitest'
import { many, tunnel, tunnelSet } from '../../cli/manifests.ts'
import type { Line } from '../statement.ts'
import { Windows } from '../windows.ts'

const SET = tunnelSet('lab', 'prune: true')
const lab = (name: string, net: number, time?: string) => tunnel(name, { set: 'lab', net, ...(time && { time }) })
const BEFORE = many(SET, lab('stays', 1), lab('goes', 2))
const AFTER = many(SET, lab('stays', 1, '2h'), lab('comes', 3))

/** Where the process dies: inside a call, the DLL having been given everything up to it; or so many milliseconds into the transaction. */
const POINTS = [
  { call: 'FwpmIPsecTunnelDeleteByKey0' },
  { call: 'FwpmIPsecTunnelAdd3' },
  { call: 'FwpmTransactionCommit0' },
  { milliseconds: 0 },
  { milliseconds: 30 },
  { milliseconds: 120 },
] as const
const STALL_MILLISECONDS = 60_000
/** enough for the process to have reached the call */
const WITHIN_CALL_MILLISECONDS = 1000

const began = (lines: readonly Line[]): boolean =>
  lines.some(({ call, flags, status }) => call === 'FwpmTransactionBegin0' && flags === 0 && status === 0)

async function apply(machine: Windows, text: string): Promise<string> {
  machine.write('m.yaml', text)
  const { code, stderr } = await machine.wfpctl(['apply', '--auto-approve'])
  expect(code, stderr).toBe(0)
  return stateOf(machine)
}

async function stateOf(machine: Windows): Promise<string> {
  const { code, stdout, stderr } = await machine.wfpctl(['get', '--all', '-o', 'json'])
  expect(code, stderr).toBe(0)
  return stdout
}

async function killedAt(machine: Windows, point: (typeof POINTS)[number]): Promise<void> {
  machine.write('m.yaml', AFTER)
  machine.forgetStatement()
  const stall = 'call' in point ? { WFPCTL_TEST_DLL_STALL: `${point.call} ${STALL_MILLISECONDS}` } : {}
  const running = machine.start(['apply', '--auto-approve'], stall)
  await machine.stated(began)
  const wait = 'call' in point ? WITHIN_CALL_MILLISECONDS : point.milliseconds
  await new Promise((settle) => setTimeout(settle, wait))
  await running.kill()
}

it('an apply that is killed leaves the state before or the state after, wherever it dies', {
  timeout: 300_000,
}, async () => {
  const machine = new Windows()
  const after = await apply(machine, AFTER)
  const before = await apply(machine, BEFORE)
  expect(before).not.toBe(after)

  for (const point of POINTS) {
    await killedAt(machine, point)
    const state = await stateOf(machine)

    const allowed = 'call' in point ? [before] : [before, after]
    expect(allowed, JSON.stringify(point)).toContain(state)
    if (state === after) await apply(machine, BEFORE)
  }

  expect(await apply(machine, AFTER)).toBe(after)
})
