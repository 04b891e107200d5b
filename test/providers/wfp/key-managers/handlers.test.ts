/** What handler modules may do in their thread, and what the engine is told whatever they do. */

import { BroadcastChannel, setEnvironmentData } from 'node:worker_threads'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { loadModule } from '../../../../src/providers/wfp/key-managers/handlers/module.ts'
import { KEY_IN_HEX, useKeyManagers } from '../../../support/key-managers.ts'
import { AUTH_KEY_BYTES, CIPHER_KEY_BYTES, keysOf, saDetails } from '../../../support/negotiation.ts'

const { check, dictate, dictating, folder, notify, notifying, register, warnings } = useKeyManagers()

/** Functions of the module that is loaded next, as source text. */
interface Script {
  readonly notify?: string
  readonly check?: string
  readonly keys?: string
}
const script = (functions: Script): void =>
  setEnvironmentData('script', {
    notify: '() => {}',
    check: '() => ({ willDictate: true, weight: 7 })',
    keys: '() => null',
    ...functions,
  })

/** What the module told with `tell(…)`. */
const told: unknown[] = []
const channel = new BroadcastChannel('told')
channel.onmessage = (message: unknown) => void told.push((message as { data: unknown }).data)

beforeEach(() => {
  told.length = 0
  script({})
})
afterAll(() => channel.close())

describe('a notified module', () => {
  it('gets frozen values and the keys, which are wiped when its promise settles', async () => {
    const looks = `const look = () => tell({
      isFrozen: [pair, pair.inbound, pair.inbound.keys, pair.inbound.keys[0]].every(Object.isFrozen),
      auth: pair.inbound.keys[0].authKey,
      cipher: pair.outbound.keys[0].cipherKey,
    })`
    script({
      notify: `async (pair) => { ${looks}; look(); setTimeout(look, 200); await new Promise((end) => setTimeout(end, 50)) }`,
    })
    await register(notifying())

    await notify()
    await expect.poll(() => told.length).toBe(2)

    expect(told).toEqual([
      { isFrozen: true, auth: keysOf(0x5a).authKey, cipher: keysOf(0x5a).cipherKey },
      { isFrozen: true, auth: new Uint8Array(AUTH_KEY_BYTES), cipher: new Uint8Array(CIPHER_KEY_BYTES) },
    ])
  })

  it('lets the engine go at once, however long it takes itself, and is waited for only so long at the end', async () => {
    script({ notify: '() => new Promise(() => {})' })
    const registration = await register(notifying())

    await expect(notify()).resolves.toBeUndefined()
    await registration.unregister()

    expect(warnings).toEqual([])
  })

  it('that fails is reported without its words, which may quote a key', async () => {
    script({ notify: "async () => { throw new RangeError('bad key ' + '5a'.repeat(16)) }" })
    const registration = await register(notifying())

    await notify()
    await registration.unregister()

    expect(warnings).toEqual([expect.stringMatching(/^KeyManager\/tia: keyNotify failed: RangeError at /)])
    expect(warnings.join()).not.toMatch(KEY_IN_HEX)
  })

  const LATE = "new Error('KEY ' + '5a'.repeat(16))"
  it.each([
    ['rejects after its answer', `() => void Promise.reject(${LATE})`, /it failed after its answer: Error at /],
    [
      'throws after its answer',
      `() => void setTimeout(() => { throw ${LATE} })`,
      /it failed after its answer: Error at /,
    ],
    [
      'throws what is no error',
      "() => void setTimeout(() => { throw '5a5a' })",
      /it failed after its answer: it threw a string/,
    ],
    ['ends the process', '() => process.exit(0)', /keyNotify failed: ProcessExit at /],
    ['ends it later', '() => void setTimeout(() => process.exit(0))', /it failed after its answer: ProcessExit at /],
  ])('that %s is a warning with whereabouts alone, and goes on being told', async (_, source, expected) => {
    script({ notify: source })
    await register(notifying())

    await notify()
    await notify()

    await expect.poll(() => warnings.length).toBe(2)
    expect(warnings).toEqual([expect.stringMatching(expected), expect.stringMatching(expected)])
    expect(warnings.join()).not.toMatch(KEY_IN_HEX)
  })
})

