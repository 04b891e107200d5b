import { describe, expect, it } from 'vitest'
import type { RememberedResults } from '../../../src/base/memo.ts'
import { kinds as allKinds } from '../../../src/kinds/index.ts'
import type { SourceReading } from '../../../src/reconcile/watch/source.ts'
import { Tree } from '../../../src/reconcile/watch/tree.ts'
import { setYaml, tunnelYaml } from './manifests.ts'
import { ManualClock } from './manual-clock.ts'

const SETTLE = 250
const kinds = new Map(allKinds.map((kind) => [kind.name, kind]))

function harness(state: SourceReading['state'] = 'moving', strict = false, results?: RememberedResults) {
  const clock = new ManualClock()
  let files: { [path: string]: string } = {}
  const source = {
    state,
    /** when somebody wrote last, by the dates of the files; ahead of the clock: a date that tells nothing */
    writtenAt: Number.NEGATIVE_INFINITY,
    read: async (): Promise<SourceReading> => ({
      files: Object.entries(files).map(([path, text]) => ({ path, text })),
      diagnostics: [],
      state: source.state,
      quietMilliseconds: Math.max(0, clock.now() - source.writtenAt),
    }),
    onChange: async () => ({ close: async () => {} }),
  }
  const tree = new Tree(source, kinds, { clock, settleMilliseconds: SETTLE, strict, ...(results && { results }) })
  const put = (changed: { [path: string]: string | undefined }) => {
    files = Object.fromEntries(
      Object.entries({ ...files, ...changed }).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])),
    )
  }
  const verdict = async () => (await tree.look()).verdict
  const declared = async () => (await tree.look()).accepted?.desired.resources.map((r) => r.name).sort()
  /** The first reading is accepted when a second one agrees. */
  const accept = async () => {
    await tree.look()
    await clock.advance(SETTLE)
    expect(await verdict()).toBe('good')
  }
  return { clock, tree, source, put, verdict, declared, accept }
}

const whole = { 'set.yaml': setYaml('vpn'), 'a.yaml': tunnelYaml('a'), 'b.yaml': tunnelYaml('b') }

