/** Templates, values of a host, and manifests from a program, as somebody uses them. */

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { runPage } from './page.ts'
import { remote } from './remote.ts'
import { isSynced, watching } from './watching.ts'

// a story starts up to twenty processes
vi.setConfig({ testTimeout: 180_000 })

const TEMPLATE = `apiVersion: wfpctl/v1alpha1
kind: TunnelTemplate
metadata: { name: branch }
spec:
  parameters:
    required: [site, net]
    properties:
      site: { type: string }
      net: { type: integer }
      local: { type: string, default: 203.0.113.10 }
      time: { type: string, default: 1h }
  template:
    metadata: { name: 'hq-\${site}', labels: { site: '\${site}' } }
    spec:
      mode: gateway
      keyModule: ikev2
      endpoints: { local: '\${local}', remote: '198.51.100.\${net}' }
      traffic: { local: [10.1.0.0/16], remote: ['10.\${net}.0.0/16'] }
      quickMode: { proposals: [{ esp: { aead: aes256gcm }, lifetime: { time: '\${time}' } }] }
`
const instances = (rows: string, set = 'vpn') =>
  `apiVersion: wfpctl/v1alpha1\nkind: TunnelInstances\nmetadata: { name: branches, set: ${set} }\nspec: { template: branch, ${rows} }\n`
const SET = tunnelSet('vpn', 'prune: true')
const csv = (...sites: readonly string[]) => `site,net,time\n${sites.map((site, i) => `${site},${i + 2},\n`).join('')}`
const APPLY = ['apply', '--auto-approve'] as const

interface PlanAnswer {
  readonly sets: readonly {
    readonly digest: string
    readonly changes: readonly { action: string; address: string; source?: { file: string; line: number } }[]
  }[]
}

/** A tree with a set, a template and a table, applied. */
async function tree(...sites: readonly string[]): Promise<Workbench> {
  const bench = workbench()
  await bench.write('gw/set.yaml', SET)
  await bench.write('gw/branch.yaml', TEMPLATE)
  await bench.write('gw/branches.yaml', instances('file: tables/branches.csv'))
  await bench.write('gw/tables/branches.csv', csv(...sites))
  expect(await bench.run(...APPLY, 'gw')).toMatchObject({ code: 0, stderr: '' })
  return bench
}

async function changes({ json }: Workbench, ...args: readonly string[]): Promise<string[]> {
  const { sets } = await json<PlanAnswer>('plan', ...args)
  return sets.flatMap((set) =>
    set.changes.map(
      ({ action, address, source }) => `${action} ${address}${source?.line ? ` ${source.file}:${source.line}` : ''}`,
    ),
  )
}

it('docs/templates.md shows what happens', async () => {
  const { blocks, bench } = await runPage('docs/templates.md')

  expect(blocks).toBeGreaterThan(8)
  expect((await bench.run('plan')).code).toBe(0)
})

