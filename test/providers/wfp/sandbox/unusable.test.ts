import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bind } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { EngineError } from '../../../../src/providers/wfp/binding/tables/status/index.ts'
import * as admin from '../../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'
import { UnusableSandbox } from '../../../../src/providers/wfp/sandbox/store/unusable.ts'
import { Machine } from '../../../conformance/machine.ts'
import * as sample from '../../../conformance/samples.ts'
import { openAt } from './sandboxes.ts'
import { temporaryDirectory } from './store/stores.ts'
import { isRoot, SPOILINGS, type Spoiling, settled, spoilt } from './unusable.ts'

let root: ReturnType<typeof temporaryDirectory>
/** A sandbox with a few tunnels, as it lies there when nobody uses it. */
let original: string
let copies = 0

beforeAll(async () => {
  root = temporaryDirectory()
  original = join(root.path, 'original')
  const opened = openAt({ directory: original })
  const machine = new Machine(opened.fwp)
  const handle = await machine.open()
  for (let i = 0; i < 3; i += 1) await machine.addTunnel(handle)
  await machine.closeAll()
  await opened.close()
  settled(original)
})
afterAll(() => {
  const made = readdirSync(root.path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of made) chmodSync(join(root.path, name), 0o700)
  root.remove()
})

const fresh = (): string => join(root.path, `copy-${++copies}`)

function copy(): string {
  const directory = fresh()
  cpSync(original, directory, { recursive: true })
  return directory
}

/** Everything that a look at the whole engine asks for, and a change. */
async function use(directory: string): Promise<void> {
  const raw = openSandbox({ directory })
  const machine = new Machine(bind(raw))
  try {
    const handle = await machine.open()
    await machine.filters(handle)
    await machine.addTunnel(handle)
    await machine.closeAll()
  } finally {
    raw.close?.()
    expect(raw.failures).toEqual([])
  }
}

async function refusalOf(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(EngineError)
  return error as EngineError
}

const cases = SPOILINGS.filter(({ runIf }) => runIf !== false).map((spoiling) => [spoiling.name, spoiling] as const)

describe('a sandbox directory', () => {
  it.each(cases)('%s is refused with its path and the reason', async (_, spoiling: Spoiling) => {
    const path = spoilt(spoiling, original, fresh())

    for (const { name, message, help } of [
      await refusalOf(use(path)),
      await refusalOf(admin.show({ directory: path })),
    ]) {
      expect({ name, message }).toEqual({
        name: 'RPC_S_CALL_FAILED_DNE',
        message: expect.stringMatching(spoiling.says),
      })
      expect(message).toContain(resolve(path))
      expect(help.includes('wfpctl sandbox reset')).toBe(spoiling.reset === true)
    }
  })

  it.each(cases.filter(([, { reset }]) => reset))(
    '%s is empty and usable after a reset',
    async (_, spoiling: Spoiling) => {
      const directory = spoilt(spoiling, original, fresh())
      writeFileSync(join(directory, 'notes of mine.txt'), 'not to be lost')

      await admin.reset({ directory })

      expect((await admin.show({ directory })).contexts).toEqual([])
      expect(existsSync(join(directory, 'notes of mine.txt'))).toBe(true)
      await use(directory)
    },
  )

  it('is left alone by a reset where that would not help', async () => {
    const directory = fresh()
    writeFileSync(directory, 'somebody’s file')

    await expect(admin.reset({ directory })).rejects.toThrow(UnusableSandbox)
    expect(readFileSync(directory, 'utf8')).toBe('somebody’s file')
  })

  it('is made for its owner alone, with those above it, whatever the umask', async () => {
    const directory = join(fresh(), 'a', 'b')
    const before = process.umask(0)
    try {
      await use(directory)
    } finally {
      process.umask(before)
    }
    const made = [join(directory, '../..'), join(directory, '..'), directory]
    const inside = readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)))

    expect([...made, ...inside].filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([])
  })

  it('may be there before, readable by others; what is made in it is not', async () => {
    const directory = fresh()
    mkdirSync(directory)
    chmodSync(directory, 0o755)
    await use(directory)

    const inside = readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)))
    expect(inside.filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([])
    expect(statSync(directory).mode & 0o777).toBe(0o755)
  })

  it.runIf(isRoot)('that may not be used is refused to an account without rights', async () => {
    const directory = join(root.path, 'closed', 'inner')
    mkdirSync(directory, { recursive: true })
    process.seteuid!(65_534)
    try {
      expect((await refusalOf(use(directory))).message).toMatch(/permission denied/)
    } finally {
      process.seteuid!(0)
    }
  })
})