describe('a module that keeps its thread', () => {
  const load = async (source: string, role: 'notify' | 'dictate' = 'notify') => {
    const { writeFileSync } = await import('node:fs')
    const path = `${folder}/${Math.random()}.mjs`
    writeFileSync(path, source)
    const options = { role, complain: (what: string) => void warnings.push(what) }
    return loadModule(path, 'tia.mjs', { ...options, answerMilliseconds: 300, stuckMilliseconds: 3000 })
  }

  it.each([
    ['never finishes loading', 'await new Promise(() => {})'],
    ['loops while it loads', 'for (;;);'],
  ])('and %s is unusable after a while', async (_, source) => {
    await expect(load(source)).rejects.toThrow('tia.mjs cannot be loaded: it has not finished in 3 s')
  })

  it.each([
    ['ends the process while it loads', 'process.exit(0)', 'it calls process.exit'],
    ['ends it by a name of its own', "import { exit } from 'node:process'; exit(3)", 'it calls process.exit'],
  ])('or %s is unusable', async (_, source, why) => {
    await expect(load(source)).rejects.toThrow(`tia.mjs cannot be loaded: ${why}`)
  })

  it('and posts messages of its own to us is heard for what we said ourselves', async () => {
    const forged =
      "[null, 5, 'x', [], { loaded: null }, { loaded: { functions: 5 } }, { complain: {} }, { returned: true }]"
    const port = "import { parentPort } from 'node:worker_threads'\n"
    const handler = await load(
      `${port}for (const m of ${forged}) parentPort.postMessage(m)\nexport function keyNotify() {}`,
    )

    expect(warnings).toEqual([])
    await handler.close()
  })

  it('is given up when a notification never returns', async () => {
    const handler = await load('export function keyNotify() { for (;;); }')
    const sa = { keys: [] } as never

    handler.keyNotify({ inbound: sa, outbound: sa })

    expect(await handler.failed).toBe('keyNotify has not returned in 3 s')
    await handler.close()
  })

  it('is given up when it is asked and does not answer, and the engine gets its answer in time', async () => {
    const functions = ['keyNotify', 'keyDictationCheck', 'keyDictation'].map(
      (name) => `export function ${name}() { for (;;); }`,
    )
    const handler = await load(functions.join('\n'), 'dictate')

    const began = performance.now()
    const answer = handler.dictation?.check({ local: '', remote: '', filterId: '1' })

    expect(answer).toEqual({ willDictate: false, weight: 0 })
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(await handler.failed).toBe('keyDictationCheck has not answered in 300 ms')
    expect(handler.dictation?.keys({} as never)).toBeNull()
    await handler.close()
  })
})