describe('a table', () => {
  it('is applied, and each change of a row is a change of its tunnel', async () => {
    const bench = await tree('dallas', 'paris', 'rome')
    expect(await changes(bench, 'gw')).toEqual([])

    await bench.write(
      'gw/tables/branches.csv',
      csv('dallas', 'paris', 'rome', 'oslo').replace('paris,3,', 'paris,3,30m').replace('rome,4,\n', ''),
    )

    expect(await changes(bench, 'gw')).toEqual([
      'delete IPsecTunnel/hq-rome',
      'replace IPsecTunnel/hq-paris gw/tables/branches.csv:3',
      'create IPsecTunnel/hq-oslo gw/tables/branches.csv:4',
    ])
    expect(await changes(bench, 'gw', '-l', 'site=oslo')).toEqual([
      'create IPsecTunnel/hq-oslo gw/tables/branches.csv:4',
    ])
    expect(await changes(bench, 'gw', '--target', 'IPsecTunnel/hq-paris')).toEqual([
      'replace IPsecTunnel/hq-paris gw/tables/branches.csv:3',
    ])
    expect((await bench.run(...APPLY, 'gw')).code).toBe(0)
    expect((await bench.run('drift', 'gw')).code).toBe(0)
    expect(await changes(bench, 'gw')).toEqual([])
  })

  it('gives the tunnels that manifests by hand gave: taking up a template changes nothing', async () => {
    const bench = workbench()
    await bench.write('vpn.yaml', many(SET, tunnel('hq-dallas', { set: 'vpn', net: 2 })))
    const rendered = async () => JSON.parse((await bench.run('render', '-o', 'json')).stdout) as { spec: object }[]
    const [, byHand] = await rendered()
    expect((await bench.run(...APPLY)).code).toBe(0)
    const spec = JSON.stringify(byHand!.spec).replace('10.2.2.0/24', '10.2.${net}.0/24')
    const template = {
      parameters: { properties: { net: {} } },
      template: { metadata: { name: 'hq-${site}' }, spec: JSON.parse(spec) },
    }
    const parameters = { required: ['net', 'site'], properties: { net: { type: 'integer' }, site: { type: 'string' } } }

    await bench.write(
      'vpn.yaml',
      many(
        SET,
        `${JSON.stringify({
          apiVersion: 'wfpctl/v1alpha1',
          kind: 'TunnelTemplate',
          metadata: { name: 'branch' },
          spec: { ...template, parameters },
        })}\n`,
        instances('rows: [{ site: dallas, net: 2 }]'),
      ),
    )

    expect(await changes(bench)).toEqual([])
    expect((await rendered())[1]).toEqual({ ...byHand, metadata: { name: 'hq-dallas', set: 'vpn' } })
  })

  it.each([
    ['that is not there', async () => {}, 'gw/tables/branches.csv does not exist'],
    ['that is a directory', async (at: string) => void mkdirSync(at), 'gw/tables/branches.csv is not a regular file'],
    [
      'that leads out of the tree',
      async (at: string) => {
        writeFileSync(join(at, '../../../outside.csv'), csv('x'))
        symlinkSync('../../outside.csv', at)
      },
      'gw/tables/branches.csv lies outside of the tree that its manifest stands in, or in a hidden directory',
    ],
    [
      'that is UTF-16',
      async (at: string) => writeFileSync(at, Buffer.from(`\ufeff${csv('x')}`, 'utf16le')),
      'gw/tables/branches.csv is UTF-16',
    ],
  ])('%s is an error where it is named', async (_what, make, message) => {
    const bench = await tree('dallas')
    const at = join(bench.folder, 'gw/tables/branches.csv')
    rmSync(at)
    await make(at)

    const { code, stderr } = await bench.run('plan', 'gw')

    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining(`error[E143]: ${message}\n --> gw/branches.yaml:4:33\n`),
    ])
  })

  it('beside a single manifest is read with it; above it, not', async () => {
    const bench = await tree('dallas')
    await bench.write('gw/branches.yaml', instances('file: ../elsewhere.csv'))
    await bench.write('elsewhere.csv', csv('dallas'))

    expect((await bench.run('plan', 'gw')).stderr).toContain('elsewhere.csv lies outside of the tree')
    expect((await bench.run('plan', '.')).code).toBe(0)
  })

  it('of YAML is no manifest', async () => {
    const bench = await tree('dallas')
    await bench.write('gw/branches.yaml', instances('file: tables/branches.yaml'))
    await bench.write('gw/tables/branches.yaml', '- { site: dallas, net: 2 }\n')

    expect(await bench.run('plan', 'gw')).toMatchObject({ code: 0, stderr: '' })
  })

  it('is read from a commit', async () => {
    const { bench, commit, args } = remote()
    commit({
      'gw/branch.yaml': TEMPLATE,
      'gw/branches.yaml': instances('file: branches.csv'),
      'gw/branches.csv': csv('dallas'),
    })
    expect(await changes(bench, ...args)).toContain('create IPsecTunnel/hq-dallas gw/branches.csv:2')

    commit({ 'gw/branches.yaml': instances('file: ../elsewhere/b.csv'), 'elsewhere/b.csv': csv('paris') })
    expect((await bench.run('plan', ...args)).stderr).toContain('elsewhere/b.csv lies outside of the tree')
  })
})

