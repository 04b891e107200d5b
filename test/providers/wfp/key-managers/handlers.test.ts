import { beforeEach, describe, expect, it } from 'vitest'
import { behaviour, exchanges } from '../../../fixtures/key-managers/dictate.mjs'
import { told, waitFor } from '../../../fixtures/key-managers/notify.mjs'
import { KEY_IN_HEX, useKeyManagers } from '../../../support/key-managers.ts'
import { AUTH_KEY_BYTES, CIPHER_KEY_BYTES, keysOf, saDetails } from '../../../support/negotiation.ts'

const { abandon, check, dictate, dictating, notify, notifying, register, warnings } = useKeyManagers()

beforeEach(() => {
  told.length = 0
  exchanges.length = 0
  behaviour.check = () => ({ willDictate: true, weight: 7 })
  behaviour.keys = () => null
  waitFor(() => Promise.resolve())
})

describe('a notified module', () => {
  it('gets frozen values and the keys, which are wiped when its promise settles', async () => {
    let finish: () => void = () => {}
    waitFor(
      () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    )
    await register(notifying())

    await notify()
    await expect.poll(() => told.length).toBe(1)
    const { pair, keysSeen } = told[0]!
    expect(keysSeen).toEqual([0x5a])
    expect(pair.inbound.keys[0]?.authKey).toEqual(keysOf(0x5a).authKey)
    expect(Object.isFrozen(pair) && Object.isFrozen(pair.inbound) && Object.isFrozen(pair.inbound.keys)).toBe(true)
    finish()

    await expect.poll(() => pair.inbound.keys[0]?.authKey).toEqual(new Uint8Array(AUTH_KEY_BYTES))
    expect(pair.outbound.keys[0]?.cipherKey).toEqual(new Uint8Array(CIPHER_KEY_BYTES))
  })

  it('lets the engine go at once, however long it takes itself', async () => {
    waitFor(() => new Promise(() => {}))
    await register(notifying())

    await expect(notify()).resolves.toBeUndefined()
    abandon() // its handler never settles: unregistering would wait for the keys to be taken from it

    expect(warnings).toEqual([])
  })

  it('that fails is reported without its words, which may quote a key', async () => {
    waitFor(async () => {
      throw new RangeError(`bad key ${'5a'.repeat(16)}`)
    })
    const registration = await register(notifying())

    await notify()
    await registration.unregister()

    expect(warnings).toEqual([
      expect.stringMatching(/^KeyManager\/tia: keyNotify failed: RangeError at .*handlers\.test\.ts/),
    ])
    expect(warnings.join()).not.toMatch(KEY_IN_HEX)
  })
})

/** Handled before anybody sees it, as a module would have it. */
function rejected(message: string): Promise<never> {
  const promise = Promise.reject(new Error(message))
  promise.catch(() => {})
  return promise
}

describe('a dictation check', () => {
  it('gives the module plain traffic and the engine its answer and weight', async () => {
    const asked: unknown[] = []
    behaviour.check = (about: unknown) => {
      asked.push(about)
      return { willDictate: true, weight: 7 }
    }
    await register(dictating())

    await expect(check()).resolves.toMatchObject({ willDictateKey: 1, weight: 7 })

    expect(asked).toEqual([{ local: '203.0.113.10', remote: '198.51.100.7', filterId: '42' }])
  })

  const answers: readonly (readonly [string, unknown, { willDictateKey: number; weight: number }, RegExp | null])[] = [
    ['true', true, { willDictateKey: 1, weight: 0 }, null],
    ['false', false, { willDictateKey: 0, weight: 0 }, null],
    ['no weight', { willDictate: true }, { willDictateKey: 1, weight: 0 }, null],
    ['a negative weight', { willDictate: true, weight: -1 }, { willDictateKey: 0, weight: 0 }, /weight is not/],
    [
      'a weight beyond 32 bits',
      { willDictate: true, weight: 2 ** 32 },
      { willDictateKey: 0, weight: 0 },
      /weight is not/,
    ],
    ['a word', 'yes', { willDictateKey: 0, weight: 0 }, /answer with true, false/],
    ['a promise', Promise.resolve(true), { willDictateKey: 0, weight: 0 }, /is a promise/],
    ['a rejected promise', rejected('later'), { willDictateKey: 0, weight: 0 }, /is a promise/],
  ]
  it.each(answers)('of a module that answers %s', async (_, answer, expected, complaint) => {
    behaviour.check = () => answer as never
    await register(dictating())

    await expect(check()).resolves.toMatchObject(expected)

    expect(warnings).toEqual(complaint ? [expect.stringMatching(complaint)] : [])
  })

  it('is no when the module throws', async () => {
    behaviour.check = () => {
      throw new TypeError('secret words')
    }
    await register(dictating())

    await expect(check()).resolves.toMatchObject({ willDictateKey: 0, weight: 0 })

    expect(warnings).toEqual([expect.stringMatching(/keyDictationCheck failed: TypeError at/)])
  })
})

