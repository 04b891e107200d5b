import { describe, expect, it } from 'vitest'
import { YieldToLoop } from '../../src/base/yield.ts'

describe('Turns', () => {
  it('lets others run once the work has taken long enough, every time', async () => {
    const turns = new YieldToLoop()

    for (let round = 0; round < 2; round++) {
      let answered = false
      setImmediate(() => {
        answered = true
      })
      for (const began = performance.now(); performance.now() - began < 11; );
      await turns.give()

      expect(answered).toBe(true)
    }
  })
})