describe('Tree', () => {
  it('accepts the first reading only when a second one agrees: it may have begun in the middle of a checkout', async () => {
    const { clock, put, verdict, declared } = harness()
    put({ ...whole, 'b.yaml': undefined })

    expect(await verdict()).toBe('unsettled')
    await clock.advance(SETTLE - 1)
    put(whole)
    expect(await verdict()).toBe('unsettled')
    await clock.advance(2 * SETTLE) // it was changing: twice as long

    expect(await verdict()).toBe('good')
    expect(await declared()).toEqual(['a', 'b'])
  })

  it('takes a first reading for half of something while its files are being written, and longer each time they change', async () => {
    const { clock, put, source, tree, verdict, declared } = harness()
    const parts = ['a', 'b', 'c'].map((name) => tunnelYaml(name))
    const write = (text: string) => {
      put({ 'set.yaml': setYaml('vpn'), 'all.yaml': text })
      source.writtenAt = clock.now()
    }
    for (const [count, pause] of [
      [0, 1_900],
      [1, 3_900],
      [2, 7_900],
    ] as const) {
      write(parts.slice(0, count).join('---\n'))
      expect(await verdict()).toBe('unsettled')
      await clock.advance(pause)
      expect(await verdict()).toBe('unsettled')
    }
    write(parts.join('---\n'))
    const { waitMilliseconds } = await tree.look()
    await clock.advance(waitMilliseconds)
    expect(await declared()).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['were written long ago', -60_000, SETTLE],
    ['were written a moment ago', 0, 2_000],
    ['have a date that lies ahead', 3_600_000, 2_000],
  ])('waits for a second reading when its first files %s', async (_, writtenAt, wait) => {
    const { put, source, tree, clock } = harness()
    put(whole)
    source.writtenAt = writtenAt

    expect((await tree.look()).waitMilliseconds).toBe(wait)
    await clock.advance(wait)
    expect((await tree.look()).verdict).toBe('good')
  })

  it('takes what is added or changed at once', async () => {
    const { put, accept, tree } = harness()
    put(whole)
    await accept()

    put({ 'c.yaml': tunnelYaml('c'), 'a.yaml': tunnelYaml('a', { time: '30m' }) })
    const look = await tree.look()

    expect([look.verdict, look.changed]).toEqual(['good', true])
    expect(look.accepted?.desired.resources.length).toBe(3)
  })

  it('lets an absence count only when two readings agree', async () => {
    const { clock, put, accept, tree, declared } = harness()
    put(whole)
    await accept()

    put({ 'b.yaml': undefined })
    const first = await tree.look()
    expect([first.verdict, first.missing]).toEqual(['unsettled', ['IPsecTunnel/b']])
    expect(await declared()).toEqual(['a', 'b'])
    await clock.advance(SETTLE)

    expect(await declared()).toEqual(['a'])
  })

  it('waits longer for what is missing from a file that still stands, and longer each time the file changes', async () => {
    const { clock, put, accept, tree, declared } = harness()
    const parts = ['a', 'b', 'c', 'd'].map((name) => tunnelYaml(name))
    put({ 'set.yaml': setYaml('vpn'), 'all.yaml': parts.join('---\n') })
    await accept()

    for (const [written, pause] of [
      ['', 1_900],
      [`${parts[0]}`, 3_900],
      [`${parts[0]}---\nkind: [`, 1_000],
      [`${parts[0]}---\n${parts[1]}`, 10_000],
    ] as const) {
      put({ 'all.yaml': written })
      await tree.look()
      await clock.advance(pause)
      expect(await declared()).toEqual(['a', 'b', 'c', 'd'])
    }
    const { waitMilliseconds } = await tree.look()
    expect(waitMilliseconds).toBeGreaterThan(0)
    await clock.advance(waitMilliseconds)
    expect(await declared()).toEqual(['a', 'b'])
  })

  it('waits no longer than usual when the file has rested in between', async () => {
    const { clock, put, accept, tree, declared } = harness()
    const two = [tunnelYaml('a'), tunnelYaml('b')].join('---\n')
    put({ 'set.yaml': setYaml('vpn'), 'all.yaml': two })
    await accept()
    for (let i = 0; i < 8; i++) {
      put({ 'all.yaml': `kind: [ # ${i}` })
      await tree.look()
    }
    await clock.advance(60_001)

    put({ 'all.yaml': tunnelYaml('a') })
    expect((await tree.look()).waitMilliseconds).toBe(2_000)
    await clock.advance(2_000)
    expect(await declared()).toEqual(['a'])
  })

  it('starts over when the second reading differs', async () => {
    const { clock, put, accept, declared } = harness()
    put(whole)
    await accept()

    put({ 'b.yaml': undefined })
    await declared()
    await clock.advance(SETTLE)
    put({ 'a.yaml': undefined })
    expect(await declared()).toEqual(['a', 'b'])
    await clock.advance(SETTLE)
    put(whole)

    expect(await declared()).toEqual(['a', 'b'])
  })

  it('sees no absence in a tunnel that moved to another file', async () => {
    const { put, accept, verdict } = harness()
    put(whole)
    await accept()

    put({ 'b.yaml': undefined, 'moved.yaml': tunnelYaml('b') })

    expect(await verdict()).toBe('good')
  })

  it('keeps the last good state when a file breaks, and until it is fixed', async () => {
    const { clock, put, accept, tree, declared, verdict } = harness()
    put(whole)
    await accept()

    put({ 'b.yaml': 'apiVersion: wfpctl/v1alpha1\nkind: [' })
    const look = await tree.look()
    expect(look.verdict).toBe('invalid')
    expect(look.diagnostics.map((d) => d.severity)).toContain('error')
    await clock.advance(10 * SETTLE)
    expect(await declared()).toEqual(['a', 'b'])
    put(whole)

    expect(await verdict()).toBe('good')
  })

  it('does not count a broken reading as one of the two', async () => {
    const { clock, put, accept, declared } = harness()
    put(whole)
    await accept()

    put({ 'b.yaml': undefined })
    await declared()
    put({ 'b.yaml': 'kind: [' })
    await declared()
    await clock.advance(SETTLE)
    put({ 'b.yaml': undefined })

    expect(await declared()).toEqual(['a', 'b'])
  })

  it('waits for as long as a tool is known to be at work', async () => {
    const { clock, put, accept, source, declared } = harness()
    put(whole)
    await accept()

    source.state = 'busy'
    put({ 'b.yaml': undefined })
    for (let i = 0; i < 5; i++) {
      expect(await declared()).toEqual(['a', 'b'])
      await clock.advance(SETTLE)
    }
    source.state = 'moving'
    await declared()
    await clock.advance(SETTLE)

    expect(await declared()).toEqual(['a'])
  })

  it('counts a warning as an error where it is strict', async () => {
    const weak = tunnelYaml('b').replace('aead: aes256gcm', 'encryption: 3des, integrity: sha256')
    for (const strict of [false, true]) {
      const { put, accept, tree } = harness('moving', strict)
      put(whole)
      await accept()
      put({ 'b.yaml': weak })

      const { verdict, accepted, diagnostics } = await tree.look()
      expect([verdict, accepted?.desired.resources.length]).toEqual([strict ? 'invalid' : 'good', 2])
      expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(strict ? ['error W220'] : [])
    }
  })

  it('takes a commit as it is: it is finished', async () => {
    const { put, declared } = harness('finished')
    put(whole)
    expect(await declared()).toEqual(['a', 'b'])

    put({ 'b.yaml': undefined })

    expect(await declared()).toEqual(['a'])
  })

  it('begins with what earlier processes found out, saves what it found itself, and asks them no more', async () => {
    const saved = new Map<string, string>()
    const kept: string[] = []
    let asked = 0
    const results = {
      get: (digest: string) => {
        asked += 1
        return saved.get(digest)
      },
      put: (digest: string, result: string) => void saved.set(digest, result),
      save: () => void kept.push(...saved.keys()),
    }
    const first = harness('finished', false, { texts: results, trees: results })
    first.put(whole)
    expect(await first.declared()).toEqual(['a', 'b'])
    expect(kept.length).toBeGreaterThan(2)

    const second = harness('finished', false, { texts: results, trees: results })
    second.put(whole)
    const known = saved.size
    expect(await second.declared()).toEqual(['a', 'b'])
    expect(saved.size).toBe(known)

    const before = asked
    second.put({ 'c.yaml': tunnelYaml('c') })
    expect(await second.declared()).toEqual(['a', 'b', 'c'])
    expect(asked).toBe(before)
  })
})
