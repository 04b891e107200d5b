import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { FSWatcher } from 'chokidar'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { KnownFiles } from '../../../src/manifest/index.ts'
import { FileSource, WithValues } from '../../../src/reconcile/watch/file-trigger.ts'
import { describeFileTrigger } from '../../conformance/file-trigger.ts'

describeFileTrigger('FileTrigger', {
  'dots and a slash at the end': (path) => `${path.replaceAll('/', '/./x/../')}/`.replace(/\.yaml\/$/, '.yaml'),
})

describe('a source of files', () => {
  afterEach(() => vi.useRealTimers())

  it('keeps what was read, until everything is to be read anew', async () => {
    const root = mkdtempSync(join(tmpdir(), 'wfpctl-source-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    writeFileSync(join(root, 'a.yaml'), 'a: 1')
    writeFileSync(join(root, 'values.json'), '{}')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 }) // as if it had been written an hour ago

    const manifests = join(root, 'a.yaml')
    for (const source of [
      new FileSource([manifests]),
      new WithValues(new FileSource([manifests]), join(root, 'values.json')),
    ]) {
      const read = async (anew: boolean) => (await source.read({ anew }))?.files[0]
      const first = await read(false)

      expect(await read(false)).toBe(first)
      const again = await read(true)
      expect(again).toEqual(first)
      expect(again).not.toBe(first)
    }
  })

  it('knows nothing of a file that it was told of', async () => {
    const root = mkdtempSync(join(tmpdir(), 'wfpctl-source-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const path = join(root, 'a.yaml')
    writeFileSync(path, 'a: 1')
    const tell = vi.spyOn(KnownFiles.prototype, 'tell')
    const source = new FileSource([root])
    let told = () => {}
    const wasTold = new Promise<void>((resolve) => {
      told = resolve
    })
    const trigger = await source.onChange(told)
    try {
      writeFileSync(path, 'a: 2')
      await wasTold

      expect(tell.mock.calls.map(([path]) => basename(path))).toContain('a.yaml')
    } finally {
      tell.mockRestore()
      await trigger.close()
    }
  })

  it.runIf(process.platform !== 'darwin')('lists no directory for an event: who reads it does', async () => {
    const root = mkdtempSync(join(tmpdir(), 'wfpctl-source-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const list = vi.spyOn(FSWatcher.prototype, '_readdirp')
    let told = () => {}
    const wasTold = new Promise<void>((resolve) => {
      told = resolve
    })
    const trigger = await new FileSource([root]).onChange(told)
    try {
      writeFileSync(join(root, 'a.yaml'), 'a: 1')
      await wasTold

      expect(list).not.toHaveBeenCalled()
    } finally {
      list.mockRestore()
      await trigger.close()
    }
  })
})
