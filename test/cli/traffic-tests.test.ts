/** `wfpctl test`: which way packets go, as people and CI systems read it. */

import { describe, expect, it, vi } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { runPage } from './page.ts'

vi.setConfig({ testTimeout: 120_000 })

const test = (...tests: readonly string[]) =>
  `apiVersion: wfpctl/v1alpha1\nkind: TrafficTest\nmetadata: { name: t }\nspec:\n  tests:\n${tests.map((one) => `    - { ${one} }\n`).join('')}`
const A = 'from: 10.1.1.5, to: 10.2.1.9'

async function tested(manifests: readonly string[], ...args: readonly string[]) {
  const bench = workbench()
  await bench.write('m.yaml', many(...manifests))
  return { bench, ...(await bench.run('test', ...args)) }
}

it('docs/traffic-tests.md shows what happens', async () => {
  expect((await runPage('docs/traffic-tests.md')).blocks).toBeGreaterThan(4)
})

describe('a packet', () => {
  const ports = tunnel('ports', { net: 3 })
    .replace('mode: gateway', 'mode: pointToPoint')
    .replace('10.2.3.0/24] }', '10.2.3.0/24], protocol: tcp, remotePort: 443 }')

  it.each([
    ['goes through its tunnel', [tunnel('a')], `${A}, through: a`],
    ['goes through its tunnel, both ways', [tunnel('a')], 'from: 10.2.1.9, to: 10.1.1.5, through: IPsecTunnel/a'],
    ['goes through none', [tunnel('a')], 'from: 10.1.1.5, to: 10.9.9.9, through: none'],
    ['goes through none where both ends are on one side', [tunnel('a')], 'from: 10.1.1.5, to: 10.1.1.6, through: none'],
    ['of another family goes through none', [tunnel('a')], 'from: "2001:db8::1", to: "2001:db8::2", through: none'],
    ['passes a tunnel that is off', [tunnel('a', { enabled: false })], `${A}, through: none`],
    ['has its port', [ports], 'from: 10.1.3.5, to: 10.2.3.9, protocol: tcp, toPort: 443, through: ports'],
    ['answers from its port', [ports], 'from: 10.2.3.9, to: 10.1.3.5, protocol: 6, fromPort: 443, through: ports'],
    ['has another port', [ports], 'from: 10.1.3.5, to: 10.2.3.9, protocol: tcp, toPort: 80, through: none'],
    ['has another protocol', [ports], 'from: 10.1.3.5, to: 10.2.3.9, protocol: udp, toPort: 443, through: none'],
  ])('%s', async (_what, tunnels, one) => {
    expect(await tested([...tunnels, test(one)])).toMatchObject({ code: 0 })
  })

  it.each([
    [
      'no tunnel',
      [tunnel('a')],
      'from: 10.1.1.5, to: 10.9.9.9, through: a',
      'goes through no tunnel, and must go through IPsecTunnel/a',
    ],
    ['a tunnel', [tunnel('a')], `${A}, through: none`, 'goes through IPsecTunnel/a, and must go through none'],
    [
      'another tunnel',
      [tunnel('a'), tunnel('b', { net: 2 })],
      `${A}, through: b`,
      'goes through IPsecTunnel/a, and must go through IPsecTunnel/b',
    ],
    [
      'one of two',
      [tunnel('a'), tunnel('b')],
      `${A}, through: a`,
      'goes through one of IPsecTunnel/a, IPsecTunnel/b, and must go through IPsecTunnel/a',
    ],
  ])('that goes through %s and must not is a failure, at its line', async (_what, tunnels, one, message) => {
    const { code, stderr, stdout } = await tested([...tunnels, test(one)])

    expect(code).toBe(11)
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/--> m\.yaml:\d+:\d+\n/)
    expect(stdout).toContain('1 test: 0 passed, 1 failed.')
  })

  it.each([
    ['an address that is none', 'from: 10.1.1.500, to: 10.2.1.9, through: a', 'E223'],
    ['a tunnel that is not declared', `${A}, through: b`, 'E341'],
    ['an unknown protocol', `${A}, protocol: gre, through: a`, 'E204'],
    ['a missing field', A, 'E201'],
    ['a network', 'from: 10.1.1.0/24, to: 10.2.1.9, through: a', 'E203'],
  ])('with %s is invalid, and no failure', async (_what, one, finding) => {
    const { code, stderr } = await tested([tunnel('a'), test(one)])

    expect([code, stderr]).toEqual([3, expect.stringContaining(`error[${finding}]`)])
  })

  it('is looked for among the tunnels of its own host', async () => {
    const sets = [tunnelSet('one', 'prune: true, host: HQ-GW01'), tunnelSet('two', 'prune: true, host: HQ-GW02')]
    const tunnels = [tunnel('a', { set: 'one' }), tunnel('b', { set: 'two' })]
    const inSet = test(`${A}, through: b`).replace('name: t', 'name: t, set: two')

    expect((await tested([...sets, ...tunnels, inSet])).code).toBe(0)
    expect((await tested([...sets, ...tunnels, test(`${A}, through: b`)])).code).toBe(11)
  })
})

