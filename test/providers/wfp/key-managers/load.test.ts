/** A held key manager is called while its process is busy with a thousand tunnels: nobody waits for longer than the hint. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../../../src/base/json.ts'
import { keyManager } from '../../../../src/kinds/key-manager.ts'
import type { Resource } from '../../../../src/manifest/model.ts'
import { IPSEC_KEY_MANAGER_NOTIFY_KEY0 } from '../../../../src/providers/wfp/binding/tables/structs/index.ts'
import { engineOf } from '../../../../src/providers/wfp/sandbox/library.ts'
import { desiredOf, openLab } from '../../../laws/lab.ts'
import { callFromForeignThread } from '../../../support/foreign-thread.ts'
import { manifestOf } from '../../../support/manifest.ts'
import { keysOf, saDetails } from '../../../support/negotiation.ts'

const TUNNELS = 1000
const HINT_MILLISECONDS = 5000
const PAUSE_MILLISECONDS = 20

/** Milliseconds that this process worked: what a slow or shared machine adds is not its fault. */
function workedSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS))

function tunnel(i: number): JsonObject {
  const net = `${Math.floor(i / 256)}.${i % 256}`
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'IPsecTunnel',
    metadata: { name: `t${i}` },
    spec: {
      mode: 'gateway',
      keyModule: 'ikev2',
      endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
      traffic: { local: [`10.${net}.0/24`], remote: [`172.${net}.0/24`] },
      quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }] },
    },
  }
}

it('answers every notification within the hint while a thousand tunnels are applied and planned', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-load-'))
  const { apply, plan, provider, raw, close } = await openLab()
  onTestFinished(async () => {
    await close()
    rmSync(folder, { recursive: true, force: true })
  })
  const spec = { role: 'notify', handler: { builtin: 'audit-log', file: 'log.ndjson' } }
  const manifest = manifestOf('KeyManager', spec, { name: 'sa-audit', path: join(folder, 'a.yaml') })
  const resource: Resource = { kind: keyManager, name: 'sa-audit', set: 'default', labels: {}, spec, manifest }
  const registration = await provider.register(resource)
  const { keyNotify } = engineOf(raw)!.keyManagers.registered[0]!.callbacks
  const waits: number[] = []
  let busy = true
  const network = (async () => {
    while (busy) {
      const before = process.cpuUsage()
      await callFromForeignThread(IPSEC_KEY_MANAGER_NOTIFY_KEY0, keyNotify!, {
        inboundSa: saDetails('inbound', keysOf(1)),
        outboundSa: saDetails('outbound', keysOf(3)),
      })
      waits.push(workedSince(before))
      await pause()
    }
  })()

  const desired = desiredOf(Array.from({ length: TUNNELS }, (_, i) => tunnel(i)))
  const [report] = await apply(desired)
  const [again] = await plan(desired)
  busy = false
  await network
  await registration.unregister()

  expect(report).toMatchObject({ result: 'applied' })
  expect(again?.changes).toEqual([])
  expect(waits.length).toBeGreaterThan(3)
  expect(Math.max(...waits)).toBeLessThan(HINT_MILLISECONDS)
  expect(readFileSync(join(folder, 'log.ndjson'), 'utf8').trim().split('\n')).toHaveLength(waits.length)
})