describe('a dictation check', () => {
  it('gives the module plain traffic and the engine its answer and weight', async () => {
    script({ check: '(about) => { tell(about); return { willDictate: true, weight: 7 } }' })
    await register(dictating())

    await expect(check()).resolves.toMatchObject({ willDictateKey: 1, weight: 7 })

    await expect.poll(() => told).toEqual([{ local: '203.0.113.10', remote: '198.51.100.7', filterId: '42' }])
  })

  const answers: readonly (readonly [string, string, { willDictateKey: number; weight: number }, RegExp | null])[] = [
    ['true', 'true', { willDictateKey: 1, weight: 0 }, null],
    ['false', 'false', { willDictateKey: 0, weight: 0 }, null],
    ['no weight', '({ willDictate: true })', { willDictateKey: 1, weight: 0 }, null],
    ['a negative weight', '({ willDictate: true, weight: -1 })', { willDictateKey: 0, weight: 0 }, /weight is not/],
    [
      'a weight beyond 32 bits',
      '({ willDictate: true, weight: 2 ** 32 })',
      { willDictateKey: 0, weight: 0 },
      /weight is not/,
    ],
    ['a word', "'yes'", { willDictateKey: 0, weight: 0 }, /answer with true, false/],
    ['a function', '() => true', { willDictateKey: 0, weight: 0 }, /keyDictationCheck failed/],
    ['a promise', 'Promise.resolve(true)', { willDictateKey: 0, weight: 0 }, /is a promise/],
    ['a rejected promise', "Promise.reject(new Error('later'))", { willDictateKey: 0, weight: 0 }, /is a promise/],
  ]
  it.each(answers)('of a module that answers %s', async (_, answer, expected, complaint) => {
    script({ check: `() => ${answer}` })
    await register(dictating())

    await expect(check()).resolves.toMatchObject(expected)

    expect(warnings).toEqual(complaint ? [expect.stringMatching(complaint)] : [])
  })

  it('is no when the module throws', async () => {
    script({ check: "() => { throw new TypeError('secret words') }" })
    await register(dictating())

    await expect(check()).resolves.toMatchObject({ willDictateKey: 0, weight: 0 })

    expect(warnings).toEqual([expect.stringMatching(/keyDictationCheck failed: TypeError at/)])
  })
})

