/** What others may do to a running watch: it says what is wrong, goes on healing everything else at once, and ends when it is told to. */

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Guid } from '../../src/base/json.ts'
import { tunnelKeyOf } from '../../src/kinds/keys.ts'
import { providerKeyOf, recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { addGeneralContext, contextByKey, dataOf, deleteContext } from '../../src/providers/wfp/engine/contexts.ts'
import { openSandbox } from '../../src/providers/wfp/sandbox/library.ts'
import { asAdministrator } from '../laws/administrator.ts'
import { workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'
import { remote } from './remote.ts'
import { isSynced, PROMPT, type Watching, watching, watchingWith } from './watching.ts'

/** A tunnel that somebody deletes is back long before the next resync, and the end comes at once. */
async function goesOnAndEnds(watch: Watching, remove: () => Promise<unknown>): Promise<void> {
  const from = watch.events.length
  await remove()
  await watch.saw('correction', ({ cause }) => cause === 'drift', from)
  const resyncs = watch.events
    .slice(from)
    .filter(({ event, triggers }) => event === 'pass' && String(triggers) === 'resync')
  const { code, milliseconds } = await watch.end()

  expect(resyncs).toEqual([])
  expect(code).toBe(0)
  expect(milliseconds).toBeLessThan(PROMPT)
}

type Record = { readonly [field: string]: unknown }
/** What stands as the record of tunnel `a`, or as one that claims to be. */
const RECORDS: { readonly [what: string]: (record: Record) => readonly [key: Guid, content: string] } = {
  stray: (record) => [recordKeyOf(STRAY), JSON.stringify({ ...record, key: STRAY, name: 'z' })],
  'garbled, of no JSON': () => [recordKeyOf(A), 'garbled {'],
  'garbled, of the wrong types': (record) => [recordKeyOf(A), JSON.stringify({ ...record, secrets: 7, source: null })],
  'forged, of the key of another': (record) => [
    recordKeyOf(A),
    JSON.stringify({ ...record, key: tunnelKeyOf('lab', 'c0') }),
  ],
  'forged, of the address of another': (record) => [
    recordKeyOf(STRAY),
    JSON.stringify({ ...record, key: STRAY, name: 'c0', set: 'lab' }),
  ],
}
const STRAY = '5a5a5a5a-0000-4000-8000-000000000001'
const A = tunnelKeyOf('vpn', 'a')

async function recordOfA(directory: string): Promise<Record> {
  const raw = openSandbox({ directory })
  const bytes = await asAdministrator(raw, async ({ session }) => dataOf(await contextByKey(session, recordKeyOf(A))))
  raw.close?.()
  return JSON.parse(Buffer.from(bytes!).toString())
}

async function put(directory: string, [key, content]: readonly [Guid, string]): Promise<void> {
  const raw = openSandbox({ directory })
  await asAdministrator(raw, ({ session, write }) =>
    write(async () => {
      await deleteContext(session, key)
      const object = { key, name: 'forged', providerKey: providerKeyOf('vpn'), persistent: true }
      await addGeneralContext(session, { ...object, data: Buffer.from(content) })
    }),
  )
  raw.close?.()
}

describe('a record that somebody else wrote', () => {
  it('stray, garbled or forged, keeps watch from no other set, also at its start', async () => {
    const others = Object.keys(RECORDS).map((_, i) => `c${i}`)
    const bench = workbench()
    await bench.write('m/vpn.yaml', tunnelSet('vpn', 'prune: true'))
    await bench.write('m/a.yaml', tunnel('a', { set: 'vpn', net: 1 }))
    await bench.write('m/lab.yaml', tunnelSet('lab', 'prune: true'))
    for (const [i, name] of others.entries())
      await bench.write(`m/${name}.yaml`, tunnel(name, { set: 'lab', net: 10 + i }))
    await bench.run('apply', 'm', '--auto-approve')
    const record = await recordOfA(bench.sandbox)
    const watch = watching(bench, 'm')
    await watch.until(() => isSynced(watch, 1 + others.length))

    for (const [i, of] of Object.values(RECORDS).entries()) {
      const from = watch.events.length
      await put(bench.sandbox, of(record))
      await bench.run('sandbox', 'rm', `IPsecTunnel/c${i}`)
      await watch.saw('correction', ({ cause, address }) => cause === 'drift' && address === `IPsecTunnel/c${i}`, from)
    }
    await watch.end()
    const again = watching(bench, 'm')
    await again.saw('pass')
    await goesOnAndEnds(again, () => bench.run('sandbox', 'rm', 'IPsecTunnel/c0'))

    expect(watch.stderr() + again.stderr()).not.toMatch(/bug/)
  })
})

describe('a repository', () => {
  it('with a manifest of 100 MB is refused, and the commit before stays enforced', async () => {
    const { bench, commit, first, watch: start } = remote()
    const watch = start()
    await watch.until(() => isSynced(watch, 2))

    commit({ 'gw/big.yaml': '# a line of nothing\n'.repeat(5_000_000), 'gw/a.yaml': null })
    const refused = await watch.saw('git-refused')
    expect(refused).toMatchObject({ message: expect.stringContaining('gw/big.yaml is too large'), commit: first })
    await goesOnAndEnds(watch, () => bench.run('sandbox', 'rm', 'IPsecTunnel/a'))
  })

  it('with 100 MB beside its manifests is followed', async () => {
    const { bench, commit, watch: start } = remote()
    const watch = start()
    await watch.until(() => isSynced(watch, 2))

    const next = commit({
      'gw/big.bin': '0123456789abcdef'.repeat(6_250_000),
      'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }),
    })
    await watch.saw('pass', (told) => told.commit === next)
    await goesOnAndEnds(watch, () => bench.run('sandbox', 'rm', 'IPsecTunnel/c'))
  })

  it('whose server never answers, and that was never read, keeps nobody from ending watch', async () => {
    const { bench, cache, root } = remote()
    await bench.write('ssh', '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done\n')
    chmodSync(join(bench.folder, 'ssh'), 0o755)
    const env = { GIT_SSH_COMMAND: join(bench.folder, 'ssh'), GIT_SSH_VARIANT: 'simple' }
    const watch = watchingWith(env, bench, '--git', `ssh://example.org${root}`, '--path', 'gw', '--git-cache', cache)
    await watch.saw('pass')
    const { code, milliseconds } = await watch.end()

    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
  })

  it('whose server stops to answer while watch follows it, keeps nothing from being healed', async () => {
    const { bench, cache, root } = remote()
    await bench.write(
      'ssh',
      '#!/bin/sh\n[ -e stuck ] && { trap "" TERM; while :; do sleep 1; done; }\nfor last; do :; done\nexec sh -c "$last"\n',
    )
    chmodSync(join(bench.folder, 'ssh'), 0o755)
    const env = { GIT_SSH_COMMAND: join(bench.folder, 'ssh'), GIT_SSH_VARIANT: 'simple' }
    const args = [
      '--git',
      `ssh://example.org${root}`,
      '--path',
      'gw',
      '--git-cache',
      cache,
      '--interval',
      '1s',
    ] as const
    const watch = watchingWith(env, bench, ...args)
    await watch.until(() => isSynced(watch, 2))

    await bench.write('stuck', '')
    await new Promise((settle) => setTimeout(settle, 2_500)) // the next look hangs
    await goesOnAndEnds(watch, () => bench.run('sandbox', 'rm', 'IPsecTunnel/a'))
  })
})
