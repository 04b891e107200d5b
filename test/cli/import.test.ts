/** `import` through the built program: docs/import.md is run, and what was imported is applied. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it, vi } from 'vitest'
import { type Workbench, workbench } from './harness.ts'

vi.setConfig({ testTimeout: 120_000 })

const FIXTURES = resolve('test/fixtures/import')
const fixture = (name: string): string => join(FIXTURES, name)

const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } })
const schemaOf = (name: string) => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))
ajv.addSchema(schemaOf('watch-event'))
const isAnswer = ajv.compile(schemaOf('import-output'))

interface Answer {
  readonly manifests?: readonly object[]
  readonly entries?: readonly { readonly outcome: string }[]
  readonly summary?: { readonly carried: number; readonly changed: number; readonly notCarried: number }
  readonly diagnostics: readonly { readonly code: string; readonly line: number; readonly column: number }[]
}

async function answer({ json }: Workbench, ...args: string[]): Promise<Answer> {
  const said = await json<Answer>('import', ...args)
  expect(isAnswer(said), ajv.errorsText(isAnswer.errors)).toBe(true)
  return said
}

describe('docs/import.md', () => {
  const page = readFileSync('docs/import.md', 'utf8')
  const [, conf = ''] = /^```conf file=swanctl\.conf\n([\s\S]*?)^```$/m.exec(page) ?? []
  const blocks = [...page.matchAll(/^```console\n\$ wfpctl ([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => match.slice(1))

  it('shows what happens', async () => {
    const { write, run } = workbench()
    await write('swanctl.conf', conf)
    expect(blocks.length).toBe(2)

    for (const [command = '', shown] of blocks) {
      const ran = await run(...command.split(' '))
      expect([command, ran.code, ran.stdout]).toEqual([command, 0, shown])
    }
  })
})

describe('import', () => {
  it.each([
    ['netipsec', 'firewall.json'],
    ['netipsec', 'rules.ps1'],
    ['netipsec', 'rules.cmd'],
    ['swanctl', 'swanctl.conf'],
  ] as const)('of %s %s is what can be applied, and stands', async (tool, name) => {
    const { folder, run, runWith } = workbench()

    const ran = await run('import', tool, fixture(name), '--out', 'gw', '--set', 'moved')
    const env = Object.fromEntries(keysIn(join(folder, 'gw')).map((key) => [key, 'correct horse battery staple']))
    const applied = await runWith(env, 'apply', '--auto-approve', 'gw')
    const planned = await runWith(env, 'plan', '--detailed-exitcode', 'gw')

    expect([ran.code, applied.code, applied.stderr]).toEqual([0, 0, expect.not.stringContaining('error')])
    expect(planned.code).toBe(0)
    expect(ran.stdout).toMatch(/^Wrote gw\/moved\.set\.yaml\n/)
    expect(ran.stdout + ran.stderr).not.toContain('S3cret')
  })

  it('answers in JSON as its schema says, whether it could or not', async () => {
    const bench = workbench()
    await bench.write('broken.json', '{ "format": ')

    const said = await answer(bench, 'netipsec', fixture('firewall.json'), '--out', 'gw')
    const refused = await answer(bench, 'netipsec', 'broken.json')

    const { carried, changed, notCarried } = said.summary!
    expect(said.entries?.length).toBe(carried + changed + notCarried)
    expect(said.diagnostics.map(({ code }) => code)).toEqual(['W160', 'W160'])
    expect(refused.diagnostics).toMatchObject([{ code: 'E160', line: 1, column: 12 }])
    expect(refused.manifests).toBeUndefined()
  })

  it('reads what Windows PowerShell redirected into a file', async () => {
    const { folder, write, run } = workbench()
    await write('.keep', '')
    const text = `\ufeff${readFileSync(fixture('rules.cmd'), 'utf8').replaceAll('\n', '\r\n')}`
    writeFileSync(join(folder, 'rules.cmd'), Buffer.from(text, 'utf16le'))

    const ran = await run('import', 'netipsec', 'rules.cmd')

    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('3 tunnels, 0 left out')])
  })

  it('leaves alone what stands where it would write', async () => {
    const { folder, write, run } = workbench()
    await write('gw/dallas.yaml', 'mine\n')

    const ran = await run('import', 'swanctl', fixture('swanctl.conf'), '--out', 'gw')

    expect([ran.code, ran.stderr]).toEqual([64, expect.stringContaining('gw/dallas.yaml is there already')])
    expect(readdirSync(join(folder, 'gw'))).toEqual(['dallas.yaml'])
    expect(readFileSync(join(folder, 'gw/dallas.yaml'), 'utf8')).toBe('mine\n')
  })

  it('keeps a set and a tunnel of one name apart', async () => {
    const { folder, run } = workbench()

    const ran = await run('import', 'swanctl', fixture('swanctl.conf'), '--out', 'gw', '--set', 'dallas')

    expect(ran.code).toBe(0)
    expect(readdirSync(join(folder, 'gw'))).toEqual(expect.arrayContaining(['dallas.set.yaml', 'dallas.yaml']))
    expect((await run('validate', 'gw')).code).toBe(0)
  })

  it('makes no file and no directory of nothing', async () => {
    const { folder, write, run } = workbench()
    await write('empty.conf', 'connections { }\n')

    expect(await run('import', 'swanctl', 'empty.conf', '--out', 'gw')).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('Wrote'),
    })
    expect((await run('import', 'swanctl', 'empty.conf', '--out', 'all.yaml')).code).toBe(0)
    expect(readdirSync(folder)).toEqual(['empty.conf'])
  })

  it.each([
    ['in which nothing can be made', '/proc/none/gw', 'cannot write /proc/none/gw: ENOENT'],
    ['below a file', 'a.conf/gw', 'cannot write a.conf/gw: ENOTDIR'],
    ['below a device', '/dev/null/gw', 'cannot write /dev/null/gw: ENOTDIR'],
  ])('says that it cannot write to a place %s', async (_what, out, said) => {
    const { write, run } = workbench()
    await write('a.conf', readFileSync(fixture('swanctl.conf'), 'utf8').replace(/^include.*$/m, ''))

    const ran = await run('import', 'swanctl', 'a.conf', '--out', out)

    expect([ran.code, ran.stderr]).toEqual([64, expect.stringContaining(said)])
  })

  it('keeps every value of its report on its line', async () => {
    const { write, run } = workbench()
    const named = readFileSync(fixture('firewall.json'), 'utf8').replace(
      /"DisplayName": "/,
      '"DisplayName": "\\u001b[2J\\r\\nWrote /etc/passwd\\u202e',
    )
    await write('a\u001b[2J.json', named)

    const { code, stdout, stderr } = await run('import', 'netipsec', 'a\u001b[2J.json', '-o', 'human')

    expect(code).toBe(0)
    expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
    expect(stdout).not.toMatch(/^Wrote/m)
  })

  it('reads nothing that lies elsewhere', async () => {
    const { write, run } = workbench()
    await write('outside.conf', 'connections { }\n')
    await write('inside/swanctl.conf', 'include ../outside.conf\n')

    const ran = await run('import', 'swanctl', 'inside/swanctl.conf')

    expect([ran.code, ran.stderr]).toEqual([3, expect.stringContaining('it lies outside of the directory of the file')])
    expect(ran.stderr).toContain('inside/swanctl.conf:1:1')
  })

  it('says what it cannot do, and how it is said', async () => {
    const { write, run } = workbench()
    await write('a.json', '{}')

    const [tool, fill, empty, unnamed, missing, strict] = await Promise.all([
      run('import', 'cisco', 'a.json'),
      run('import', 'azure', 'a.json', '--fill', 'quickMode.pfs=dh14'),
      run('import', 'azure', 'a.json', '--fill', 'endpoints.local='),
      run('import', 'azure', 'a.json', '--set', 'A B'),
      run('import', 'azure', 'b.json'),
      run('import', 'netipsec', fixture('firewall.json'), '--strict'),
    ])

    expect([tool.code, tool.stderr]).toEqual([
      64,
      'wfpctl: cisco cannot be imported from; there are netipsec, swanctl, azure\n',
    ])
    expect([fill.code, fill.stderr]).toEqual([64, expect.stringContaining('--fill quickMode.pfs is not FIELD=VALUE')])
    expect([empty.code, empty.stderr]).toEqual([64, expect.stringContaining('endpoints.local= is not FIELD=VALUE')])
    expect([unnamed.code, unnamed.stderr]).toEqual([64, expect.stringContaining('A B is not the name of a set')])
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('error[E101]')])
    expect([strict.code, strict.stdout]).toEqual([3, ''])
  })
})

describe('explain', () => {
  it.each(['IPsecTunnel.constructor', 'IPsecTunnel.spec.toString', 'IPsecTunnel.__proto__.x', 'constructor'])(
    'knows no %s, which every object has',
    async (asked) => {
      const { code, stdout, stderr } = await workbench().run('explain', asked)

      expect([code, stdout, stderr]).toEqual([64, '', expect.stringMatching(/has no field|unknown kind/)])
    },
  )

  it('says what a word of another tool becomes', async () => {
    const { run, json } = workbench()

    const [one, many] = await Promise.all([run('explain', 'rightsubnet'), run('explain', 'MainModeCryptoSet')])
    const { meanings } = await json<{ meanings: readonly { field: string }[] }>('explain', 'IkeEncryption')
    const unknown = await run('explain', 'leftsubnt')

    expect([one.code, one.stdout]).toEqual([
      0,
      'WORD:      rightsubnet\nOF:        ipsec.conf, conn\nFIELD:     IPsecTunnel.spec.traffic.remote\n  the networks on the other side\n',
    ])
    expect(many.stdout.match(/^WORD:/gm)?.length).toBe(3)
    expect(meanings[0]?.field).toBe('spec.mainMode.proposals.encryption')
    expect([unknown.code, unknown.stderr]).toEqual([64, expect.stringContaining('docs/words.md')])
  })
})

/** The variables that the manifests of a folder name. */
function keysIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap(
    (name) => readFileSync(join(folder, name), 'utf8').match(/\b[A-Z0-9_]+_PSK\b/g) ?? [],
  )
}