describe('what is rendered', () => {
  it('plans as its tree: the same digests, as YAML and as JSON', async () => {
    const bench = workbench()
    await bench.write('set.yaml', SET)
    await bench.write('branch.yaml', TEMPLATE)
    await bench.write(
      'all.yaml',
      many(instances('file: t/b.csv'), tunnelSet('other', 'prune: false'), tunnel('more', { set: 'other', net: 9 })),
    )
    await bench.write('t/b.csv', csv('dallas', 'paris'))
    expect((await bench.run(...APPLY)).code).toBe(0)
    await bench.write('t/b.csv', csv('dallas', 'oslo'))
    const digests = ({ sets }: PlanAnswer) => sets.map(({ digest }) => digest)
    const expected = digests(await bench.json<PlanAnswer>('plan'))

    for (const format of [[], ['-o', 'json']]) {
      const { stdout, code } = await bench.run('render', ...format)
      expect(code).toBe(0)
      const planned = await bench.fed(stdout, 'plan', '-', '--whole', '-o', 'json')
      expect(digests(JSON.parse(planned.stdout))).toEqual(expected)
    }
  })

  it('finds the files that its tree names, from where the command runs', async () => {
    const bench = workbench()
    const secret = tunnel('hq').replace(
      'quickMode:',
      'mainMode: { authentication: [{ presharedKey: { file: keys/hq } }] }\n  quickMode:',
    )
    await bench.write('gw/hq.yaml', secret)

    const [manifest] = JSON.parse((await bench.run('render', '-o', 'json')).stdout)

    expect(manifest.spec.mainMode.authentication).toEqual([{ presharedKey: { file: 'gw/keys/hq' } }])
  })

  it('is nothing where the tree is wrong', async () => {
    const bench = await tree('dallas')
    await bench.write('gw/tables/branches.csv', 'site,net\ndallas,x\n')

    expect(await bench.run('render', 'gw')).toMatchObject({ code: 3, stdout: '' })
  })
})

describe('standard input', () => {
  it('is planned as single files are: what was applied from elsewhere is not pruned without --whole', async () => {
    const bench = await tree('dallas', 'paris')
    const manifests = many(SET, tunnel('new', { set: 'vpn', net: 9 }))

    const partial = JSON.parse((await bench.fed(manifests, 'plan', '-', '-o', 'json')).stdout) as PlanAnswer
    const whole = JSON.parse(
      (await bench.fed(manifests, 'plan', '-', '--whole', '--take-over', '-o', 'json')).stdout,
    ) as PlanAnswer

    expect(partial.sets[0]!.changes.map(({ action }) => action)).toEqual(['create'])
    expect(whole.sets[0]!.changes.map(({ action }) => action)).toEqual(['delete', 'delete', 'create'])
    expect((await bench.fed(manifests, ...APPLY, '-')).code).toBe(0)
    expect((await bench.fed(manifests, 'plan', '-', '--detailed-exitcode')).code).toBe(0)
  })

  it.each([
    ['YAML', (documents: readonly string[]) => documents.join('---\n')],
    ['a JSON list', (documents: readonly string[]) => `[${documents.join(',\n')}]\n`],
    ['JSON, one after the other', (documents: readonly string[]) => documents.join('\n')],
    [
      'JSON, a line each',
      (documents: readonly string[]) => documents.map((one) => JSON.stringify(JSON.parse(one))).join('\n'),
    ],
  ])('may be %s, and findings have their places', async (form, join) => {
    const { run, fed, write } = workbench()
    await write('m.yaml', many(tunnel('a', { net: 1 }), tunnel('b', { net: 2 })))
    const documents = (JSON.parse((await run('render', '-o', 'json')).stdout) as object[]).map((one) =>
      JSON.stringify(one, null, 2),
    )
    const text = join(form === 'YAML' ? documents.map((one) => `${one}\n`) : documents)

    expect((await fed(text, 'validate', '-')).stdout).toBe('Valid: 2 resources in 1 file.\n')
    const broken = text.replace('10.2.2.0/24', '10.2.2.0/99')
    const { stderr } = await fed(broken, 'validate', '-')
    const before = broken.slice(0, broken.indexOf('10.2.2.0/99') - 1).split('\n')
    expect(stderr).toContain(`--> <stdin>:${before.length}:${before.at(-1)!.length + 1}\n`)
  })

  it.each([
    ['nothing', ''],
    ['comments', '# nothing\n'],
  ])('may hold %s', async (_what, text) => {
    const { fed } = workbench()

    expect((await fed(text, 'validate', '-')).code).toBe(0)
  })

  it.each([
    ['JSON that is broken off', '[{"apiVersion": "wfpctl/v1alpha1"', 3],
    ['what is no text', 'a\0b', 3],
  ])('is an error for %s', async (_what, text, code) => {
    expect((await workbench().fed(text, 'validate', '-')).code).toBe(code)
  })

  it('is nothing that can be watched', async () => {
    expect(await workbench().run('watch', '-')).toMatchObject({ code: 64 })
  })
})

