import { describe, expect, it } from 'vitest'
import { Loop } from '../../../src/reconcile/watch/loop.ts'
import type { Marks } from '../../../src/reconcile/watch/triggers.ts'
import { ManualClock } from './manual-clock.ts'

/** A loop whose passes end when the test says so. */
function harness() {
  const clock = new ManualClock()
  const passes: string[][] = []
  const sinces: number[] = []
  let finish: () => void = () => {}
  const loop = new Loop(clock, ({ triggers, since }: Marks) => {
    passes.push([...triggers].sort())
    sinces.push(since)
    return new Promise<void>((resolve) => {
      finish = resolve
    })
  })
  const finishPass = async () => {
    finish()
    await clock.advance(0)
  }
  return { clock, loop, passes, sinces, finishPass }
}

describe('Loop', () => {
  it('gathers a burst of file events into one pass', async () => {
    const { clock, loop, passes } = harness()

    for (let i = 0; i < 10; i++) {
      loop.mark('files')
      await clock.advance(20)
    }
    expect(passes).toEqual([])
    await clock.advance(25)

    expect(passes).toEqual([['files']])
  })

  it('is not put off for ever by events that never end', async () => {
    const { clock, loop, passes } = harness()

    for (let i = 0; i < 30; i++) {
      loop.mark('files')
      await clock.advance(10)
    }

    expect(passes.length).toBe(1)
  })

  it('collapses all marks during a pass into one more', async () => {
    const { clock, loop, passes, finishPass } = harness()
    loop.mark('start')
    await clock.advance(0)

    loop.mark('files')
    loop.mark('engine')
    loop.mark('files')
    await clock.advance(1_000)
    expect(passes).toEqual([['start']])
    await finishPass()
    await clock.advance(25)
    await finishPass()
    await clock.advance(1_000)

    expect(passes).toEqual([['start'], ['engine', 'files']])
  })

  it('says when the first sign came', async () => {
    const { clock, loop, sinces } = harness()
    await clock.advance(100)

    loop.mark('files')
    await clock.advance(10)
    loop.mark('files')
    await clock.advance(25)

    expect(sinces).toEqual([100])
  })

  it('keeps one timer a trigger: a later wake takes the place of an earlier one', async () => {
    const { clock, loop, passes } = harness()

    loop.wake('resync', 100)
    loop.wake('resync', 200)
    await clock.advance(150)
    expect(passes).toEqual([])
    await clock.advance(50)

    expect(passes).toEqual([['resync']])
  })

  it('ends after the running pass, and begins no other', async () => {
    const { clock, loop, passes, finishPass } = harness()
    loop.mark('start')
    await clock.advance(0)
    loop.mark('files')
    loop.wake('resync', 10)

    const end = loop.end()
    await finishPass()
    await end
    loop.mark('hangup')
    await clock.advance(1_000)

    expect(passes).toEqual([['start']])
    expect(clock.pending).toBe(0)
  })
})