describe('the answer', () => {
  const both = [
    tunnel('a'),
    test(`name: '<"&> \\u0007', ${A}, through: a`.replace("'<\"&> \\u0007'", '"<\\"&>\\u0007"'), `${A}, through: none`),
  ]

  it('is JUnit XML that holds whatever a name holds', async () => {
    const { code, stdout } = await tested(both, '-o', 'junit')

    expect(code).toBe(11)
    expect(stdout).toContain('<testsuites name="wfpctl test" tests="2" failures="1" errors="0">')
    expect(stdout).toContain('name="&lt;&quot;&amp;&gt;\ufffd"')
    expect(stdout).toContain('file="m.yaml" line="18"')
    expect(stdout).toMatch(
      /<failure message="10\.1\.1\.5 → 10\.2\.1\.9: goes through IPsecTunnel\/a, and must go through none" type="E340">/,
    )
    expect(stdout.match(/<testcase /g)).toHaveLength(2)
  })

  it('is JSON, findings, and nothing to fail where there are no tests', async () => {
    const { bench } = await tested(both)
    const run = async ({ run }: Workbench, format: string) => (await run('test', '-o', format)).stdout

    expect(JSON.parse(await run(bench, 'json'))).toMatchObject({
      tests: [
        { passed: true, found: ['IPsecTunnel/a'] },
        { passed: false, expected: 'none', found: ['IPsecTunnel/a'] },
      ],
      summary: { tests: 2, passed: 1, failed: 1 },
      diagnostics: [{ code: 'E340', file: 'm.yaml' }],
    })
    expect(await run(bench, 'github')).toContain('::error file=m.yaml,')
    expect(await tested([tunnel('a')])).toMatchObject({ code: 0, stdout: '0 tests: 0 passed, 0 failed.\n' })
  })

  it('is taken from a program, too, and changes no plan', async () => {
    const { bench } = await tested(both)
    const { stdout } = await bench.run('render')

    expect((await bench.fed(stdout, 'test', '-')).code).toBe(11)
    expect(await bench.run('apply', '--auto-approve')).toMatchObject({ code: 0 })
    expect((await bench.run('plan', '--detailed-exitcode')).code).toBe(0)
  })
})

it('says that a folder without manifests has none', async () => {
  const bench = workbench()
  await bench.write('.keep', '')

  expect(await bench.run('test')).toMatchObject({ code: 0, stderr: expect.stringContaining('No manifests here') })
})

it('keeps each test on its line, whatever it is called', async () => {
  const { stdout } = await tested([tunnel('a'), test(`${A}, through: a, name: "x\\e[2J\\nFAIL  t: y"`)])

  expect(stdout).toContain('x<U+001B>[2J')
  expect(stdout).not.toMatch(/^FAIL/m)
})
