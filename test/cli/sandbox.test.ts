/** `sandbox`: the engine made to behave as others do, from the command line. */
import { describe, expect, it } from 'vitest'
import { SWITCHES } from '../../src/providers/wfp/sandbox/switches.ts'
import { workbench } from './harness.ts'
import { tunnel } from './manifests.ts'

describe('sandbox', () => {
  it('lists every switch with its values when none is named', async () => {
    const { run } = workbench()

    const { code, stderr } = await run('sandbox', 'set')

    expect(code).toBe(64)
    for (const [name, { syntax }] of Object.entries(SWITCHES)) expect(stderr).toMatch(lineOf(name, syntax))
  })

  it('refuses a switch and a value that are none, and says what there is', async () => {
    const { run } = workbench()

    const [name, value] = [
      await run('sandbox', 'set', 'gravity', 'off'),
      await run('sandbox', 'set', 'templates', 'no'),
    ]

    expect([name.code, name.stderr.includes('main-mode')]).toEqual([3, true])
    expect([value.code, value.stderr.includes('templates takes any|strict')]).toEqual([3, true])
  })

  it('lets the next commands meet what was switched, until it is switched back', async () => {
    const { run, write } = workbench()
    await write('a.yaml', tunnel('a'))
    await run('sandbox', 'set', 'fault', 'FwpmIPsecTunnelAdd*#1+=FWP_E_INVALID_TUNNEL_ENDPOINT')

    const refused = await run('apply', '--auto-approve')
    await run('sandbox', 'set', 'fault', '')
    const applied = await run('apply', '--auto-approve')

    expect([refused.code, refused.stderr.includes('FWP_E_INVALID_TUNNEL_ENDPOINT')]).toEqual([5, true])
    expect(applied.code).toBe(0)
  })

  it('adds tunnels in the shapes of other owners, and knows which there are', async () => {
    const { run, json } = workbench()

    const added = await json('sandbox', 'add-foreign', 'rras')
    const unknown = await run('sandbox', 'add-foreign', 'toaster')

    expect(added).toMatchObject({
      operation: 'add-foreign',
      shape: 'rras',
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect([unknown.code, unknown.stderr.includes('product, rras, firewall')]).toEqual([3, true])
  })
})

function lineOf(name: string, syntax: string): RegExp {
  const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${literally(name)} +${literally(syntax)} +\\S`, 'm')
}
