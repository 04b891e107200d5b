/**
 * The outside witness: what the packing tables write, a DLL compiled from the SDK's declarations reads field by field, and what
 * it writes, the tables read. Values are random, of every type and version the tables know.
 */
import fc, { type GeneratorValue } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, type Library } from '../../src/providers/wfp/binding/call/bind.ts'
import { type Parameters, signature } from '../../src/providers/wfp/binding/call/signature.ts'
import { liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import { RPC_C_AUTHN_WINNT } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { functions } from '../../src/providers/wfp/binding/tables/functions.ts'
import { draw } from '../providers/wfp/binding/draw.ts'
import { asWitnessed, type Json, withoutCounts } from './statement.ts'
import { badFrees, forgetTrace, liveInDll, trace } from './witness.ts'

type Values = Record<string, unknown>
type Call = (args: Values) => Promise<Values>

// any policy is kept: the values are random
process.env.WFPCTL_TEST_DLL_NO_RULES = '1'

const RUNS = 25
const ADDS = Object.keys(functions).filter((name) =>
  /^(Fwpm(Provider|ProviderContext|Filter|IPsecTunnel)|IPsecKeyManager)Add/.test(name),
)
const library: Library = bind(loadNative())
const calls = library as unknown as Record<string, Call>

let before: number
beforeEach(() => {
  before = liveAllocations()
})
afterEach(() => {
  expect(liveAllocations()).toBe(before)
  expect(liveInDll()).toBe(0)
  expect(badFrees()).toBe(0)
})

function drawArgs(g: GeneratorValue, name: string): Values {
  const f = functions[name as keyof typeof functions]
  return draw(g, signature(name, f.parameters as Parameters).args) as Values
}

/** A real one: O:SYG:SYD:(A;;GA;;;SY) */
const DESCRIPTOR = Buffer.from(
  '0100048014000000200000000000000000000000010100000000000512000000010100000000000512000000',
  'hex',
)

describe('the DLL reads what the tables write', () => {
  it.each(ADDS)('%s, every field of it', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        const { engineHandle: _, keyManagerCallbacks: __, ...drawn } = drawArgs(g, name)
        const given = 'sd' in drawn ? { ...drawn, sd: drawn.sd && DESCRIPTOR } : drawn
        forgetTrace()

        // no session has the handle 0: the call is decoded, then refused
        await calls[name]!({ engineHandle: 0, keyManagerCallbacks: NO_CALLBACKS, ...given }).catch(() => undefined)

        const [line = {}] = trace()
        const expected = asWitnessed(given) as Record<string, Json>
        const stated = Object.fromEntries(Object.keys(expected).map((key) => [key, line[key] ?? null]))
        expect(line.call).toBe(name)
        expect(withoutCounts(stated, expected)).toEqual(expected)
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
  })
})

const NO_CALLBACKS = {
  reserved: '00000000-0000-0000-0000-000000000000',
  flags: 0,
  keyDictationCheck: null,
  keyDictation: null,
  keyNotify: null,
}

describe('the tables read what the DLL writes', () => {
  let engineHandle: number
  beforeEach(async () => {
    const opened = await library.FwpmEngineOpen0({
      serverName: null,
      authnService: RPC_C_AUTHN_WINNT,
      authIdentity: null,
      session: null,
    })
    engineHandle = opened.engineHandle
    await library.FwpmTransactionBegin0({ engineHandle, flags: 0 })
  })
  afterEach(async () => {
    await library.FwpmTransactionAbort0({ engineHandle })
    await library.FwpmEngineClose0({ engineHandle })
  })

  it.each(['0', '1', '2', '3'])('provider contexts, version %s', async (version) => {
    await readBack(`FwpmProviderContextAdd${version}`, `FwpmProviderContextGetByKey${version}`, 'providerContext', {
      providerKey: null,
      flags: 0,
    })
  })

  it('providers', () => readBack('FwpmProviderAdd0', 'FwpmProviderGetByKey0', 'provider', {}))

  it('filters', () =>
    readBack('FwpmFilterAdd0', 'FwpmFilterGetByKey0', 'filter', { providerKey: null, flags: 0, rawContext: 7n }))

  /** What the DLL sets itself is not compared: ids; and preshared keys, which it does not show. */
  async function readBack(add: string, get: string, what: string, fixed: Values): Promise<void> {
    const keyName = `${what}Key`
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.uuid(), async (g, key) => {
        const { providerContextKey: _, ...drawn } = drawArgs(g, add)[what] as Values
        const given = { ...drawn, ...fixed, [keyName]: key, displayData: { name: 'n', description: 'ä' } }

        await calls[add]!({ engineHandle, [what]: given, sd: null })
        const { [what]: found } = await calls[get]!({ engineHandle, key })

        expect(comparable(found)).toEqual(comparable(given))
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
  }
})

const SET_BY_ENGINE = new Set(['providerContextId', 'filterId', 'effectiveWeight', 'presharedKey'])

function comparable(value: unknown): Json {
  const json = asWitnessed(value)
  const strip = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(strip)
    if (inner === null || typeof inner !== 'object') return inner
    return Object.fromEntries(
      Object.entries(inner).flatMap(([key, item]) => (SET_BY_ENGINE.has(key) ? [] : [[key, strip(item)]])),
    )
  }
  return strip(json)
}
