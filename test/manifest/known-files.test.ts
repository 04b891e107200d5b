import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { KnownFiles, readManifestFiles } from '../../src/manifest/index.ts'

const HOUR = 3_600_000
const LONG_AGO = new Date('2026-01-01')

afterEach(() => vi.useRealTimers())

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'wfpctl-known-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** As if what was written now had been written an hour ago. */
function anHourLater(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR })
}

async function found(path: string, known?: KnownFiles) {
  const { files, diagnostics, changedAt } = await readManifestFiles([path], known && { known })
  return {
    files: files.map((file) => [file.path, file.text]),
    found: diagnostics.map(({ message }) => message),
    changedAt,
  }
}

describe('files that are known', () => {
  it('are the very objects that they were, and only what was written is read', async () => {
    const root = folder()
    for (const name of ['a', 'b']) writeFileSync(join(root, `${name}.yaml`), name)
    const known = new KnownFiles()
    anHourLater()
    const first = await readManifestFiles([root], { known })
    vi.useRealTimers()
    await untilDatesDiffer(root)
    writeFileSync(join(root, 'b.yaml'), 'c')
    anHourLater()
    const second = await readManifestFiles([root], { known })

    const third = await readManifestFiles([root], { known })
    expect([second, third].every(({ files }) => files[0] === first.files[0])).toBe(true)
    expect(second.files.map(({ text }) => text)).toEqual(['a', 'c'])
    expect(second.changedAt).toBe(statSync(join(root, 'b.yaml')).mtimeMs)
  })

  it('count only if their dates were old: who writes twice within a tick leaves the same dates', () => {
    const path = join(folder(), 'a.yaml')
    writeFileSync(path, 'a')
    const file = { path, text: 'a' }
    const isKnown = (began: number): boolean => {
      const known = new KnownFiles()
      known.keep(path, { file, found: statSync(path), began })
      known.begin()
      return known.at(path)?.file === file
    }

    const { ctimeMs } = statSync(path)
    expect([ctimeMs + 3_999, ctimeMs + 4_000].map(isKnown)).toEqual([false, true])
    utimesSync(path, LONG_AGO, LONG_AGO) // what a program may set says nothing alone
    const { ctimeMs: changed } = statSync(path)
    expect([changed + 3_999, changed + 4_000].map(isKnown)).toEqual([false, true])
    const ahead = new Date(Math.ceil(changed) + HOUR)
    utimesSync(path, ahead, ahead)
    expect([ahead.getTime() + 3_999, ahead.getTime() + 4_000].map(isKnown)).toEqual([false, true])
  })

  it('count for nothing any more where everything is to be read anew', async () => {
    const root = folder()
    writeFileSync(join(root, 'a.yaml'), 'a')
    const known = new KnownFiles()
    anHourLater()
    const first = await readManifestFiles([root], { known })
    known.forget()
    const second = await readManifestFiles([root], { known })

    expect(second).toEqual(first)
    expect(second.files[0]).not.toBe(first.files[0])
  })

  it('are read where they were told to have changed, in whatever spelling, and only once', async () => {
    const root = folder()
    for (const name of ['a', 'b']) writeFileSync(join(root, `${name}.yaml`), name)
    const known = new KnownFiles()
    const read = () => readManifestFiles([root], { known })
    anHourLater()
    const first = await read()
    known.tell('C:/elsewhere/B.YAML')
    const second = await read()
    const third = await read()

    expect(second).toEqual(first)
    expect(second.files.map((file, i) => file === first.files[i])).toEqual([true, false])
    expect(third.files.map((file, i) => file === second.files[i])).toEqual([true, true])
  })

  it('are read where what is told comes while they are', async () => {
    const path = join(folder(), 'a.yaml')
    writeFileSync(path, 'a')
    const known = new KnownFiles()
    const file = { path, text: 'a' }
    known.begin()
    known.keep(path, { file, found: statSync(path), began: Date.now() + HOUR })
    known.tell(path)
    known.begin()

    expect(known.at(path)).toBeUndefined()
  })

  it('are nothing that a reading without them does not find, whatever happens to the files', async () => {
    const names = fc.constantFrom('a.yaml', 'b.yaml', 'd/a.yaml')
    const texts = fc.constantFrom('1', '2', '3', 'sops: 1', '\0')
    const steps = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ does: fc.constant('write'), name: names, text: texts, isDated: fc.boolean() }),
      },
      fc.record({ does: fc.constant('remove'), name: names }),
      { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('move', 'link'), name: names, to: names }) },
      fc.record({ does: fc.constant('forget') }),
    ) as fc.Arbitrary<Step>
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 15 }), async (all) => {
        const root = mkdtempSync(join(tmpdir(), 'wfpctl-known-'))
        mkdirSync(join(root, 'd'))
        const known = new KnownFiles()
        for (const step of all) {
          if (step.does === 'forget') known.forget()
          else change(root, step)
          await untilDatesDiffer(root)
          anHourLater()
          expect(await found(root, known)).toEqual(await found(root))
          vi.useRealTimers()
        }
        rmSync(root, { recursive: true })
      }),
      { numRuns: 150 },
    )
  })
})

type Change =
  | { readonly does: 'write'; readonly name: string; readonly text: string; readonly isDated: boolean }
  | { readonly does: 'remove'; readonly name: string }
  | { readonly does: 'move'; readonly name: string; readonly to: string }
  | { readonly does: 'link'; readonly name: string; readonly to: string }
type Step = Change | { readonly does: 'forget' }

function change(root: string, step: Change): void {
  const path = join(root, step.name)
  try {
    if (step.does === 'write') {
      writeFileSync(path, step.text)
      if (step.isDated) utimesSync(path, LONG_AGO, LONG_AGO)
    } else if (step.does === 'remove') rmSync(path)
    else if (step.does === 'move') renameSync(path, join(root, step.to))
    else symlinkSync(path, join(root, step.to))
  } catch {} // there is nothing, or it is there already
}

/** Until the file system's clock has ticked. */
async function untilDatesDiffer(root: string): Promise<void> {
  const probe = join(root, 'probe')
  const now = () => {
    writeFileSync(probe, '')
    return statSync(probe).ctimeMs
  }
  for (const began = now(); now() === began; ) await sleep(1)
  rmSync(probe)
}
