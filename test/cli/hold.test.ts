/** `apply --hold`: key managers live in the process that holds them, and are called there when tunnels come up. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel } from './manifests.ts'

const HOLDING = 'Holding key managers'
const keyManager = (name: string, spec: string): string =>
  `apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`
const AUDIT = keyManager('sa-audit', 'role: notify, handler: { builtin: audit-log, file: ./sa-audit.ndjson }')
/** A tunnel that lets key managers be told, and dictate. */
const watched = (name: string): string =>
  tunnel(name)
    .replace('keyModule: ikev2', 'keyModule: authip')
    .replace('    pfs: dh20\n', '    pfs: dh20\n    keyManagers: { notify: true, dictate: true }\n')

interface Negotiated {
  readonly negotiations: readonly {
    readonly dictatedBy: string | null
    readonly generated: boolean
    readonly notified: readonly string[]
  }[]
}

async function holding(bench: Workbench, ...files: readonly (readonly [string, string])[]) {
  for (const [path, text] of files) await bench.write(path, text)
  const held = bench.start({}, 'apply', '--auto-approve', '--hold')
  await held.printed(HOLDING)
  return held
}
const keyManagersIn = async ({ json }: Workbench): Promise<readonly unknown[]> =>
  (await json<{ readonly resources: readonly { readonly kind: string }[] }>('get', '--all')).resources.filter(
    ({ kind }) => kind === 'KeyManager',
  )
const negotiate = (bench: Workbench): Promise<Negotiated> =>
  bench.json<Negotiated>('sandbox', 'negotiate', 'IPsecTunnel/a')

describe('apply --hold', () => {
  it('registers, audits what is negotiated, and unregisters at the interrupt', async () => {
    const bench = workbench()
    const held = await holding(bench, ['a.yaml', many(watched('a'), AUDIT)])
    expect(await keyManagersIn(bench)).toHaveLength(1)

    const { negotiations } = await negotiate(bench)
    expect(negotiations).toMatchObject([{ dictatedBy: null, notified: [expect.any(String)] }])
    held.kill('SIGINT')
    const { code, stderr } = await held.done

    expect(code, stderr).toBe(0)
    expect(await keyManagersIn(bench)).toEqual([])
    const lines = readFileSync(join(bench.folder, 'sa-audit.ndjson'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        event: 'keysInUse',
        keyManager: 'KeyManager/sa-audit',
        inbound: { local: '203.0.113.10', remote: '198.51.100.1' },
      },
    ])
  })

  it('is not told of a tunnel that allows no key managers', async () => {
    const bench = workbench()
    const held = await holding(bench, ['a.yaml', many(tunnel('a'), AUDIT)])

    const { negotiations } = await negotiate(bench)
    held.kill('SIGINT')
    await held.done

    expect(negotiations).toMatchObject([{ notified: [] }])
    expect(readFileSync(join(bench.folder, 'sa-audit.ndjson'), 'utf8')).toBe('')
  })

  it('leaves no registration behind when it is killed', async () => {
    const bench = workbench()
    const held = await holding(bench, ['a.yaml', many(watched('a'), AUDIT)])

    held.kill('SIGKILL')
    await held.done

    expect(await keyManagersIn(bench)).toEqual([])
  })

  it('lets a module dictate keys, and makes random ones when it fails', async () => {
    const bench = workbench()
    const tia = (body: string): string => `
      export const keyNotify = () => {}
      export const keyDictationCheck = () => ({ willDictate: true, weight: 1 })
      export function keyDictation({ inbound, outbound }) { ${body} }`
    const make = `const make = (sa) => sa.keySizes.map(({ authKey, cipherKey }) => ({
        authKey: new Uint8Array(authKey).fill(7), cipherKey: new Uint8Array(cipherKey).fill(8) }));
      return { inbound: make(inbound), outbound: make(outbound) }`
    const manifest = keyManager('tia', 'role: dictate, dictationTimeout: 2s, handler: { module: ./tia.mjs }')
    const good = await holding(bench, ['tia.mjs', tia(make)], ['a.yaml', many(watched('a'), manifest)])
    expect((await negotiate(bench)).negotiations).toMatchObject([{ dictatedBy: expect.any(String), generated: false }])
    good.kill('SIGINT')
    await good.done

    const bad = await holding(bench, ['tia.mjs', tia("throw new Error('key 0707070707')")])
    expect((await negotiate(bench)).negotiations).toMatchObject([{ dictatedBy: expect.any(String), generated: true }])
    bad.kill('SIGINT')
    const { stderr } = await bad.done

    expect(stderr).toMatch(/KeyManagerWarning: KeyManager\/tia: keyDictation failed: Error at .*tia\.mjs/)
    expect(stderr).not.toContain('0707')
  })

  it('ends with 7 and a frame when the engine refuses a key manager; the tunnels stand', async () => {
    const bench = workbench()
    await bench.run('sandbox', 'set', 'integrity', 'fail')
    await bench.write('a.yaml', many(watched('a'), AUDIT))

    const { code, stderr, stdout } = await bench.run('apply', '--auto-approve', '--hold')

    expect(code).toBe(7)
    expect(stdout).toContain('applied 1 change')
    expect(stderr).toContain('error[E413]: the engine refused KeyManager/sa-audit')
    expect(stderr).toContain('SEC_E_CANNOT_INSTALL')
    expect(stderr).toMatch(/--> a\.yaml:\d+:1/)
  })

  it('asks the engine nothing for a module that lacks an export: 7, and a frame at the module', async () => {
    const bench = workbench()
    await bench.write('tia.mjs', 'export const keyNotify = () => {}\n')
    await bench.write('a.yaml', keyManager('tia', 'role: dictate, handler: { module: ./tia.mjs }'))

    const { code, stderr } = await bench.run('apply', '--auto-approve', '--hold')

    expect(code).toBe(7)
    expect(stderr).toContain('error[E414]: ./tia.mjs exports no function `keyDictationCheck`, `keyDictation`')
    expect(stderr).toContain('--> a.yaml:4:')
    expect(stderr).toContain('the engine was not asked')
    expect(existsSync(join(bench.folder, 'sa-audit.ndjson'))).toBe(false)
  })
})