describe('--values', () => {
  const localOf = async ({ run }: Workbench, ...args: readonly string[]) => {
    const [manifest] = JSON.parse((await run('render', 'gw', '-o', 'json', '-l', 'site=dallas', ...args)).stdout).slice(
      -1,
    )
    return manifest.spec.endpoints.local
  }

  it('belongs to a saved plan, from whatever directory', async () => {
    const bench = await tree('dallas')
    await bench.write('host.values', 'local: 203.0.113.77\n')
    expect(await localOf(bench)).toBe('203.0.113.10')
    expect(await localOf(bench, '--values', 'host.values')).toBe('203.0.113.77')
    expect((await bench.run('plan', 'gw', '--values', 'host.values', '--out', 'p.json')).code).toBe(0)
    expect((await bench.run('apply', '--plan', 'p.json', '--auto-approve')).code).toBe(0)
    expect(await changes(bench, 'gw', '--values', 'host.values')).toEqual([])

    await bench.write('host.values', 'local: 203.0.113.78\n')
    expect((await bench.run('plan', 'gw', '--values', 'host.values', '--out', 'p.json')).code).toBe(0)
    await bench.write('host.values', 'local: 203.0.113.79\n')
    expect((await bench.run('apply', '--plan', 'p.json', '--auto-approve')).code).toBe(8)
  })

  it.each([
    ['is not there', undefined, 'error[E101]: host.values does not exist'],
    ['is wrong', 'local: 203.0.113.777\n', '--> host.values:1:8'],
  ])('is an error where the file %s', async (_what, text, message) => {
    const bench = await tree('dallas')
    if (text !== undefined) await bench.write('host.values', text)

    const { code, stderr } = await bench.run('plan', 'gw', '--values', 'host.values')

    expect([code, stderr]).toEqual([3, expect.stringContaining(message)])
  })
})

describe('watch', () => {
  const replacedIn = (watch: ReturnType<typeof watching>, from: number, name: string) =>
    watch.saw('correction', ({ address }) => address === `IPsecTunnel/${name}`, from)

  it('notices a changed table, a table that is exchanged, a changed template, and changed values', async () => {
    const bench = await tree('dallas', 'paris')
    await bench.write('host.values', 'time: 1h\n')
    const watch = watching(bench, 'gw', '--values', 'host.values')
    await watch.until(() => isSynced(watch, 2))

    for (const [path, text, name] of [
      ['gw/tables/branches.csv', csv('dallas', 'paris').replace('paris,3,', 'paris,3,30m'), 'hq-paris'],
      ['host.values', 'time: 2h\n', 'hq-dallas'],
      ['gw/branch.yaml', TEMPLATE.replace('mode: gateway', 'mode: gateway\n      virtualInterface: true'), 'hq-paris'],
    ] as const) {
      const from = watch.events.length
      await bench.write(`${path}.tmp`, text)
      renameSync(join(bench.folder, `${path}.tmp`), join(bench.folder, path))
      await replacedIn(watch, from, name)
      await watch.until(() => isSynced(watch, 2))
    }
    expect(watch.of('correction').filter(({ action }) => action === 'delete')).toEqual([])
    expect((await watch.end()).code).toBe(0)
  })

  it('keeps the tunnels of a table that is half written, or gone', async () => {
    const bench = await tree('dallas', 'paris')
    const at = join(bench.folder, 'gw/tables/branches.csv')
    const watch = watching(bench, 'gw')
    await watch.until(() => isSynced(watch, 2))

    writeFileSync(at, '')
    await watch.saw('invalid')
    rmSync(at)
    const from = watch.events.length
    await watch.saw('invalid', undefined, from)
    writeFileSync(at, csv('dallas', 'paris'))
    await watch.until(() => isSynced(watch, 2))

    expect(watch.of('correction')).toEqual([])
    expect((await watch.end()).code).toBe(0)
  })

  it('notices the table of a single manifest', async () => {
    const bench = workbench()
    await bench.write('all.yaml', many(SET, TEMPLATE, instances('file: t/branches.csv')))
    await bench.write('t/branches.csv', csv('dallas'))
    const watch = watching(bench, 'all.yaml')
    await watch.until(() => isSynced(watch, 1))

    await bench.write('t/branches.csv', csv('dallas', 'paris'))

    await watch.until(() => isSynced(watch, 2))
    expect((await watch.end()).code).toBe(0)
  })
})
