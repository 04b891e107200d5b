import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'

interface Examination {
  readonly engine: { readonly name: string }
  readonly findings: readonly { readonly check: string; readonly status: string }[]
  readonly probe?: readonly { readonly id: string; readonly answer: string }[]
  readonly summary: { readonly errors: number }
}

describe('doctor', () => {
  it('says that the sandbox is one, and that it is ready', async () => {
    const { run } = workbench()

    const { code, stdout } = await run('doctor')

    expect(code).toBe(0)
    expect(stdout).toContain('this is the sandbox engine')
    expect(stdout).toContain('a write transaction was begun and aborted')
    expect(stdout).toMatch(/^Ready/m)
  })

  it('answers the open questions under --probe and changes nothing', async () => {
    const { json } = workbench()

    const { probe, engine, summary } = await json<Examination>('doctor', '--probe')

    expect(engine.name).toBe('sandbox')
    expect(summary.errors).toBe(0)
    expect(probe?.find(({ id }) => id === 'abort')?.answer).toBe('yes')
    expect(await json('get', '--all')).toMatchObject({ resources: [] })
  })

  it.skipIf(process.platform === 'win32')(
    'ends with 10 where there is no engine (there is one on Windows)',
    async () => {
      const { run } = workbench()

      const { code, stdout } = await run('doctor', '--engine', 'wfp')

      expect(code).toBe(10)
      expect(stdout).toContain('ERROR_MOD_NOT_FOUND')
      expect(stdout).toMatch(/^Not ready: 1 error/m)
    },
  )

  it('ends with 10 where the account may not write', async () => {
    const { runWith } = workbench()

    const { code, stdout } = await runWith(
      { WFPCTL_SANDBOX_FAULT: 'FwpmTransactionBegin0#1=5' },
      'doctor',
      '-o',
      'json',
    )

    expect(code).toBe(10)
    expect((JSON.parse(stdout) as Examination).findings.find(({ check }) => check === 'rights')?.status).toBe('error')
  })
})
