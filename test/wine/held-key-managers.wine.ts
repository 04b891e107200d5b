/** Key managers as manifests declare them, held on the Windows ABI and called by the DLL from threads of its own. */

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setEnvironmentData } from 'node:worker_threads'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { keyManager } from '../../src/kinds/key-manager.ts'
import type { Resource } from '../../src/manifest/model.ts'
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import { registerKeyManager } from '../../src/providers/wfp/key-managers/register.ts'
import { manifestOf } from '../support/manifest.ts'
import { fileSecurity } from './file-security.ts'
import type { Json } from './statement.ts'
import { forgetTrace, negotiate, trace } from './witness.ts'

const POLICY_ID = 4711
const fwp = bind(loadNative())
const folder = mkdtempSync(join(tmpdir(), 'wfpctl-held-'))
const MODULE = join(import.meta.dirname, '../fixtures/key-managers/dictate.mjs')

function resourceOf(spec: JsonObject, name: string): Resource {
  const manifest = manifestOf('KeyManager', spec, { name, path: join(folder, 'a.yaml') })
  return { kind: keyManager, name, set: 'default', labels: {}, spec, manifest }
}

async function event(name: string): Promise<{ [key: string]: Json }> {
  for (let tries = 0; tries < 500; tries++) {
    const found = trace().find((line) => line.event === name)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the DLL did not state ${name}`)
}

it('writes the audit log, which only its owner may read', async () => {
  forgetTrace()
  const spec = { role: 'notify', handler: { builtin: 'audit-log', file: 'log.ndjson' } }
  const registration = await registerKeyManager(fwp, resourceOf(spec, 'sa-audit'))

  negotiate(POLICY_ID)
  await event('keyNotify')
  await registration.unregister()

  const text = readFileSync(join(folder, 'log.ndjson'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ event: 'keysInUse', inbound: { tunnelPolicyId: String(POLICY_ID) } })
  // everybody (WD), users (BU) and authenticated users (AU) are not among those who may read it
  const dacl = fileSecurity(join(folder, 'log.ndjson'))
  expect(dacl).toMatch(/;;;SY\)/)
  expect(dacl).not.toMatch(/;;;(WD|BU|AU)\)/)
})

it('lets a module dictate, and makes random keys when its answer cannot be used', async () => {
  forgetTrace()
  setEnvironmentData('script', { keys: KEYS })
  const spec = { role: 'dictate', handler: { module: MODULE }, dictationTimeout: '2s' }
  const registration = await registerKeyManager(fwp, resourceOf(spec, 'tia'))
  negotiate(POLICY_ID)
  await event('keyNotify')
  expect(await event('keyDictation')).toMatchObject({ status: 0, used: 1 })
  expect(JSON.stringify(await event('keyDictation'))).toContain('aa'.repeat(16))

  forgetTrace()
  negotiate(POLICY_ID)
  await event('keyNotify')
  const refused = await event('keyDictation')
  await registration.unregister()

  expect(refused).toMatchObject({ status: 0, used: 0 })
  expect(JSON.stringify(refused)).not.toContain('cc'.repeat(16))
})

/** First keys of aa and bb, then too few of them. */
const KEYS = `(() => {
  const keysFor = (sa, byte) => sa.keySizes.map((sizes) => ({
    authKey: new Uint8Array(sizes.authKey).fill(byte),
    cipherKey: new Uint8Array(sizes.cipherKey).fill(byte),
  }))
  let turn = 0
  return ({ inbound, outbound }) => {
    turn += 1
    if (turn > 1) return { inbound: keysFor(inbound, 0xcc), outbound: [] }
    return { inbound: keysFor(inbound, 0xaa), outbound: keysFor(outbound, 0xbb) }
  }
})()`
