import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readManifestFiles } from '../../src/manifest/files.ts'

let folder: string
const write = (path: string, content: string | Buffer = 'a: 1\n') => writeFileSync(join(folder, path), content)

/** Codes and paths, seen from the folder. */
async function read(...paths: string[]) {
  const { files, diagnostics } = await readManifestFiles(paths.map((path) => join(folder, path)))
  const below = (path: string) => path.replace(`${folder.replaceAll('\\', '/')}/`, '')
  return {
    paths: files.map((file) => below(file.path)),
    texts: files.map((file) => file.text),
    findings: diagnostics.map(({ code, span }) => `${code} ${below(span!.file.path)}`),
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wfpctl-files-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('readManifestFiles', () => {
  it('searches directories at any depth, in order', async () => {
    mkdirSync(join(folder, 'z/deep'), { recursive: true })
    for (const path of ['z/deep/b.yml', 'z/a.yaml', 'c.YAML', 'readme.md']) write(path)

    expect((await read('.')).paths).toEqual(['c.YAML', 'z/a.yaml', 'z/deep/b.yml'])
  })

  it('takes a file by any name when it is given itself, and every file once', async () => {
    write('manifest.txt')
    write('a.yaml')

    expect((await read('manifest.txt', '.', 'a.yaml')).paths).toEqual(['a.yaml', 'manifest.txt'])
  })

  it('leaves out hidden directories, node_modules and secret stores', async () => {
    for (const path of ['.git', 'node_modules']) {
      mkdirSync(join(folder, path))
      write(`${path}/a.yaml`)
    }
    write('store.yaml', 'a: ENC[x]\nsops:\n  age: []\n')
    write('a.yaml', 'text: |\n  sops: mentioned\n')

    expect(await read('.')).toMatchObject({ paths: ['a.yaml'], findings: [] })
  })

  it('takes nothing under the name of a manifest for an absence', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
    mkdirSync(join(folder, 'folder.yaml'))
    symlinkSync('/dev/zero', join(folder, 'device.yaml'))
    symlinkSync('pipe.yaml', join(folder, 'link.yaml'))
    symlinkSync('nowhere', join(folder, 'gone.yaml'))
    const server = createServer().listen(join(folder, 'socket.yml'))
    await once(server, 'listening')

    const { paths, findings } = await read('.')
    server.close()

    expect(paths).toEqual([])
    expect(findings).toEqual([
      'E102 device.yaml',
      'E102 folder.yaml',
      'E101 gone.yaml',
      'E102 link.yaml',
      'E102 pipe.yaml',
      'E102 socket.yml',
    ])
  })

  it('drops a byte order mark and keeps CRLF', async () => {
    write('a.yaml', '\ufeffa: 1\r\n')

    expect((await read('a.yaml')).texts).toEqual(['a: 1\r\n'])
  })

  it('reads files of any size, each whole and nothing of the one before', async () => {
    const texts = ['a: 1\n'.repeat(3), `b: ${'ü'.repeat(1_300_000)}\n`, '', 'd: 1\n']
    texts.forEach((text, i) => void write(`${i}.yaml`, text))

    expect((await read('.')).texts).toEqual(texts)
  })

  it('reads the other files although some cannot be read', async () => {
    write('good.yaml')
    write('utf16.yaml', Buffer.from('\ufeffa: 1', 'utf16le'))
    write('binary.yaml', Buffer.from([0x61, 0, 1, 2]))
    write('latin1.yaml', Buffer.from('a: ü', 'latin1'))
    write('huge.yaml', '')
    truncateSync(join(folder, 'huge.yaml'), 50_000_000)

    const { paths, findings } = await read('.', 'missing.yaml')

    expect(paths).toEqual(['good.yaml'])
    expect(findings.sort()).toEqual([
      'E101 missing.yaml',
      'E104 huge.yaml',
      'E105 binary.yaml',
      'E105 latin1.yaml',
      'E105 utf16.yaml',
    ])
  })

  it.skipIf(process.platform === 'win32')('finds links that lead back, and links to nothing', async () => {
    mkdirSync(join(folder, 'a/b'), { recursive: true })
    write('a/b/x.yaml')
    symlinkSync(join(folder, 'a'), join(folder, 'a/b/loop'))
    symlinkSync('self.yaml', join(folder, 'self.yaml'))
    symlinkSync('nothing', join(folder, 'dangling.yaml'))

    const { paths, findings } = await read('.')

    expect(paths).toEqual(['a/b/x.yaml'])
    expect(findings.sort()).toEqual(['E101 dangling.yaml', 'E103 a/b/loop', 'E103 self.yaml'])
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('says what may not be read', async () => {
    write('secret.yaml')
    chmodSync(join(folder, 'secret.yaml'), 0)

    expect((await read('.')).findings).toEqual(['E102 secret.yaml'])
  })

  it.skipIf(process.platform === 'win32')('does not wait for a device', async () => {
    const { diagnostics } = await readManifestFiles(['/dev/null'])

    expect(diagnostics.map((d) => d.code)).toEqual(['E102'])
  })
})
