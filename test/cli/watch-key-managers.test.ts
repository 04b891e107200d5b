/** `watch` and what lives in its sessions: key managers, whose handlers may fail, and an engine that goes away. */

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'
import { isSynced, PROMPT, watching } from './watching.ts'

const keyManager = (name: string, spec: string): string =>
  `apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: ${name}, set: vpn }\nspec: { role: notify, ${spec} }\n`
const audit = (description: string): string =>
  keyManager('audit', `description: ${description}, handler: { builtin: audit-log, file: ../audit.ndjson }`)
const module = (file: string): string => keyManager('agent', `handler: { module: ${file} }`)

/** A set with a tunnel that lets key managers be told. */
async function withTunnel(): Promise<Workbench> {
  const bench = workbench()
  await bench.write('m/set.yaml', tunnelSet('vpn', 'prune: true'))
  await bench.write(
    'm/a.yaml',
    tunnel('a', { set: 'vpn' }).replace('    pfs: dh20\n', '    pfs: dh20\n    keyManagers: { notify: true }\n'),
  )
  return bench
}

const registeredIn = async ({ json }: Workbench): Promise<readonly string[]> =>
  (await json<{ readonly resources: readonly { readonly address: string }[] }>('get', 'KeyManager')).resources.map(
    ({ address }) => address,
  )

