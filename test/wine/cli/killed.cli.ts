/** node.exe is killed at several points of an apply: the engine is as before or as after, and the next apply starts cleanly. */
import { expect, it } from 'vitest'
import { many, tunnel, tunnelSet } from '../../cli/manifests.ts'
import type { Line } from '../statement.ts'
import { Windows } from '../windows.ts'

const SET = tunnelSet('lab', 'prune: true')
const lab = (name: string, net: number, time?: string) => tunnel(name, { set: 'lab', net, ...(time && { time }) })
const BEFORE = many(SET, lab('stays', 1), lab('goes', 2))
const AFTER = many(SET, lab('stays', 1, '2h'), lab('comes', 3))

/** Where the process dies: before or after a call; or so many milliseconds into the transaction. What may be found then. */
const POINTS: readonly Point[] = [
  { fault: 'FwpmIPsecTunnelAdd3#1=kill', leaves: ['before'] },
  { fault: 'FwpmIPsecTunnelAdd3#1=done:kill', leaves: ['before'] },
  { fault: 'FwpmTransactionCommit0#1=kill', leaves: ['before'] },
  { fault: 'FwpmTransactionCommit0#1=done:kill', leaves: ['after'] },
  { milliseconds: 0, leaves: ['before', 'after'] },
  { milliseconds: 30, leaves: ['before', 'after'] },
  { milliseconds: 120, leaves: ['before', 'after'] },
]

type Point = { readonly leaves: readonly ('before' | 'after')[] } & (
  | { readonly fault: string }
  | { readonly milliseconds: number }
)

/** exit code of a process that the DLL ended */
const KILLED = 137

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
  expect(code, stdout + stderr).toBe(0)
  return stdout.replace(/"appliedAt": "[^"]*"/g, '"appliedAt": "…"') // another time each time
}

async function killedAt(machine: Windows, point: Point): Promise<void> {
  machine.write('m.yaml', AFTER)
  machine.forgetStatement()
  const running = machine.start(
    ['apply', '--auto-approve'],
    'fault' in point ? { WFPCTL_TEST_DLL_FAULT: point.fault } : {},
  )
  if ('fault' in point) {
    expect((await running.done).code, point.fault).toBe(KILLED)
    return
  }
  await machine.stated(began)
  await new Promise((settle) => setTimeout(settle, point.milliseconds))
  await running.kill()
}

it('an apply that is killed leaves the state before or the state after, wherever it dies', {
  timeout: 900_000,
}, async () => {
  const machine = new Windows()
  const after = await apply(machine, AFTER)
  const before = await apply(machine, BEFORE)
  expect(before).not.toBe(after)

  for (const point of POINTS) {
    await killedAt(machine, point)
    const state = await stateOf(machine)

    expect(
      point.leaves.map((name) => ({ before, after })[name]),
      JSON.stringify(point),
    ).toContain(state)
    if (state === after) await apply(machine, BEFORE)
  }

  expect(await apply(machine, AFTER)).toBe(after)
})
