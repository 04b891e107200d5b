import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SavedResults } from '../../src/cli/results.ts'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const KEY = { places: ['/etc/tunnels'] }
const [ONE, TWO, THREE] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]
const ownsModes = process.platform !== 'win32'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wfpctl-results-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function saved(directory: string, entries: Readonly<Record<string, string>>): void {
  const results = new SavedResults(directory, KEY)
  for (const [digest, text] of Object.entries(entries)) results.put(digest, text)
  results.save()
}

const onlyFileIn = (directory: string) => join(directory, readdirSync(directory)[0]!)

describe('saved results', () => {
  it('are there for the next run with the same key, and for no other', () => {
    const directory = folder()
    saved(directory, { [ONE]: 'a line\u2028 and another', [TWO]: 'tab\tand blank ', [THREE]: 'two\nlines' })

    const [again, other] = [new SavedResults(directory, KEY), new SavedResults(directory, { places: ['/elsewhere'] })]

    expect([again.get(ONE), again.get(TWO)]).toEqual(['a line\u2028 and another', 'tab\tand blank '])
    expect([again.get(THREE), other.get(ONE)]).toEqual([undefined, undefined])
  })

  it('are forgotten when a run that finds something new does not ask for them', () => {
    const directory = folder()
    saved(directory, { [ONE]: 'one', [TWO]: 'two' })
    const next = new SavedResults(directory, KEY)
    next.get(TWO)
    next.put(THREE, 'three')
    next.save()

    const last = new SavedResults(directory, KEY)

    expect([last.get(ONE), last.get(TWO), last.get(THREE)]).toEqual([undefined, 'two', 'three'])
  })

  it('are kept unasked where there are few of them, the ones used last', () => {
    const directory = folder()
    const open = () => new SavedResults(directory, KEY, 2)
    for (const digest of [ONE, TWO, THREE]) {
      const results = open()
      results.put(digest, `is ${digest[0]}`)
      expect(results.get(digest)).toBe(`is ${digest[0]}`)
      results.save()
    }
    const next = open()
    next.get(ONE)
    next.put('4'.repeat(64), 'is 4')
    next.save()
    const last = open()
    last.put('5'.repeat(64), 'is 5')
    last.save()

    const kept = [...[ONE, TWO, THREE], '4'.repeat(64), '5'.repeat(64)].map((digest) => open().get(digest))

    expect(kept).toEqual(['is 1', undefined, undefined, 'is 4', 'is 5'])
  })

  it('are kept unasked as far as they are short: every run reads what is kept', () => {
    const directory = folder()
    const digests = [ONE, TWO, THREE, '4'.repeat(64), '5'.repeat(64)]
    for (const digest of digests) {
      const results = new SavedResults(directory, KEY, 8)
      results.put(digest, digest[0]!.repeat(1_000_000))
      results.save()
    }

    const kept = new SavedResults(directory, KEY)
    expect(digests.filter((digest) => kept.get(digest) !== undefined)).toEqual(digests.slice(2))
  })

  it('count for nothing when any byte of their file is another, or missing', () => {
    const directory = folder()
    saved(directory, { [ONE]: 'one' })
    const path = onlyFileIn(directory)
    const bytes = readFileSync(path)

    for (let i = 0; i < bytes.length; i++) {
      const damaged = Buffer.from(bytes)
      damaged[i]! ^= 1
      writeFileSync(path, damaged)
      expect(new SavedResults(directory, KEY).get(ONE), `byte ${i}`).toBeUndefined()
      writeFileSync(path, bytes.subarray(0, i))
      expect(new SavedResults(directory, KEY).get(ONE), `${i} bytes`).toBeUndefined()
    }
  })

  it.runIf(ownsModes)('belong to their owner alone, or are not used', () => {
    const directory = join(folder(), 'results')
    saved(directory, { [ONE]: 'one' })
    const path = onlyFileIn(directory)
    expect([statSync(directory).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600])

    chmodSync(path, 0o640)
    expect(new SavedResults(directory, KEY).get(ONE)).toBeUndefined()
    chmodSync(path, 0o600)
    chmodSync(directory, 0o711)
    expect(new SavedResults(directory, KEY).get(ONE)).toBeUndefined()
    saved(directory, { [TWO]: 'two' })
    chmodSync(directory, 0o700)
    expect(new SavedResults(directory, KEY).get(TWO)).toBeUndefined()
  })

  it('keep a limited number of files', () => {
    const directory = folder()
    for (let i = 0; i < 120; i++) {
      const results = new SavedResults(directory, { i })
      results.put(ONE, `${i}`)
      results.save()
    }

    expect(readdirSync(directory)).toHaveLength(96)
    expect(new SavedResults(directory, { i: 119 }).get(ONE)).toBe('119')
  })

  it('change nothing that a command says, hold no key, and are absent with --no-cache', async () => {
    const bench = workbench()
    const directory = join(bench.folder, '..', 'cache', 'wfpctl', 'results')
    const env = { PSK: 'correct horse battery staple' }
    const text = many(tunnelSet('vpn', 'prune: true'), tunnel('a', { set: 'vpn', psk: 'env: PSK' }))
    await bench.write('all.yaml', text)
    await bench.runWith({ ...env, WFPCTL_NO_CACHE: '1' }, 'apply', '--auto-approve')
    const never = await bench.runWith(env, 'plan', '-o', 'json', '--no-cache')
    expect(existsSync(directory)).toBe(false)

    const [first, second] = [
      await bench.runWith(env, 'plan', '-o', 'json'),
      await bench.runWith(env, 'plan', '-o', 'json'),
    ]

    expect([first, second]).toEqual([never, never])
    const kept = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'utf8'))
    expect(kept.map((text) => text.includes('"name":"a"')).sort()).toEqual([false, false, true])
    for (const text of kept) expect(text).not.toContain(env.PSK)
    await bench.write('all.yaml', text.replace('10.2.1.0/24', '10.2.1.0/33'))
    const broken = await bench.runWith(env, 'plan')
    expect(broken.code).toBe(3)
    expect(broken.stderr).toContain('all.yaml:13:')
  })

  it('tell of what was done to one of many tunnels as a run does that remembers nothing', async () => {
    const bench = workbench()
    const documents = Array.from({ length: 200 }, (_, i) => tunnel(`t${i}`, { set: 'vpn', net: i }))
    await bench.write('a.yaml', many(tunnelSet('vpn', 'prune: true'), ...documents.slice(0, 120)))
    await bench.write('b.yaml', many(...documents.slice(120)))
    await bench.run('apply', '--auto-approve')
    await bench.run('plan')
    for (const done of [['tamper', 'IPsecTunnel/t150'], ['rm', 'IPsecTunnel/t7'], ['add-foreign']]) {
      expect((await bench.run('sandbox', ...done)).code, done.join(' ')).toBe(0)
      for (const shown of [[], ['-o', 'json']]) {
        const told = await bench.run('plan', ...shown)
        expect(told).toEqual(await bench.run('plan', ...shown, '--no-cache'))
        expect(told.stdout).toContain('t150')
      }
    }
  })

  it('tell of an edited document, and apply it, as a run does that remembers nothing', async () => {
    const bench = workbench()
    const written = (edit: (i: number, text: string) => string) =>
      many(
        tunnelSet('vpn', 'prune: true'),
        ...Array.from({ length: 200 }, (_, i) => edit(i, tunnel(`t${i}`, { set: 'vpn', net: i }))),
      )
    await bench.write(
      'all.yaml',
      written((_, text) => text),
    )
    await bench.run('apply', '--auto-approve')
    await bench.run('plan')
    const edits: [string, (i: number, text: string) => string][] = [
      ['IPsecTunnel/t8', (i, text) => (i === 8 ? text.replace('time: 1h', 'time: 2h') : text)],
      ['IPsecTunnel/another', (i, text) => (i === 9 ? text.replace('name: t9', 'name: another') : text)],
      ['gatway', (i, text) => (i === 100 ? text.replace('gateway', 'gatway') : text)],
      ['W223', (i, text) => (i === 101 ? text.replaceAll('.101.0/24', '.7.0/24') : text)],
    ]
    for (const [says, edit] of edits) {
      await bench.write('all.yaml', written(edit))
      expect((await bench.run('validate')).code).toBe(says === 'gatway' ? 3 : 0)
      const told = await bench.run('plan')
      expect(told).toEqual(await bench.run('plan', '--no-cache'))
      expect(told.stdout + told.stderr).toContain(says)
      const applied = await bench.run('apply', '--auto-approve')
      expect(applied.code).toBe(says === 'gatway' ? 3 : 0)
      if (applied.code !== 0) continue
      expect(applied.stdout).toMatch(/applied \d changes?, read back and verified/)
      expect((await bench.run('plan', '--no-cache')).stdout).toContain('No changes. 200 resources match')
    }
  })

  it('let what a killed process left half done go, and not what another writes at the moment', () => {
    const directory = folder()
    saved(directory, { [ONE]: 'one' })
    const [left, written] = ['a.jsonl.1.2', 'b.jsonl.3.4'].map((name) => join(directory, name)) as [string, string]
    for (const path of [left, written]) writeFileSync(path, 'half')
    utimesSync(left, 0, 0)

    saved(directory, { [ONE]: 'one', [TWO]: 'two' })

    expect([existsSync(left), existsSync(written)]).toEqual([false, true])
    expect(new SavedResults(directory, KEY).get(TWO)).toBe('two')
  })

  it('change no answer while many processes write them at once, and some are killed', async () => {
    const bench = workbench()
    const documents = (end: number) =>
      Array.from({ length: 60 }, (_, i) => tunnel(`t${i}`, { set: 'vpn', net: i, time: `${(i % end) + 1}h` }))
    const variants = [3, 5, 7].map((end) => many(tunnelSet('vpn', 'prune: true'), ...documents(end)))
    const answers: string[] = []
    for (const text of variants) {
      await bench.write('all.yaml', text)
      answers.push((await bench.run('plan', '-o', 'json', '--no-cache')).stdout)
    }
    for (let round = 0; round < 3; round++) {
      const at = round % variants.length
      await bench.write('all.yaml', variants[at]!)
      const started = Array.from({ length: 4 }, () => bench.start({}, 'plan', '-o', 'json'))
      for (const one of started.slice(2)) setTimeout(() => one.kill('SIGKILL'), 150 + 100 * round)
      const ended = await Promise.all(started.map(({ done }) => done))
      for (const { stdout, code } of ended.slice(0, 2)) expect([code, stdout]).toEqual([0, answers[at]])
    }
    expect((await bench.run('plan', '-o', 'json')).stdout).toBe(answers[2])
  })
})