describe('a dictation', () => {
  const key = (size: number, fill: number): string => `new Uint8Array(${size}).fill(${fill})`
  const one = (fill: number): string =>
    `{ authKey: ${key(AUTH_KEY_BYTES, fill)}, cipherKey: ${key(CIPHER_KEY_BYTES, fill + 1)} }`
  const keys = (fill: number): string => `[${one(fill)}]`

  it('writes the keys into the buffers that the engine gave, and wipes the copies', async () => {
    const given = `{ inbound: ${keys(0x11)}, outbound: ${keys(0x22)} }`
    script({ keys: `() => { const given = ${given}; setTimeout(() => tell(given), 50); return given }` })
    await register(dictating())

    const answer = await dictate()

    expect(answer).toMatchObject({ status: 0, keyingModuleGenKey: 0 })
    expect(answer.inboundSaDetails).toEqual(saDetails('inbound', keysOf(0x11)))
    expect(answer.outboundSaDetails).toEqual(saDetails('outbound', keysOf(0x22)))
    const wiped = [{ authKey: new Uint8Array(AUTH_KEY_BYTES), cipherKey: new Uint8Array(CIPHER_KEY_BYTES) }]
    await expect.poll(() => told).toEqual([{ inbound: wiped, outbound: wiped }])
  })

  it('tells the module the sizes, and no keys', async () => {
    script({ keys: '(exchange) => { tell(exchange); return null }' })
    await register(dictating())

    await dictate()

    await expect.poll(() => told.length).toBe(1)
    const [exchange] = told as readonly { readonly inbound: { readonly keySizes: unknown } }[]
    expect(exchange!.inbound.keySizes).toEqual([{ authKey: AUTH_KEY_BYTES, cipherKey: CIPHER_KEY_BYTES }])
    expect(exchange!.inbound).not.toHaveProperty('keys')
  })

  const unusable: readonly (readonly [string, string, RegExp | null])[] = [
    ['null', 'null', null],
    ['nothing', 'undefined', null],
    ['a promise of keys', `Promise.resolve({ inbound: ${keys(1)}, outbound: ${keys(2)} })`, /is a promise/],
    ['text', "'keys'", /answer with null or/],
    ['one direction only', `({ inbound: ${keys(1)} })`, /outbound is not a list of 1/],
    [
      'too many transforms',
      `({ inbound: [${one(1)}, ${one(1)}], outbound: ${keys(2)} })`,
      /inbound is not a list of 1/,
    ],
    [
      'a short key',
      `({ inbound: [{ ...${one(1)}, authKey: ${key(16, 1)} }], outbound: ${keys(2)} })`,
      /inbound\[0\]\.authKey has 16 bytes, not 36/,
    ],
    [
      'a long key',
      `({ inbound: ${keys(1)}, outbound: [{ ...${one(2)}, cipherKey: ${key(64, 1)} }] })`,
      /outbound\[0\]\.cipherKey has 64 bytes, not 36/,
    ],
    [
      'a key left out',
      `({ inbound: ${keys(1)}, outbound: [{ authKey: ${key(AUTH_KEY_BYTES, 2)} }] })`,
      /cipherKey is not a Uint8Array/,
    ],
    [
      'a key as text',
      `({ inbound: [{ authKey: 'a'.repeat(36), cipherKey: ${key(36, 1)} }], outbound: ${keys(2)} })`,
      /authKey is not a Uint8Array/,
    ],
    [
      'a key of zeros',
      `({ inbound: ${keys(1)}, outbound: [{ ...${one(2)}, authKey: ${key(AUTH_KEY_BYTES, 0)} }] })`,
      /authKey is all zeros/,
    ],
  ]
  it.each(unusable)(
    'of a module that answers %s lets the keying module make random keys',
    async (_, answer, complaint) => {
      script({ keys: `() => ${answer}` })
      await register(dictating())

      const { status, keyingModuleGenKey, inboundSaDetails, outboundSaDetails } = await dictate()

      expect({ status, keyingModuleGenKey }).toEqual({ status: 0, keyingModuleGenKey: 1 })
      expect(inboundSaDetails).toEqual(saDetails('inbound', keysOf(0)))
      expect(outboundSaDetails).toEqual(saDetails('outbound', keysOf(0)))
      expect(warnings).toEqual(complaint ? [expect.stringMatching(complaint)] : [])
    },
  )

  it('of a module that throws lets the keying module make random keys, and does not repeat its words', async () => {
    script({ keys: "() => { throw new Error('key was ' + '5a'.repeat(16)) }" })
    await register(dictating())

    await expect(dictate()).resolves.toMatchObject({ status: 0, keyingModuleGenKey: 1 })

    expect(warnings).toEqual([expect.stringMatching(/keyDictation failed: Error at/)])
    expect(warnings.join()).not.toMatch(KEY_IN_HEX)
  })

  it('that comes too late is not used, and its module is given up', async () => {
    script({ keys: `() => { const end = performance.now() + 3000; while (performance.now() < end); return null }` })
    const registration = await register(dictating('dictate.mjs', '1s'))

    const answer = await dictate()

    expect(answer).toMatchObject({ status: 0, keyingModuleGenKey: 1 })
    expect(answer.inboundSaDetails).toEqual(saDetails('inbound', keysOf(0)))
    expect(await registration.failed).toBe('keyDictation has not answered in 1000 ms')
    expect(warnings[0]).toMatch(/keyDictation failed: no answer in 1000 ms/)
  })

  it('that waited too long for the event loop is not used either', async () => {
    script({ keys: `() => ({ inbound: ${keys(0x33)}, outbound: ${keys(0x44)} })` })
    await register(dictating('dictate.mjs', '1s'))

    const answer = dictate()
    const end = performance.now() + 1300
    while (performance.now() < end);

    await expect(answer).resolves.toMatchObject({ status: 0, keyingModuleGenKey: 1 })
    expect(warnings).toEqual([expect.stringMatching(/keyDictation may have taken/)])
  })

  it('works with Buffers, which are cut from a shared pool', async () => {
    const buffers = (fill: number) =>
      `[{ authKey: Buffer.alloc(36, ${fill}), cipherKey: Buffer.from(${key(CIPHER_KEY_BYTES, fill + 1)}) }]`
    script({ keys: `() => ({ inbound: ${buffers(0x55)}, outbound: ${buffers(0x66)} })` })
    await register(dictating())

    const answer = await dictate()

    expect(answer.inboundSaDetails).toEqual(saDetails('inbound', keysOf(0x55)))
    expect(answer.outboundSaDetails).toEqual(saDetails('outbound', keysOf(0x66)))
  })
})
