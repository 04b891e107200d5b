/** The other administrator: what changes behind wfpctl's back is told, healed where it is ours, and left alone where it is not. */

import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel } from './manifests.ts'

interface Drifts {
  readonly drift: readonly {
    readonly address: string
    readonly state: string
    readonly differences: readonly { readonly path: string }[]
  }[]
}

describe('drift', () => {
  it('is found after tampering, named by field where the manifest is at hand, and healed by apply', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', many(tunnel('a'), tunnel('b', { net: 2 })))
    await run('apply', '--auto-approve')
    expect(await run('drift')).toMatchObject({ code: 0, stdout: 'No drift. 2 resources are as last applied.\n' })

    await run('sandbox', 'tamper', 'IPsecTunnel/a')

    const planned = await run('plan', '--detailed-exitcode', '-o', 'json')
    expect(planned.code).toBe(2)
    expect(JSON.parse(planned.stdout)).toMatchObject({
      sets: [
        {
          changes: [
            {
              address: 'IPsecTunnel/a',
              cause: 'drift',
              differences: [{ path: '/quickMode/proposals/0/lifetime/time', after: '1h' }],
            },
          ],
          unchanged: 1,
        },
      ],
    })
    expect((await run('drift')).code).toBe(2)
    const named = await json<Drifts>('drift', 'a.yaml')
    expect(named.drift).toMatchObject([
      {
        address: 'IPsecTunnel/a',
        state: 'changed',
        differences: [{ path: '/quickMode/proposals/0/lifetime/time', before: '1h' }],
      },
    ])
    await write('other.yaml', tunnel('a', { time: '2h' }))
    expect((await json<Drifts>('drift', 'other.yaml')).drift[0]?.differences).toEqual([])

    expect((await run('apply', 'a.yaml', '--auto-approve')).code).toBe(0)
    expect((await run('plan', 'a.yaml', '--detailed-exitcode')).code).toBe(0)
  })

  it('tells a changed manifest and a changed engine apart, and both', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', many(tunnel('a'), tunnel('b', { net: 2 }), tunnel('c', { net: 3 })))
    await run('apply', '--auto-approve')
    await run('sandbox', 'tamper', 'IPsecTunnel/a')
    await run('sandbox', 'tamper', 'IPsecTunnel/c')
    await write('a.yaml', many(tunnel('a'), tunnel('b', { net: 2, time: '2h' }), tunnel('c', { net: 3, time: '2h' })))

    const planned = await json<{ sets: { changes: { address: string; cause: string }[] }[] }>('plan')

    expect(planned.sets[0]?.changes.map((c) => [c.address, c.cause])).toEqual([
      ['IPsecTunnel/a', 'drift'],
      ['IPsecTunnel/b', 'spec'],
      ['IPsecTunnel/c', 'both'],
    ])
  })

  it('heals a tunnel that was deleted, from the record that outlived it', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', tunnel('a'))
    await run('apply', '--auto-approve')

    await run('sandbox', 'rm', 'IPsecTunnel/a')

    expect(await json<Drifts>('drift')).toMatchObject({ drift: [{ address: 'IPsecTunnel/a', state: 'missing' }] })
    expect(await json('plan')).toMatchObject({ sets: [{ changes: [{ action: 'create', cause: 'drift' }] }] })
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    expect((await run('drift')).code).toBe(0)
  })

  it('leaves a foreign tunnel as it is, byte for byte, whatever is applied, healed and destroyed', async () => {
    const { write, run, json } = workbench()
    const { key } = await json<{ key: string }>('sandbox', 'add-foreign')
    const foreign = async () => {
      const state = JSON.stringify(await json('sandbox', 'show'))
      const listed = await json<{ resources: { key: string }[] }>('get', '--all')
      return { listed: listed.resources.filter((r) => r.key === key), shown: state.includes(key) }
    }
    const before = await foreign()
    expect(before).toMatchObject({ listed: [{ managed: false }], shown: true })

    await write('a.yaml', tunnel('a'))
    await run('apply', '--auto-approve')
    await run('sandbox', 'tamper', 'IPsecTunnel/a')
    await run('apply', '--auto-approve')
    await run('destroy', 'default', '--auto-approve')

    expect(await foreign()).toEqual(before)
  })

  it('never takes over a key that somebody else holds', async () => {
    const { write, run, json } = workbench()
    const { key } = await json<{ key: string }>('sandbox', 'add-foreign')
    await write('a.yaml', tunnel('a').replace('  mode: gateway', `  key: ${key}\n  mode: gateway`))

    const refused = await run('apply', '--auto-approve')

    expect(refused.code).toBe(4)
    expect(refused.stdout).toContain('is taken by an object that is not ours')
    expect((await run('sandbox', 'show')).stdout).toContain(key)
  })
})

describe('an engine that rewrites or hides what it was given', () => {
  it('makes apply stop with exit 6, name the entry that accepts it, and keep to what was accepted', async () => {
    const { write, run, json } = workbench()
    await run('sandbox', 'set', 'rewrite', 'saIdleTimeout.idleTimeoutSeconds=600')
    await write(
      'set.yaml',
      'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: lab }\nspec: { prune: true }\n',
    )
    await write('a.yaml', tunnel('a', { set: 'lab' }))

    const refused = await run('apply', '--auto-approve')
    expect(refused.code).toBe(6)
    expect(refused.stderr).toContain('error[E501]')
    expect(refused.stderr).toContain('spec.safety.acceptReadback: [/quickMode/idleTimeout/normal]')
    expect((await run('get')).stdout).toBe('Nothing here.\n')

    await write(
      'set.yaml',
      'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: lab }\nspec: { prune: true, safety: { acceptReadback: [/quickMode/idleTimeout/normal] } }\n',
    )
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    expect((await run('plan', '--detailed-exitcode')).code).toBe(0)
    expect((await run('drift')).code).toBe(0)

    await run('sandbox', 'set', 'rewrite', 'saIdleTimeout.idleTimeoutSeconds=900')
    expect(await json('plan')).toMatchObject({
      sets: [
        {
          changes: [
            { cause: 'drift', differences: [{ path: '/quickMode/idleTimeout/normal', before: '15m', after: '5m' }] },
          ],
        },
      ],
    })
  })
})
