/** What `get` says of what is there, and of what is not. */

import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { tunnel } from './manifests.ts'

async function withTunnel() {
  const bench = workbench()
  await bench.write('a.yaml', tunnel('hq-dallas'))
  await bench.run('apply', '--auto-approve')
  return bench
}

describe('get', () => {
  it('finds one by name, in any case of its kind', async () => {
    const { json } = await withTunnel()

    const { resources } = await json<{ resources: object[] }>('get', 'ipsectunnel/hq-dallas')

    expect(resources).toMatchObject([{ address: 'IPsecTunnel/hq-dallas' }])
  })

  it('fails where a name is not there, and knows near ones', async () => {
    const { run } = await withTunnel()

    const near = await run('get', 'IPsecTunnel/hq-dalas')
    const far = await run('get', 'IPsecTunnel/elsewhere', '-o', 'json')

    expect([near.code, near.stdout]).toEqual([3, ''])
    expect(near.stderr).toBe('wfpctl: the engine holds no IPsecTunnel/hq-dalas; did you mean `hq-dallas`?\n')
    expect([far.code, far.stdout]).toEqual([3, ''])
    expect(far.stderr).toBe(
      'wfpctl: the engine holds no IPsecTunnel/elsewhere; `wfpctl get --all` lists what it holds\n',
    )
  })

  it('says of a foreign one that it is there, and how to see it', async () => {
    const { run, json } = await withTunnel()
    await run('sandbox', 'add-foreign')
    const { resources } = await json<{ resources: { managed: boolean; address: string }[] }>('get', '--all')
    const foreign = resources.find(({ managed }) => !managed)?.address as string

    const hidden = await run('get', foreign)
    const shown = await run('get', foreign, '--all')

    expect(hidden.code).toBe(3)
    expect(hidden.stderr).toBe(`wfpctl: no wfpctl set owns ${foreign}; --all shows it\n`)
    expect([shown.code, shown.stdout.includes(foreign)]).toEqual([0, true])
  })

  it('has nothing to say of a kind without resources, and that is no failure', async () => {
    const { run } = await withTunnel()

    expect(await run('get', 'KeyManager')).toMatchObject({ code: 0, stdout: 'Nothing here.\n' })
    expect(await run('get', 'IPsecTunel')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('did you mean `IPsecTunnel`?'),
    })
  })
})
