/** A status that no table knows is a refusal of the engine like any other: never taken for success, nor for a bug of ours. */

import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { tunnel } from './manifests.ts'

describe('an unknown status', () => {
  it('ends an apply as a refusal, with its number, both readings and the manifest line', async () => {
    const { write, runWith, json } = workbench()
    await write('a.yaml', `# first line\n${tunnel('a')}`)

    const { code, stderr } = await runWith(
      { WFPCTL_SANDBOX_FAULT: 'FwpmIPsecTunnelAdd3#1=0xC0000022' },
      'apply',
      '--auto-approve',
    )

    expect(code).toBe(5)
    expect(stderr).toContain('error[E412]')
    expect(stderr).toContain('--> a.yaml:2:1')
    expect(stderr).toContain('0xC0000022')
    expect(stderr).toContain('as Win32 3221225506')
    expect(stderr).toContain('NTSTATUS or HRESULT')
    expect(stderr).not.toContain('bug')
    expect(await json('get', '--all')).toMatchObject({ resources: [] })
  })

  it('keeps its number in JSON', async () => {
    const { write, runWith } = workbench()
    await write('a.yaml', tunnel('a'))

    const { code, stdout } = await runWith(
      { WFPCTL_SANDBOX_FAULT: 'FwpmIPsecTunnelAdd3#1=0xC0000022' },
      'apply',
      '--auto-approve',
      '-o',
      'json',
    )

    expect(code).toBe(5)
    expect(JSON.parse(stdout)).toMatchObject({
      outcomes: [
        { address: 'IPsecTunnel/a', status: 'failed', error: { name: '0xC0000022', call: 'FwpmIPsecTunnelAdd3' } },
      ],
    })
  })

  it('is a refusal at the commit, too', async () => {
    const { write, runWith, json } = workbench()
    await write('a.yaml', tunnel('a'))

    const { code, stderr } = await runWith(
      { WFPCTL_SANDBOX_FAULT: 'FwpmTransactionCommit0#1=0xC0000022' },
      'apply',
      '--auto-approve',
    )

    expect(code).toBe(5)
    expect(stderr).toContain('0xC0000022')
    expect(stderr).not.toContain('bug')
    expect(await json('get', '--all')).toMatchObject({ resources: [] })
  })

  it('is a refusal of the session, too', async () => {
    const { write, runWith } = workbench()
    await write('a.yaml', tunnel('a'))

    const { code, stderr } = await runWith({ WFPCTL_SANDBOX_FAULT: 'FwpmEngineOpen0#1=0xC0000022' }, 'plan')

    expect(code).toBe(5)
    expect(stderr).toContain('0xC0000022')
    expect(stderr).not.toContain('bug in wfpctl')
  })
})
