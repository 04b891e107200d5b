/** Rules of users over manifests, as somebody uses them. */

import { describe, expect, it, vi } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { runPage } from './page.ts'
import { isSynced, watching } from './watching.ts'

vi.setConfig({ testTimeout: 120_000 })

const policy = (expression: string, more = '', spec = '') =>
  `apiVersion: wfpctl/v1alpha1\nkind: Policy\nmetadata: { name: p }\nspec:\n  validations:\n    - expression: ${JSON.stringify(expression)}\n${more}${spec}`

async function validated(manifests: readonly string[], ...args: readonly string[]) {
  const bench = workbench()
  await bench.write('m.yaml', many(...manifests))
  const { code, stdout } = await bench.run('validate', '-o', 'json', ...args)
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; message: string; line: number; column: number }[]
  }
  return { bench, code, found: diagnostics.map((one) => `${one.code} ${one.line}:${one.column} ${one.message}`) }
}

it('docs/policies.md shows what happens', async () => {
  expect((await runPage('docs/policies.md')).blocks).toBeGreaterThan(5)
})

describe('a rule', () => {
  it.each([
    ['that holds', "object.spec.mode == 'gateway'"],
    ['about a default', "object.spec.persistence == 'persistent'"],
    ['about a whole number', 'object.spec.quickMode.proposals[0].lifetime.packets > 1000'],
    ['about labels', "object.metadata.labels == {} || 'a' in object.metadata.labels"],
    ['with a pattern that would take for ever', "!object.metadata.name.matches('^(a+)+$')"],
    ['with an extension for strings', "object.metadata.name.indexOf('aa') == 0 && object.kind == 'IPsecTunnel'"],
  ])('%s says nothing', async (_what, expression) => {
    const name = `${'a'.repeat(40)}b`
    const { code, found } = await validated([tunnel(name), policy(expression)])

    expect([code, found]).toEqual([0, []])
  })

  it.each([
    ['its message at the name', policy('false', '      message: never\n'), ['E350 3:19 never']],
    [
      'its message at its field',
      policy('false', '      message: never\n      field: spec.endpoints.remote\n'),
      ['E350 7:45 never'],
    ],
    [
      'the nearest field above one that is absent',
      policy('false', '      message: never\n      field: spec.endpoints.nothing\n'),
      ['E350 7:14 never'],
    ],
    [
      'the message that it makes',
      policy('false', '      messageExpression: "object.metadata.name + \'!\'"\n'),
      ['E350 3:19 a!'],
    ],
    [
      'its message where it can make none',
      policy('false', '      message: never\n      messageExpression: object.nothing\n'),
      ['E350 3:19 never'],
    ],
    ['itself where it has no words', policy('1 > 2'), ['E350 3:19 this is not true: 1 > 2']],
    ['a warning', policy('false', '', '  action: warn\n'), ['W350 3:19 this is not true: false']],
    ['that it is none', policy('1 +'), ['E351 18:19 this is no rule: character 3: found + but expecting end of input']],
    [
      'that it cannot be applied',
      policy('object.spec.nothing == 1'),
      ['E351 18:19 this rule cannot be applied: field not found: nothing'],
    ],
    [
      'that it is neither true nor false',
      policy("'yes'"),
      ['E351 18:19 this rule cannot be applied: it is neither true nor false'],
    ],
    ['what is unknown in it', policy('true', '      mesage: x\n'), ['E200 19:7 unknown field `mesage`']],
    [
      'that its kind is hidden',
      policy('true').replace('kind: Policy', 'kind: "Polic\\x79"'),
      ['E122 14:7 write the kind in plain letters: Policy'],
    ],
  ])('says %s', async (_what, rules, expected) => {
    const { found } = await validated([tunnel('a'), rules])

    expect(found).toEqual(expected)
  })

  it('is about the kinds that it names', async () => {
    const spy =
      'apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: spy }\nspec: { role: notify, handler: { builtin: audit-log, file: a.ndjson } }\n'

    expect((await validated([spy, policy('false')])).found).toEqual([])
    expect((await validated([spy, policy('false', '', '  kinds: [KeyManager]\n')])).found).toHaveLength(1)
  })

  it('that warns is answered by a waiver', async () => {
    const waived = tunnel('a').replace(
      'name: a',
      "name: a, waive: [{ code: W350, reason: agreed, until: '2999-01-01' }]",
    )

    expect((await validated([waived, policy('false', '', '  action: warn\n')], '--strict')).code).toBe(0)
  })

  it('points at the cell of what a template has made', async () => {
    const template = `apiVersion: wfpctl/v1alpha1
kind: TunnelTemplate
metadata: { name: t }
spec:
  parameters: { required: [remote], properties: { remote: {} } }
  template:
    metadata: { name: a }
    spec:
      mode: gateway
      keyModule: ikev2
      endpoints: { local: 203.0.113.10, remote: '\${remote}' }
      traffic: { local: [10.1.0.0/16], remote: [10.2.0.0/16] }
      quickMode: { proposals: [{ esp: { aead: aes256gcm } }] }
`
    const rows =
      'apiVersion: wfpctl/v1alpha1\nkind: TunnelInstances\nmetadata: { name: i }\nspec: { template: t, rows: [{ remote: 198.51.100.7 }] }\n'
    const { found } = await validated([
      template,
      rows,
      policy('false', '      message: no\n      field: spec.endpoints.remote\n'),
    ])

    expect(found).toEqual(['E350 18:39 no'])
  })
})

it('stops plan and apply, and keeps a watch at what was good', async () => {
  const bench = workbench()
  const rules = policy("object.spec.quickMode.proposals[0].lifetime.time == '1h'", '      message: an hour at most\n')
  await bench.write('set.yaml', tunnelSet('vpn', 'prune: true'))
  await bench.write('policy.yaml', rules)
  await bench.write('a.yaml', tunnel('a', { set: 'vpn' }))
  expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
  const watch = watching(bench)
  await watch.until(() => isSynced(watch, 1))

  await bench.write('a.yaml', tunnel('a', { set: 'vpn', time: '2h' }))

  await watch.saw('invalid')
  for (const command of ['validate', 'plan', 'apply']) expect((await bench.run(command)).code).toBe(3)
  expect(watch.of('correction')).toEqual([])
  // once more with what is remembered
  expect((await bench.run('plan')).stderr).toContain('an hour at most')
  await bench.write('policy.yaml', rules.replace("'1h'", "'2h'").replace('1h', '2h'))
  await watch.saw('correction')
  expect((await watch.end()).code).toBe(0)
})
