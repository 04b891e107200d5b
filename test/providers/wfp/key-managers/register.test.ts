import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/base/json.ts'
import { keyManagerKeyOf } from '../../../../src/kinds/keys.ts'
import type { Resource } from '../../../../src/manifest/model.ts'
import { IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY } from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { registerKeyManager } from '../../../../src/providers/wfp/key-managers/register.ts'
import { type EngineRefusal, UnusableResource } from '../../../../src/reconcile/provider.ts'
import { KEY_IN_HEX, useKeyManagers } from '../../../support/key-managers.ts'

const { audit, dictating, folder, fwp, notify, notifying, register, registered, resourceOf, sessions } =
  useKeyManagers()

describe('registering', () => {
  it('gives the engine key, display data, flags and callbacks of a notified key manager', async () => {
    const spec = {
      description: 'who talks to whom',
      role: 'notify',
      handler: { builtin: 'audit-log', file: 'a.ndjson' },
    }

    const registration = await register(resourceOf(spec, 'sa-audit'))

    expect(registration).toMatchObject({ address: 'KeyManager/sa-audit', key: keyManagerKeyOf('default', 'sa-audit') })
    expect(registered()[0]!.manager).toEqual({
      keyManagerKey: keyManagerKeyOf('default', 'sa-audit'),
      displayData: { name: 'sa-audit', description: 'who talks to whom' },
      flags: 0,
      keyDictationTimeoutHint: 0,
    })
    expect(registered()[0]!.callbacks).toMatchObject({ keyDictationCheck: null, keyDictation: null })
  })

  it('gives all three callbacks and the time-out of a dictating one', async () => {
    await register(dictating('dictate.mjs', '7s'))

    expect(registered()[0]!.manager).toMatchObject({
      flags: IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY,
      keyDictationTimeoutHint: 7,
    })
    expect(registered()[0]!.callbacks.keyDictationCheck).not.toBeNull()
    expect(registered()[0]!.callbacks.keyDictation).not.toBeNull()
  })

  it('leaves no registration, session or callback behind when unregistered', async () => {
    const registration = await register(audit('b.ndjson'))

    await registration.unregister()

    expect(registered()).toEqual([])
    expect(sessions()).toEqual([])
  })

  it('may be unregistered twice', async () => {
    const registration = await register(audit('b.ndjson'))
    await registration.unregister()

    await expect(registration.unregister()).resolves.toBeUndefined()
  })

  it('passes on what the engine refuses, and leaves nothing behind', async () => {
    await register(dictating())

    await expect(registerKeyManager(fwp(), { ...dictating(), name: 'second' })).rejects.toMatchObject({
      name: 'FWP_E_KEY_DICTATOR_ALREADY_REGISTERED',
    })

    expect(registered()).toHaveLength(1)
    expect(sessions()).toHaveLength(1)
  })

  it('is refused by an engine that has no key managers', async () => {
    const { IPsecKeyManagerAddAndRegister0: _, ...older } = fwp()

    await expect(registerKeyManager(older, audit('c.ndjson'))).rejects.toMatchObject({
      sort: 'refused',
      status: 'ERROR_PROC_NOT_FOUND',
    } satisfies Partial<EngineRefusal>)
  })

  const unusable: readonly (readonly [string, Resource, string, string])[] = [
    [
      'lacks the dictation functions',
      dictating('only-notify.mjs'),
      '/handler/module',
      'exports no function `keyDictationCheck`, `keyDictation`',
    ],
    [
      'dictates, though its role is to be told',
      notifying('dictate.mjs'),
      '/handler/module',
      'exports `keyDictationCheck`, `keyDictation`, but its role is notify',
    ],
    ['does not exist', notifying('absent.mjs'), '/handler/module', 'cannot be loaded'],
    ['cannot be parsed', notifying('broken.mjs'), '/handler/module', 'cannot be loaded'],
    ['is an audit log in no folder', audit('no/such/folder/log.ndjson'), '/handler/file', 'cannot be written: ENOENT'],
  ]
  it.each(unusable)('asks the engine nothing for a handler that %s', async (_, resource, pointer, words) => {
    const error: unknown = await registerKeyManager(fwp(), resource).catch((e: unknown) => e)

    expect(error).toBeInstanceOf(UnusableResource)
    expect(error).toMatchObject({ pointer, sort: 'refused' })
    expect((error as Error).message).toContain(words)
    expect(sessions()).toEqual([])
  })
})

describe('the audit log', () => {
  const lines = (file: string): JsonObject[] =>
    readFileSync(join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))

  it('writes peers, SPIs, algorithms, lifetimes and the time of a negotiation, called from a foreign thread', async () => {
    const registration = await register(audit('audit.ndjson'))

    await notify()
    await registration.unregister()

    const [line] = lines('audit.ndjson')
    const common = {
      local: '203.0.113.10',
      remote: '198.51.100.7',
      tunnelPolicyId: '77',
      protocol: 0,
      localPort: 0,
      remotePort: 0,
      lifetime: { seconds: 3600, kilobytes: 100_000, packets: 0x7fff_ffff },
      idleTimeoutSeconds: 300,
      pfs: 'dh20',
      mainModeSaId: '9',
      quickModeSaId: 5,
    }
    const algorithms = { protocol: 'esp', integrity: 'aes256gmac', encryption: 'aes256gcm' }
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'keysInUse',
      keyManager: 'KeyManager/sa-audit',
      inbound: { ...common, transforms: [{ spi: '0x00001267', ...algorithms }] },
      outbound: { ...common, transforms: [{ spi: '0x99887766', ...algorithms }] },
    })
  })

  it('holds no key, in no spelling', async () => {
    const registration = await register(audit('secret.ndjson'))
    await notify()
    await registration.unregister()

    const text = readFileSync(join(folder, 'secret.ndjson'), 'latin1')

    expect(text).not.toMatch(KEY_IN_HEX)
    expect(text).not.toContain('ZZZZ')
    expect(text).not.toContain(Buffer.alloc(9, 0x5a).toString('base64'))
    expect(text).not.toContain('90,90,90')
  })

  it.skipIf(process.platform === 'win32')('is readable by its owner alone (file modes: not on Windows)', async () => {
    await register(audit('owner.ndjson'))

    expect(statSync(join(folder, 'owner.ndjson')).mode & 0o777).toBe(0o600)
  })

  it('writes one line a negotiation, in order, when many come at once', async () => {
    const registration = await register(audit('many.ndjson'))

    await Promise.all(Array.from({ length: 50 }, notify))
    await registration.unregister()

    expect(lines('many.ndjson')).toHaveLength(50)
  })
})
