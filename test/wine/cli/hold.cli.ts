/** `apply --hold` on the Windows ABI: the DLL calls from threads of its own while another process plans a thousand tunnels. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../../src/base/json.ts'
import { textOf } from '../../arbitraries/manifests.ts'
import type { Line } from '../statement.ts'
import { Windows, windowsPath } from '../windows.ts'

const TUNNELS = 1000
const INTERVAL_MILLISECONDS = 100
/** keyDictationTimeoutHint 0: the engine waits for its own default */
const HINT_MILLISECONDS = 5000
/** The keys of the DLL's negotiations, in hex: what must never be seen again. */
const KEYS = /(101112131415|808182838485)/i

const AUDIT: JsonObject = {
  apiVersion: 'wfpctl/v1alpha1',
  kind: 'KeyManager',
  metadata: { name: 'sa-audit' },
  spec: {
    description: 'who talks to whom',
    role: 'notify',
    handler: { builtin: 'audit-log', file: './sa-audit.ndjson' },
  },
}

function gateway(i: number): JsonObject {
  const net = `${i >> 8}.${i & 255}`
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'IPsecTunnel',
    metadata: { name: `t${i}` },
    spec: {
      mode: 'gateway',
      keyModule: 'authip',
      endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
      traffic: { local: [`10.${net}.0/24`], remote: [`172.${net}.0/24`] },
      quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }], keyManagers: { notify: true } },
    },
  }
}

const isNotification = ({ event }: Line): boolean => event === 'keyNotify'
const count = (lines: readonly Line[]): number => lines.filter(isNotification).length

it('answers every call, and within the hint, while a thousand tunnels are applied and planned', {
  timeout: 500_000,
}, async () => {
  const machine = new Windows()
  const tunnels = Array.from({ length: TUNNELS }, (_, i) => gateway(i))
  machine.write('key-manager/a.yaml', textOf([AUDIT]))
  machine.write('tunnels/a.yaml', textOf(tunnels))
  const log = join(machine.folder, 'key-manager/sa-audit.ndjson')

  const held = machine.start(['apply', '--auto-approve', '--hold', 'key-manager'], {
    WFPCTL_TEST_DLL_NEGOTIATE: String(INTERVAL_MILLISECONDS),
  })
  await machine.stated((lines) => count(lines) > 0)
  const before = count(machine.statement())
  // under Wine two processes that append to one file tear each other's lines
  const apart = { WFPCTL_TEST_DLL_TRACE: windowsPath(join(machine.folder, 'applier.jsonl')) }
  const applied = await machine.wfpctl(['apply', '--auto-approve', 'tunnels', 'key-manager'], apart)
  const planned = await machine.wfpctl(['plan', '--detailed-exitcode', 'tunnels', 'key-manager'], apart)
  const during = count(machine.statement()) - before
  const ended = await held.kill()

  expect([applied.code, planned.code], applied.stderr + planned.stderr).toEqual([0, 0])
  expectRegistered(machine.statement())
  const told = machine.statement().filter(isNotification)
  expect(during).toBeGreaterThan(10)
  expect(told.filter(({ status }) => status !== 0)).toEqual([])
  expect(medianOf(told.map(({ milliseconds }) => Number(milliseconds)))).toBeLessThan(HINT_MILLISECONDS)
  expectAudited(log, told.length)
  expect(applied.stdout + applied.stderr + ended.stdout + ended.stderr).not.toMatch(KEYS)
})

/** A single call may be late on a machine that others use too. */
function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.POSITIVE_INFINITY
}

/** Every field of the registration against the manifest; calls come from other threads than it. */
function expectRegistered(lines: readonly Line[]): void {
  const registrations = lines.filter(({ call }) => call === 'IPsecKeyManagerAddAndRegister0')
  expect(registrations).toMatchObject([
    {
      keyManager: {
        displayData: { name: 'sa-audit', description: 'who talks to whom' },
        flags: 0,
        keyDictationTimeoutHint: 0,
      },
      keyDictationCheck: 0,
      keyDictation: 0,
      keyNotify: 1,
      status: 0,
    },
  ])
  const [{ thread, process } = {}] = registrations
  const callers = lines.filter(isNotification)
  expect(callers.filter((line) => line.process !== process || line.thread === thread)).toEqual([])
}

/** One line for each call, but perhaps for the last ones, which came as the process was killed; no keys. */
function expectAudited(log: string, calls: number): void {
  expect(existsSync(log)).toBe(true)
  const text = readFileSync(log, 'utf8')
  const lines = text.trim().split('\n')
  expect(lines.length).toBeGreaterThanOrEqual(calls - 2)
  expect(lines.length).toBeLessThanOrEqual(calls + 1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ event: 'keysInUse', keyManager: 'KeyManager/sa-audit' })
  expect(text).not.toMatch(KEYS)
}