describe('damage', () => {
  it('anywhere in the databases is refused in words, or does not matter: it is never a bug', async () => {
    const damage = fc.record({
      name: fc.constantFrom('engine.db', 'engine.db', 'sessions.db'),
      at: fc.nat(),
      change: fc.oneof(fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128), fc.uint8Array({ minLength: 1, maxLength: 40 })),
      cut: fc.option(fc.nat(), { freq: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ name, at, change, cut }) => {
        const directory = copy()
        const bytes = readFileSync(join(directory, name))
        const place = at % bytes.length
        if (typeof change === 'number') bytes[place]! ^= change
        else bytes.set(change.subarray(0, bytes.length - place), place)
        writeFileSync(join(directory, name), cut === null ? bytes : bytes.subarray(0, cut % bytes.length))

        const error = await use(directory).then(
          () => undefined,
          (error: unknown) => error,
        )

        if (error === undefined) return
        expect(error).toBeInstanceOf(EngineError)
        expect((error as EngineError).message).toContain(directory)
      }),
      { numRuns: 60 },
    )
  })

  it('of a word of a schema is never a bug, either', async () => {
    for (const name of ['engine.db', 'sessions.db']) {
      const bytes = readFileSync(join(original, name))
      for (const { index } of bytes.toString('latin1').matchAll(/(?<= )(integer|text|blob)(?= )/g)) {
        const directory = copy()
        const damaged = Buffer.from(bytes)
        damaged[index + 2]! ^= 0x80 // no UTF-8 any more
        writeFileSync(join(directory, name), damaged)

        const error = await use(directory).then(
          () => undefined,
          (error: unknown) => error,
        )

        if (error !== undefined) expect(error).toBeInstanceOf(EngineError)
      }
    }
  })

  it('that comes while the engine is open ends the call, and the engine goes on', async () => {
    const directory = copy()
    const raw = openSandbox({ directory })
    const machine = new Machine(bind(raw))
    const handle = await machine.open()
    const file = join(directory, 'engine.db')
    writeFileSync(file, Buffer.from(readFileSync(file)).fill(0x5a, 8_192), { flag: 'r+' })

    expect((await refusalOf(machine.filters(handle))).message).toMatch(/its files are damaged/)
    await machine.closeAll()
    raw.close?.()
    expect(raw.failures).toEqual([])
  })
})

/** How large files of this process may be, as somebody would see it whose disk is full. */
function limitFiles(bytes: number | 'unlimited'): boolean {
  return spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]).status === 0
}
const canLimit = process.platform === 'linux' && limitFiles('unlimited')

describe.runIf(canLimit)('a full disk', () => {
  it('at the commit changes nothing, and the engine goes on when there is room again', async () => {
    const directory = copy()
    const raw = openSandbox({ directory })
    const machine = new Machine(bind(raw))
    const handle = await machine.open()
    const before = await machine.filters(handle)
    await machine.begin(handle)
    for (let i = 0; i < 100; i += 1)
      await machine.addContext(handle, sample.general(Buffer.from(`${i}`.repeat(2_000), 'utf8')))
    limitFiles(statSync(join(directory, 'engine.db')).size + 40_000)
    let refused: EngineError
    try {
      refused = await refusalOf(machine.commit(handle))
    } finally {
      limitFiles('unlimited')
    }

    expect(refused.message).toMatch(/the disk is full/)
    expect(refused.message).toContain(directory)
    const { fwp } = machine
    await expect(fwp.FwpmTransactionAbort0({ engineHandle: handle })).rejects.toThrow('FWP_E_NO_TXN_IN_PROGRESS')
    expect(await machine.filters(handle)).toEqual(before)
    expect((await admin.show({ directory })).contexts).toHaveLength(6)
    await machine.addTunnel(handle)
    expect((await admin.show({ directory })).contexts).toHaveLength(8)
    await machine.closeAll()
    raw.close?.()
    expect(raw.failures).toEqual([])
  })

  it('is said of a sandbox that is opened on it', async () => {
    const directory = fresh()
    limitFiles(2_000)
    try {
      expect((await refusalOf(use(directory))).message).toMatch(/the disk is full/)
    } finally {
      limitFiles('unlimited')
    }
    await use(directory)
  })
})

describe('locks of processes that were killed', () => {
  it('are removed by whoever comes next, and those of the living stay', async () => {
    const directory = copy()
    const locks = () => readdirSync(join(directory, 'live'))
    const living = openSandbox({ directory })
    const machine = new Machine(bind(living))
    await machine.open()
    const [own] = locks()
    // killed between making its lock and writing its session: nobody knows of it
    writeFileSync(join(directory, 'live', '11111111-2222-4333-8444-555555555555.lock'), '', { mode: 0o600 })
    writeFileSync(join(directory, 'live', '11111111-2222-4333-8444-555555555555.lock-journal'), '', { mode: 0o600 })

    await admin.show({ directory })

    expect(locks()).toContain(own)
    expect(locks().filter((name) => name.startsWith('11111111'))).toEqual([])
    await machine.closeAll()
    living.close?.()
  })
})