describe('watch, with key managers', () => {
  it('tells as an event what a handler does wrong, and nothing else is on stderr', async () => {
    const bench = await withTunnel()
    await bench.write('agent.mjs', "export function keyNotify() { throw new TypeError('secret words') }\n")
    await bench.write('m/agent.yaml', module('../agent.mjs'))
    const watch = watching(bench, 'm')
    await watch.saw('registered')

    await bench.run('sandbox', 'negotiate', 'IPsecTunnel/a')
    const warning = await watch.saw('warning')
    await watch.end()

    expect(warning).toMatchObject({ name: 'KeyManagerWarning', message: expect.stringContaining('KeyManager/agent: ') })
    expect(warning.message).toContain('TypeError')
    expect(watch.stderr()).toBe('')
  })

  it.each([
    ['a module that never finishes loading', 'await new Promise(() => {})\n'],
    ['a module that loops for ever', 'for (;;);\n'],
  ])('goes on with other work beside %s, tells a failure, and ends in time', async (_, source) => {
    const bench = await withTunnel()
    await bench.write('agent.mjs', source)
    await bench.write('m/agent.yaml', module('../agent.mjs'))
    const watch = watching(bench, 'm')
    await watch.saw('correction')

    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    await watch.saw('correction', ({ cause }) => cause === 'drift')
    const failure = await watch.saw('failure')
    const { code, milliseconds } = await watch.end()

    expect(failure).toMatchObject({
      address: 'KeyManager/agent',
      message: expect.stringContaining('has not finished in 10 s'),
    })
    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
  })

  it.each([
    ['that never returns', 'export function keyNotify() { for (;;); }\n'],
    ['whose promise never settles', 'export async function keyNotify() { await new Promise(() => {}) }\n'],
  ])('goes on with other work beside a handler %s, and ends in time', async (_, source) => {
    const bench = await withTunnel()
    await bench.write('agent.mjs', source)
    await bench.write('m/agent.yaml', module('../agent.mjs'))
    const watch = watching(bench, 'm')
    await watch.saw('registered')

    await bench.run('sandbox', 'negotiate', 'IPsecTunnel/a')
    const from = watch.events.length
    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    await watch.saw('correction', ({ cause }) => cause === 'drift', from)
    const { code, milliseconds } = await watch.end()

    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
    expect(await registeredIn(bench)).toEqual([])
  })

  it('tells a failure of a handler that never returns, or of a log that is a pipe, and registers again what is mended', async () => {
    const bench = await withTunnel()
    await bench.write('agent.mjs', 'export function keyNotify() { for (;;); }\n')
    await bench.write('m/agent.yaml', module('../agent.mjs'))
    execFileSync('mkfifo', [join(bench.folder, 'audit.ndjson')])
    await bench.write('m/audit.yaml', audit('one'))
    const watch = watching(bench, 'm')
    await watch.saw('registered', ({ address }) => address === 'KeyManager/agent')
    const pipe = await watch.saw('failure', ({ address }) => address === 'KeyManager/audit')

    await bench.run('sandbox', 'negotiate', 'IPsecTunnel/a')
    const stuck = await watch.saw('failure', ({ address }) => address === 'KeyManager/agent')
    const registered = watch.of('registered').length
    rmSync(join(bench.folder, 'audit.ndjson'))
    await watch.until(() => watch.of('registered').length >= registered + 2)
    const { code, milliseconds } = await watch.end()

    expect(pipe.message).toContain('is not a regular file')
    expect(stuck.message).toContain('keyNotify has not returned in 10 s')
    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
  })

  it('says of a single pass whether a handler that loads slowly was registered, and keeps the events to itself', async () => {
    const bench = workbench()
    const handler = (source: string) => bench.write('m/h.mjs', `${source}\nexport function keyNotify() {}`)
    await bench.write(
      'm/km.yaml',
      `apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: slow }\nspec: { role: notify, handler: { module: ./h.mjs } }\n`,
    )
    const once = async () => {
      const { code, stdout } = await bench.run('watch', 'm', '--once', '-o', 'ndjson')
      return {
        code,
        events: stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).event as string),
      }
    }
    await handler("console.log('loading')\nawait new Promise((done) => setTimeout(done, 1500))")
    const slow = await once()
    expect(slow.events).toContain('registered')
    expect(slow.code).toBe(0)

    await handler('await new Promise((done, fail) => setTimeout(fail, 1500, new Error()))')
    const failed = await once()
    expect(failed.events).toContain('failure')
    expect(failed.code).toBe(7)
  })

  it('opens everything anew when its session was lost: it would be told of nothing any more', async () => {
    const bench = await withTunnel()
    await bench.run('sandbox', 'set', 'fault', 'FwpmTransactionBegin0#6=FWP_E_SESSION_ABORTED')
    const watch = watching(bench, 'm')
    await watch.until(() => isSynced(watch, 1))
    for (let minutes = 20; watch.of('engine-lost').length === 0; minutes++) {
      const passes = watch.of('pass').length
      await bench.write('m/a.yaml', tunnel('a', { set: 'vpn', time: `${minutes}m` }))
      await watch.until(() => watch.of('pass').length > passes)
    }
    await bench.run('sandbox', 'set', 'fault', '')
    const healed = watch.events.indexOf(await watch.saw('healed'))
    await watch.until(() => watch.events.some(({ event }, i) => event === 'pass' && i > healed) && isSynced(watch, 1))

    const { resources } = await appliedTunnel(bench)
    await bench.run('sandbox', 'rm', resources[0]?.key as string)

    await watch.saw('correction', ({ cause }) => cause === 'drift', healed)
    expect((await watch.end()).code).toBe(0)
  })

  it('survives an engine that is away for a while: registers again, and corrects what drifted meanwhile', async () => {
    const bench = await withTunnel()
    await bench.write('agent.mjs', 'export function keyNotify() {}\n')
    await bench.write('m/agent.yaml', module('../agent.mjs'))
    await bench.write('m/audit.yaml', audit('one'))
    const { resources } = await appliedTunnel(bench)
    // the third registration, which the saved file below brings about, finds that the engine has gone
    await bench.run('sandbox', 'set', 'fault', 'IPsecKeyManagerAddAndRegister0#3=RPC_S_SERVER_UNAVAILABLE')
    const watch = watching(bench, 'm')
    await watch.until(() => isSynced(watch, 3))
    expect(await registeredIn(bench)).toEqual(['KeyManager/agent', 'KeyManager/audit'])

    await bench.run('sandbox', 'set', 'fault', 'FwpmEngineOpen0#1=RPC_S_SERVER_UNAVAILABLE')
    const from = watch.events.length
    await bench.write('m/audit.yaml', audit('two'))
    await watch.until(() => watch.of('engine-lost').length >= 3)
    await bench.run('sandbox', 'rm', resources[0]?.key as string)
    await bench.run('sandbox', 'set', 'fault', '')
    const healed = watch.events.indexOf(await watch.saw('healed'))
    await watch.saw('pass', undefined, healed)
    // a thread that starts may take longer than a pass waits for it
    await watch.until(() => watch.events.slice(from).filter(({ event }) => event === 'registered').length === 2)
    await watch.until(() => isSynced(watch, 3))

    const lost = watch.of('engine-lost')
    expect(lost.every(({ message }) => String(message).includes('RPC_S_SERVER_UNAVAILABLE'))).toBe(true)
    const after = watch.events.slice(from)
    const registered = after.filter(({ event }) => event === 'registered').map(({ address }) => address)
    expect(registered.sort()).toEqual(['KeyManager/agent', 'KeyManager/audit'])
    expect(after.filter(({ event }) => event === 'correction')).toMatchObject([
      { address: 'IPsecTunnel/a', action: 'create', cause: 'drift' },
    ])
    expect(isSynced(watch, 3)).toBe(true)
    expect(await registeredIn(bench)).toEqual(['KeyManager/agent', 'KeyManager/audit'])
    expect((await watch.end()).code).toBe(0)
  })
})

async function appliedTunnel(bench: Workbench) {
  await bench.run('apply', 'm', '--auto-approve')
  return bench.json<{ readonly resources: readonly { readonly key: string }[] }>('get', 'IPsecTunnel')
}
