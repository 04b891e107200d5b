/** What `watch` hears of files: on Linux, and in the win32 node.exe under Wine. Titles of `skips` say what a system cannot show, and why. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileTrigger } from '../../src/reconcile/watch/file-trigger.ts'
import type { Skips } from './machine.ts'

let base: string
let trigger: FileTrigger | undefined
let marks = 0

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'wfpctl-trigger-'))
})
afterEach(async () => {
  await trigger?.close()
  rmSync(base, { recursive: true, force: true })
})

function write(path: string, text = `a: ${Math.random()}`): void {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), text)
}

function replaceLink(path: string, target: string): void {
  symlinkSync(target, join(base, `${path}.new`))
  renameSync(join(base, `${path}.new`), join(base, path))
}

/** @param roots below the base, unless they are absolute */
async function watching(...roots: string[]): Promise<void> {
  const mark = () => {
    marks += 1
  }
  trigger = new FileTrigger(
    roots.map((root) => (isAbsolute(root) ? root : join(base, root))),
    mark,
  )
  await trigger.refresh()
}

/** Does something, and waits for the mark that it must lead to; then reads again, as a pass does. */
async function marksAt(act: () => void): Promise<void> {
  await quiet()
  marks = 0
  act()
  for (let tries = 0; marks === 0 && tries < 500; tries++) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(marks).toBeGreaterThan(0)
  await trigger?.refresh()
}

/** Waits until no more marks come. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== marks; ) {
    before = marks
    await new Promise((resolve) => setTimeout(resolve, 120))
  }
}

/** How a user may spell the path of a root. */
export type Spellings = Readonly<Record<string, (path: string) => string>>

export function describeFileTrigger(name: string, spellings: Spellings, skips: Skips = {}): void {
  const test = (title: string, run: () => Promise<void>) =>
    title in skips ? it.skip(`${title} (${skips[title]})`, run) : it(title, run)
  describe(name, () => {
    stories(test)
    for (const [title, spell] of Object.entries(spellings)) spelled(title, spell, test)
  })
}

type Test = (title: string, run: () => Promise<void>) => void

function spelled(title: string, spell: (path: string) => string, test: Test): void {
  test(`marks for a directory and for a file whose path is written with ${title}`, async () => {
    write('manifests of gw01/a.yaml')
    write('the other one.yaml')
    await watching(spell(join(base, 'manifests of gw01')), spell(join(base, 'the other one.yaml')))

    await marksAt(() => write('manifests of gw01/a.yaml'))
    await marksAt(() => rmSync(join(base, 'manifests of gw01/a.yaml')))
    await marksAt(() => write('the other one.yaml'))
    await marksAt(() => rmSync(join(base, 'the other one.yaml')))
  })
}

function stories(test: Test): void {
  test('marks when a file is edited, saved by rename, and edited again', async () => {
    write('m/a.yaml')
    await watching('m')

    await marksAt(() => write('m/a.yaml'))
    await marksAt(() => {
      write('m/.a.tmp')
      renameSync(join(base, 'm/.a.tmp'), join(base, 'm/a.yaml'))
    })
    await marksAt(() => write('m/a.yaml'))
  })

  test('marks when a file appears, and when it is deleted', async () => {
    write('m/a.yaml')
    await watching('m')

    await marksAt(() => write('m/b.yaml'))
    await marksAt(() => rmSync(join(base, 'm/b.yaml')))
  })

  test('marks when a new directory appears, and when a file in it is edited then', async () => {
    write('m/a.yaml')
    await watching('m')

    await marksAt(() => write('m/sub/b.yaml'))
    await marksAt(() => write('m/sub/b.yaml'))
  })

  test('marks when a directory is re-created, and when a file in it is edited then', async () => {
    write('m/sub/b.yaml')
    await watching('m')

    await marksAt(() => {
      rmSync(join(base, 'm/sub'), { recursive: true })
      write('m/sub/b.yaml')
    })
    await marksAt(() => write('m/sub/b.yaml'))
  })

  test('marks when the root is deleted, when it is made again, and when a file in the new one is edited', async () => {
    write('m/a.yaml')
    await watching('m')

    await marksAt(() => rmSync(join(base, 'm'), { recursive: true }))
    await marksAt(() => write('m/a.yaml'))
    await marksAt(() => write('m/a.yaml'))
    await marksAt(() => {
      rmSync(join(base, 'm'), { recursive: true })
      write('m/a.yaml')
    })
    await marksAt(() => write('m/a.yaml'))
  })

  test('marks when the root is a link that is exchanged at once, and when a file behind the new link is edited', async () => {
    write('r1/a.yaml')
    write('r2/a.yaml')
    symlinkSync('r1', join(base, 'current'))
    await watching('current')

    await marksAt(() => replaceLink('current', 'r2'))
    await marksAt(() => write('r2/a.yaml'))
    await marksAt(() => replaceLink('current', 'r1'))
  })

  test('marks when a link on the way to the root is exchanged', async () => {
    write('r1/manifests/a.yaml')
    write('r2/manifests/a.yaml')
    symlinkSync('r1', join(base, 'current'))
    await watching('current/manifests')

    await marksAt(() => replaceLink('current', 'r2'))
    await marksAt(() => write('r2/manifests/a.yaml'))
  })

  test('marks when a volume is exchanged as Kubernetes does it', async () => {
    write('m/..1/a.yaml')
    write('m/..2/a.yaml')
    symlinkSync('..1', join(base, 'm/..data'))
    symlinkSync('..data/a.yaml', join(base, 'm/a.yaml'))
    await watching('m')

    await marksAt(() => replaceLink('m/..data', '..2'))
    await marksAt(() => write('m/..2/a.yaml'))
  })

  test('marks when a linked directory inside the tree is exchanged', async () => {
    write('r1/a.yaml')
    write('r2/a.yaml')
    write('m/x.yaml')
    symlinkSync('../r1', join(base, 'm/site'))
    await watching('m')

    await marksAt(() => replaceLink('m/site', '../r2'))
    await marksAt(() => write('r2/a.yaml'))
  })

  test('marks for a root that is a single file, saved by rename, deleted and made again', async () => {
    write('m/a.yaml')
    await watching('m/a.yaml')

    await marksAt(() => {
      write('m/.a.tmp')
      renameSync(join(base, 'm/.a.tmp'), join(base, 'm/a.yaml'))
    })
    await marksAt(() => rmSync(join(base, 'm/a.yaml')))
    await marksAt(() => write('m/a.yaml'))
  })

  test('leaves what is no manifest alone: a log beside the manifests, a neighbour of the root', async () => {
    write('m/a.yaml')
    await watching('m')
    await quiet()
    marks = 0

    write('m/sa-audit.ndjson')
    write('neighbour.yaml')
    await new Promise((resolve) => setTimeout(resolve, 300))

    expect(marks).toBe(0)
  })
}
