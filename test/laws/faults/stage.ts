/** An engine with two tunnels in it, for one cell of the table: opened by each command as each process opens it. */

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { expect } from 'vitest'
import type { Desired } from '../../../src/manifest/model.ts'
import type { RawLibrary } from '../../../src/providers/wfp/binding/call/bind.ts'
import { reset } from '../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../src/providers/wfp/sandbox/library.ts'
import { UnusableSandbox } from '../../../src/providers/wfp/sandbox/store/unusable.ts'
import { applied, everything, SET, synced } from '../../conformance/scene.ts'
import { settled } from '../../providers/wfp/sandbox/unusable.ts'
import { openLab } from '../lab.ts'

/** `before` and `after` the command; `unreadable`: a damaged store, which says so and can be emptied. */
export type State = 'before' | 'after' | 'unreadable'

export interface Stage {
  /** opens the engine, as a process does */
  open(): RawLibrary
  /** what the end of that process closes */
  leave(raw: RawLibrary): void
  /** What the engine holds, to somebody who comes anew. Fails where it is neither what it was nor what is declared. */
  state(desired: Desired): Promise<State>
  /** Whatever it was, the next apply reaches what is declared, and nobody who is gone is in its way. */
  reaches(desired: Desired): Promise<void>
  /** ends what lasts: the disk has room again, or a person emptied the damaged store */
  mend(): Promise<void>
  close(): Promise<void>
}

/** Where what strikes lasts, or outlives the process, the engine is one on a disk. */
export interface DiskStage extends Stage {
  /** From now on nothing more can be written. */
  fill(): Promise<void>
  /** What stands in the files is not what was written there. */
  damage(): void
  /** What is on the disk at this moment is what a process that dies now leaves; the locks of the dead are nobody's. */
  dieHere(): void
}

export async function inMemory(): Promise<Stage> {
  const raw = openSandbox('memory')
  await prepare(raw)
  const before = await everything(raw)
  return {
    open: () => raw,
    leave: () => {},
    state: async (desired) => ((await everything(raw)) === before ? 'before' : isReached(keptOpen(raw), desired)),
    reaches: (desired) => reaches(keptOpen(raw), desired),
    mend: async () => {},
    close: async () => raw.close?.(),
  }
}

/** In memory where there is such a place: nothing here outlives the machine, and hundreds of stores are synchronised. */
const HOME = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const newFolder = () => mkdtempSync(join(HOME, 'wfpctl-faults-'))

/** Two tunnels, as every cell begins with them. */
const original = newFolder()
/** What commands write beside the engine. */
export const beside = newFolder()
let before: string | undefined

export async function onDisk(): Promise<DiskStage> {
  before ??= await prepareOriginal()
  const root = newFolder()
  const directory = join(root, 'engine')
  cpSync(original, directory, { recursive: true })
  let left = directory
  let isFull = false
  let isDamaged = false
  return {
    open: () => openSandbox({ directory }),
    leave: (raw) => raw.close?.(),
    state: async (desired) => {
      if (isFull) await limitFiles('unlimited')
      const found = asFound(left, join(root, 'found'))
      const shown = await shownIn(found)
      if (shown === undefined) return 'unreadable'
      return shown === before ? 'before' : isReached(openSandbox({ directory: found }), desired)
    },
    reaches: async (desired) => reaches(openSandbox({ directory: left }), desired),
    mend: async () => {
      if (isFull) await limitFiles('unlimited')
      if (isDamaged) await reset({ directory })
      isFull = false
      isDamaged = false
    },
    close: async () => rmSync(root, { recursive: true }),
    fill: async () => {
      isFull = true
      await limitFiles('0')
    },
    damage: () => {
      isDamaged = true
      for (const name of ['engine.db', 'engine.db-wal']) garbleWhatIs(join(directory, name))
    },
    dieHere: () => {
      left = join(root, 'left')
      cpSync(directory, left, { recursive: true })
    },
  }
}

export function endStages(): void {
  helper?.stdin.end()
  for (const folder of [original, beside]) rmSync(folder, { recursive: true })
}

async function prepare(raw: RawLibrary): Promise<void> {
  const lab = await openLab(keptOpen(raw))
  await applied(lab)
  await lab.close()
}

function keptOpen({ name, calls }: RawLibrary): RawLibrary {
  return { name, calls }
}

/** @returns what it holds */
async function prepareOriginal(): Promise<string> {
  const raw = openSandbox({ directory: original })
  await prepare(raw)
  const shown = await everything(raw)
  raw.close?.()
  settled(original)
  return shown
}

/** What a process that comes later finds: it knows nothing of what connections in this one still have in memory. */
function asFound(directory: string, copy: string): string {
  rmSync(copy, { recursive: true, force: true })
  cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith('-shm') })
  return copy
}

/** @returns undefined where the store says that it is damaged, and how to empty it */
async function shownIn(directory: string): Promise<string | undefined> {
  const raw = opened(directory)
  try {
    return raw && (await everything(raw))
  } catch (error) {
    expectDamage(error, directory)
    return undefined
  } finally {
    raw?.close?.()
  }
}

function opened(directory: string): RawLibrary | undefined {
  try {
    return openSandbox({ directory })
  } catch (error) {
    expectDamage(error, directory)
    return undefined
  }
}

function expectDamage(error: unknown, directory: string): void {
  expect(String(error)).toContain(`the sandbox ${directory} cannot be used: its files are damaged`)
  if (error instanceof UnusableSandbox) expect(error.help).toContain('wfpctl sandbox reset')
}

async function isReached(raw: RawLibrary, desired: Desired): Promise<'after'> {
  const lab = await openLab(raw)
  await synced(lab, desired)
  await lab.close()
  return 'after'
}

async function reaches(raw: RawLibrary, desired: Desired): Promise<void> {
  const lab = await openLab(raw)
  try {
    expect(await lab.provider.claim(SET).then(({ held }) => held)).toBe(true)
    expect(await lab.provider.registered()).toEqual(new Set())
    await lab.apply(desired, { host: 'gw01', allowEmpty: true })
    await synced(lab, desired)
  } finally {
    await lab.close()
  }
}

/** The kernel refuses every write of this process, as a full disk does. By a helper: to fork this process takes longer than a cell. */
async function limitFiles(bytes: string): Promise<void> {
  helper ??= spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'] })
  helper.stdin.write(`prlimit --pid ${process.pid} --fsize=${bytes}: && echo done\n`)
  await once(helper.stdout, 'data')
}

let helper: ChildProcessByStdio<Writable, Readable, null> | undefined

function garbleWhatIs(path: string): void {
  if (!existsSync(path)) return
  const bytes = readFileSync(path, { flag: 'r' })
  writeFileSync(
    path,
    bytes.map((byte, i) => (byte ^ 0x5a ^ i) & 0xff),
    { flag: 'r+' },
  )
}