describe('a dictation', () => {
  const key = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill)
  const keys = (fill: number) => [{ authKey: key(AUTH_KEY_BYTES, fill), cipherKey: key(CIPHER_KEY_BYTES, fill + 1) }]

  it('writes the keys into the buffers that the engine gave, and wipes the copies', async () => {
    const given = { inbound: keys(0x11), outbound: keys(0x22) }
    behaviour.keys = () => given
    await register(dictating())

    const answer = await dictate()

    expect(answer).toMatchObject({ status: 0, keyingModuleGenKey: 0 })
    expect(answer.inboundSaDetails).toEqual(saDetails('inbound', keysOf(0x11)))
    expect(answer.outboundSaDetails).toEqual(saDetails('outbound', keysOf(0x22)))
    await expect.poll(() => given.inbound[0]!.authKey).toEqual(new Uint8Array(AUTH_KEY_BYTES))
    expect(given.outbound[0]!.cipherKey).toEqual(new Uint8Array(CIPHER_KEY_BYTES))
  })

  it('tells the module the sizes, and no keys', async () => {
    await register(dictating())

    await dictate()

    expect(exchanges).toHaveLength(1)
    expect(exchanges[0]!.inbound.keySizes).toEqual([{ authKey: AUTH_KEY_BYTES, cipherKey: CIPHER_KEY_BYTES }])
    expect(exchanges[0]!.inbound).not.toHaveProperty('keys')
  })

  const unusable: readonly (readonly [string, unknown, RegExp | null])[] = [
    ['null', null, null],
    ['nothing', undefined, null],
    ['a promise of keys', Promise.resolve({ inbound: keys(1), outbound: keys(2) }), /is a promise/],
    ['text', 'keys', /answer with null or/],
    ['one direction only', { inbound: keys(1) }, /outbound is not a list of 1/],
    ['too many transforms', { inbound: [...keys(1), ...keys(1)], outbound: keys(2) }, /inbound is not a list of 1/],
    [
      'a short key',
      { inbound: [{ ...keys(1)[0], authKey: key(16, 1) }], outbound: keys(2) },
      /inbound\[0\]\.authKey has 16 bytes, not 36/,
    ],
    [
      'a long key',
      { inbound: keys(1), outbound: [{ ...keys(2)[0], cipherKey: key(64, 1) }] },
      /outbound\[0\]\.cipherKey has 64 bytes, not 36/,
    ],
    [
      'a key left out',
      { inbound: keys(1), outbound: [{ authKey: key(AUTH_KEY_BYTES, 2) }] },
      /cipherKey is not a Uint8Array/,
    ],
    [
      'a key as text',
      { inbound: [{ authKey: 'a'.repeat(36), cipherKey: key(36, 1) }], outbound: keys(2) },
      /authKey is not a Uint8Array/,
    ],
    [
      'a key of zeros',
      { inbound: keys(1), outbound: [{ ...keys(2)[0], authKey: key(AUTH_KEY_BYTES, 0) }] },
      /authKey is all zeros/,
    ],
  ]
  it.each(unusable)(
    'of a module that answers %s lets the keying module make random keys',
    async (_, answer, complaint) => {
      behaviour.keys = () => answer as never
      await register(dictating())

      const { status, keyingModuleGenKey, inboundSaDetails, outboundSaDetails } = await dictate()

      expect({ status, keyingModuleGenKey }).toEqual({ status: 0, keyingModuleGenKey: 1 })
      expect(inboundSaDetails).toEqual(saDetails('inbound', keysOf(0)))
      expect(outboundSaDetails).toEqual(saDetails('outbound', keysOf(0)))
      expect(warnings).toEqual(complaint ? [expect.stringMatching(complaint)] : [])
    },
  )

  it('of a module that throws lets the keying module make random keys, and does not repeat its words', async () => {
    behaviour.keys = () => {
      throw new Error(`key was ${'5a'.repeat(16)}`)
    }
    await register(dictating())

    await expect(dictate()).resolves.toMatchObject({ status: 0, keyingModuleGenKey: 1 })

    expect(warnings).toEqual([expect.stringMatching(/keyDictation failed: Error at/)])
    expect(warnings.join()).not.toMatch(KEY_IN_HEX)
  })

  it('that comes too late is not used, and its keys are wiped', async () => {
    const late = { inbound: keys(0x33), outbound: keys(0x44) }
    behaviour.keys = () => {
      const end = performance.now() + 1100
      while (performance.now() < end);
      return late
    }
    await register(dictating('dictate.mjs', '1s'))

    const answer = await dictate()

    expect(answer).toMatchObject({ status: 0, keyingModuleGenKey: 1 })
    expect(answer.inboundSaDetails).toEqual(saDetails('inbound', keysOf(0)))
    expect(late.inbound[0]!.authKey).toEqual(new Uint8Array(AUTH_KEY_BYTES))
    expect(warnings).toEqual([
      expect.stringMatching(/keyDictation may have taken 11\d\d ms, which is more than 1000 ms: not used/),
    ])
  })

  it('that waited too long for the event loop is not used either', async () => {
    behaviour.keys = () => ({ inbound: keys(0x33), outbound: keys(0x44) })
    await register(dictating('dictate.mjs', '1s'))

    const answer = dictate()
    const end = performance.now() + 1300
    while (performance.now() < end);

    await expect(answer).resolves.toMatchObject({ status: 0, keyingModuleGenKey: 1 })
    expect(warnings).toEqual([expect.stringMatching(/keyDictation may have taken/)])
  })

  it('works with Buffers, which are cut from a shared pool', async () => {
    const buffers = (fill: number) => [
      { authKey: Buffer.alloc(36, fill), cipherKey: Buffer.from(keysOf(fill).cipherKey) },
    ]
    behaviour.keys = () => ({ inbound: buffers(0x55), outbound: buffers(0x66) })
    await register(dictating())

    const answer = await dictate()

    expect(answer.inboundSaDetails).toEqual(saDetails('inbound', keysOf(0x55)))
    expect(answer.outboundSaDetails).toEqual(saDetails('outbound', keysOf(0x66)))
  })
})
