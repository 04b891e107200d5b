import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, implement, type RawLibrary } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { registered } from '../../../../src/providers/wfp/binding/call/callback.ts'
import { type Parameters, signature } from '../../../../src/providers/wfp/binding/call/signature.ts'
import { liveAllocations } from '../../../../src/providers/wfp/binding/memory.ts'
import {
  FWPM_FILTER_CHANGE_CALLBACK0,
  FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0,
  functions,
} from '../../../../src/providers/wfp/binding/tables/functions.ts'
import { draw, plain } from './draw.ts'

type Values = Record<string, unknown>
type Call = (args: Values) => Promise<Values>

const onContext = registered(FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0, () => ({}))
const onFilter = registered(FWPM_FILTER_CHANGE_CALLBACK0, () => ({}))
const callbacks = { FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0: onContext, FWPM_FILTER_CHANGE_CALLBACK0: onFilter }
afterAll(() => {
  onContext.release()
  onFilter.release()
})

let before: number
beforeEach(() => {
  before = liveAllocations()
})
afterEach(() => {
  expect(liveAllocations()).toBe(before)
})

describe('a call with random arguments', () => {
  it.each(Object.entries(functions))(
    '%s reaches the engine as given and brings back what the engine gave',
    async (name, f) => {
      const { args, outs } = signature(name, f.parameters as Parameters)
      await fc.assert(
        fc.asyncProperty(fc.gen(), fc.boolean(), async (g, later) => {
          const given = draw(g, args, callbacks) as Values
          const answer = draw(g, outs) as Values
          const seen: unknown[] = []
          const method = (received: Values): Values | Promise<Values> => {
            seen.push(plain(received))
            return later ? Promise.resolve(answer) : answer
          }
          const raw = implement({ [name]: method })

          const result = await (bind(raw) as unknown as Record<string, Call>)[name]!(given)

          expect(raw.failures).toEqual([])
          expect(seen).toEqual([plain(given)])
          expect(plain(result)).toEqual(plain(answer))
          expect(liveAllocations()).toBe(before)
        }),
        { numRuns: 12 },
      )
    },
  )

  it('passes words alone: numbers, and bigints where C wants 64 bits', async () => {
    const words: unknown[] = []
    const raw: RawLibrary = {
      name: 'recorder',
      calls: {
        FwpmFilterDeleteById0: (...given) => {
          words.push(...given)
          return 0
        },
      },
    }

    await bind(raw).FwpmFilterDeleteById0({ engineHandle: 5, id: 0xffff_ffff_ffff_fff0n })

    expect(words).toEqual([5, 0xffff_ffff_ffff_fff0n])
  })
})
