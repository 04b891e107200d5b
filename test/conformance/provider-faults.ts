/** What the provider says and leaves behind when the engine's calls fail, do nothing, or take its session away. */
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import { EngineRefusal } from '../../src/reconcile/provider.ts'
import { type Lab, openLab, WRITING } from '../laws/lab.ts'
import type { OpenEngine } from './provider.ts'
import { applied, everything, OTHERS, SET, synced, TWO } from './scene.ts'
import { type Test, testsExcept } from './settings.ts'

/** What a caller gets of a session that is over: FWP_E_SESSION_ABORTED, and the statuses of RPC when the service was started anew. */
const LOST = ['FWP_E_SESSION_ABORTED', '6', '1717', '1722', '1726', '1727', '1753', '1775'] as const
/** Of these none says that the session is over. */
const OTHER_STATUS = 'FWP_E_TIMEOUT'

export function describeFaults(name: string, openEngine: () => OpenEngine): void {
  describe(name, () => {
    let there: Scene | undefined
    let allocations: number

    beforeEach(() => {
      allocations = liveAllocations()
    })
    afterEach(async () => {
      await there?.close()
      there = undefined
      expect(liveAllocations()).toBe(allocations)
    })

    /** An engine of its own, with two tunnels applied. */
    const scene = async (): Promise<Scene> => {
      await there?.close()
      const engine = openEngine()
      there = new Scene(engine, await openLab(engine.raw))
      await applied(there.lab)
      return there
    }
    const test = testsExcept({})
    ineffective(scene, test)
    lostSessions(scene, test)
    otherAnswers(scene, test)
  })
}

type Scenery = () => Promise<Scene>

class Scene {
  readonly engine: OpenEngine
  readonly lab: Lab

  constructor(engine: OpenEngine, lab: Lab) {
    this.engine = engine
    this.lab = lab
  }

  /** Does some work while the fault strikes. */
  async under<T>(fault: string, work: () => Promise<T>): Promise<T> {
    await this.engine.set('fault', fault)
    try {
      return await work()
    } finally {
      await this.engine.set('fault', '')
    }
  }

  /** How applying something else ends while the fault strikes. */
  applyUnder(fault: string): Promise<string> {
    return this.under(fault, () =>
      this.lab.apply(OTHERS).then(
        (reports) => reports.map(({ result }) => result).join(),
        () => 'thrown',
      ),
    )
  }

  /** What the provider says at its end is another test's. */
  async close(): Promise<void> {
    await this.lab.close().catch(() => this.engine.raw.close?.())
  }

  everything(): Promise<string> {
    return everything(this.engine.raw)
  }

  /** What was applied is there, as somebody sees it who comes anew. */
  async holdsOthers(): Promise<void> {
    const { close: _, ...raw } = this.engine.raw
    const another = await openLab(raw)
    try {
      await synced(another, OTHERS)
    } finally {
      await another.close()
    }
  }
}

/** The calls of one apply, in order. */
async function callsOfApply(scene: Scenery): Promise<string[]> {
  const { lab } = await scene()
  const before = lab.calls.length
  await applied(lab, OTHERS)
  return lab.calls.slice(before)
}

function ineffective(scene: Scenery, test: Test): void {
  test('says applied only of what the engine holds, whichever call succeeds without effect', async () => {
    const changing = (await callsOfApply(scene)).filter((call) => WRITING.test(call))
    expect(changing.length).toBeGreaterThan(8)

    for (const number of changing.keys()) {
      const there = await scene()
      const before = await there.everything()
      const ended = await there.applyUnder(`*#${number + 1}=nothing`)
      if (ended === 'applied') await there.holdsOthers()
      else expect(await there.everything(), `${changing[number]}: ${ended}`).toBe(before)
    }
  })
}

function lostSessions(scene: Scenery, test: Test): void {
  for (const status of LOST) {
    test(`looks again in a new session when the first one is lost with ${status}`, async () => {
      const there = await scene()
      const look = () => there.lab.provider.observe([{ set: SET, wanted: [] }])

      const states = await there.under(`*Enum*#2=lost:${status}`, look)

      expect(states[0]?.resources.size).toBe(2)
      await synced(there.lab, TWO)
    })
  }

  test('leaves the engine as it was, or applies, wherever the session is lost', async () => {
    const calls = await callsOfApply(scene)
    for (const [i, status] of lossesOf(calls.length)) {
      const there = await scene()
      const before = await there.everything()
      const ended = await there.applyUnder(`*#${i}=lost:${status}`)
      if (ended === 'applied') await there.holdsOthers()
      else expect(await there.everything(), `${calls[i - 1]}: ${ended}`).toBe(before)
    }
  })

  test('applies in a new session wherever the first one is lost', async () => {
    const calls = await callsOfApply(scene)
    for (const [i, status] of lossesOf(calls.length)) {
      const there = await scene()
      expect(await there.applyUnder(`*#${i}=lost:${status}`), `${calls[i - 1]}: ${status}`).toBe('applied')
      await there.holdsOthers()
    }
  })
}

/** Every third call, each time with another status. */
function lossesOf(calls: number): (readonly [number, string])[] {
  const numbers = Array.from({ length: Math.floor(calls / 3) }, (_, i) => 1 + i * 3)
  return numbers.map((number, i) => [number, LOST[i % LOST.length] as string])
}

function otherAnswers(scene: Scenery, test: Test): void {
  test('says applied when the commit landed and its answer was lost with the session', async () => {
    const there = await scene()

    expect(await there.applyUnder('FwpmTransactionCommit0#1=done:RPC_S_CALL_FAILED')).toMatch(/^(applied|unchanged)$/)
    await there.holdsOthers()
  })

  test('closes everything when FwpmEngineClose0 answers otherwise, and takes it for no bug', async () => {
    const there = await scene()
    const closed: string[] = []
    const another = await openLab({ ...there.engine.raw, close: () => void closed.push('the library') })

    const error = await there.under(`FwpmEngineClose0#1=done:${OTHER_STATUS}`, () =>
      another.close().then(
        () => undefined,
        (thrown: unknown) => thrown,
      ),
    )

    expect(closed).toEqual(['the library'])
    if (error !== undefined) expect(error).toBeInstanceOf(EngineRefusal)
  })

  test('tells the first error, and not that of the enumeration that is given up for it', async () => {
    const there = await scene()
    const faults = `FwpmFilterEnum0#1=FWP_E_OUT_OF_BOUNDS,FwpmFilterDestroyEnumHandle0#1=done:${OTHER_STATUS}`

    const looking = there.under(faults, () => there.lab.provider.observe([{ set: SET, wanted: [] }]))

    await expect(looking).rejects.toMatchObject({ status: 'FWP_E_OUT_OF_BOUNDS' })
  })
}
