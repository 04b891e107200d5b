/** The engine's refusals on the Windows ABI: each ends in its exit code with the reason, and none is taken for a bug of ours. */
import { expect, it } from 'vitest'
import { many, tunnel } from '../../cli/manifests.ts'
import { Windows } from '../windows.ts'

const AUDIT = `apiVersion: wfpctl/v1alpha1
kind: KeyManager
metadata: { name: sa-audit }
spec: { role: notify, handler: { builtin: audit-log, file: ./sa-audit.ndjson } }
`
const FWP_E_TIMEOUT = 0x80320012
const ERROR_ACCESS_DENIED = 5
const STATUS_ACCESS_DENIED = 0xc0000022

interface Refused {
  readonly code: number
  readonly says: readonly string[]
  readonly args?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const fail = (call: string, status: number) => ({ WFPCTL_TEST_DLL_FAULT: `${call}#1+=${status}` })

const CASES: Readonly<Record<string, Refused>> = {
  'a node.exe that may not hold key managers': {
    code: 7,
    says: ['error[E413]', 'SEC_E_CANNOT_INSTALL', '--> a.yaml:13:1', 'applied 1 change'],
    args: ['--hold'],
    environment: { WFPCTL_TEST_DLL_INTEGRITY: 'fail' },
  },
  'a transaction that waits for too long': {
    code: 9,
    says: ['FWP_E_TIMEOUT', 'FwpmTransactionBegin0', '--lock-timeout'],
    environment: fail('FwpmTransactionBegin0', FWP_E_TIMEOUT),
  },
  'a status that no table knows': {
    code: 5,
    says: ['error[E412]', '0xC0000022', '--> a.yaml:1:1', 'NTSTATUS'],
    environment: fail('FwpmIPsecTunnelAdd3', STATUS_ACCESS_DENIED),
  },
  'no right to begin a transaction': {
    code: 10,
    says: ['ERROR_ACCESS_DENIED', 'FwpmTransactionBegin0'],
    environment: fail('FwpmTransactionBegin0', ERROR_ACCESS_DENIED),
  },
}

it.each(Object.entries(CASES))('%s ends in its exit code, with the reason', async (_, refused) => {
  const { code, says, args = [], environment } = refused
  const machine = new Windows()
  machine.write('a.yaml', many(tunnel('a'), AUDIT))

  const ran = await machine.wfpctl(['apply', '--auto-approve', ...args], environment)

  const said = ran.stdout + ran.stderr
  expect(ran.code, said).toBe(code)
  for (const text of says) expect(said).toContain(text)
  expect(said).not.toContain('bug in wfpctl')
  const commits = machine.statement().filter(({ call, status }) => call === 'FwpmTransactionCommit0' && status === 0)
  // nothing of a refused set stands; key managers come after the tunnels
  expect(commits).toHaveLength(code === 7 ? 1 : 0)
})

it('ends with 9 when another process keeps the lock, and with 0 once that is gone', async () => {
  const machine = new Windows()
  machine.write('a.yaml', tunnel('a'))
  const other = machine.start(['apply', '--auto-approve'], {
    WFPCTL_TEST_DLL_FAULT: 'FwpmTransactionCommit0#1=wait:60000',
  })
  await machine.stated((lines) => lines.some(({ call }) => call === 'FwpmIPsecTunnelAdd3'))

  const waiting = await machine.wfpctl(['apply', '--auto-approve', '--lock-timeout', '1s'])
  await other.kill()
  const after = await machine.wfpctl(['apply', '--auto-approve'])

  expect(waiting.code, waiting.stderr).toBe(9)
  expect(waiting.stderr).toContain('error[E420]')
  expect(waiting.stderr).toContain('nothing was changed')
  expect(after.code, after.stderr).toBe(0)
})

it.each([
  ['fwpuclnt-win8', 'compartment: 2', 3],
  ['fwpuclnt-win7', 'remoteFqdn: vpn.example.com', 2],
] as const)('on %s a field that it lacks is E401 at its line, and the rest is applied', async (dll, field, needs) => {
  const machine = new Windows(dll)
  const newer = tunnel('a').replace(/endpoints: .*\n/, 'endpoints:\n    local: 203.0.113.10\n    FIELD\n')
  const peer = field.startsWith('remote') ? '' : 'remote: 198.51.100.1\n    '
  machine.write('a.yaml', newer.replace('FIELD', `${peer}${field}`))

  const refused = await machine.wfpctl(['apply', '--auto-approve'])
  machine.write('a.yaml', tunnel('a'))
  const applied = await machine.wfpctl(['apply', '--auto-approve'])
  const planned = await machine.wfpctl(['plan', '--detailed-exitcode'])

  expect(refused.code, refused.stderr).toBe(3)
  expect(refused.stderr).toContain(`error[E401]: this engine cannot do this: it needs FwpmIPsecTunnelAdd${needs}`)
  expect(refused.stderr).toMatch(peer ? /--> a\.yaml:10:/ : /--> a\.yaml:9:/)
  expect([applied.code, planned.code], applied.stderr + planned.stderr).toEqual([0, 0])
  expect(machine.statement().map(({ call }) => call)).toContain(`FwpmIPsecTunnelAdd${needs - 1}`)
})
