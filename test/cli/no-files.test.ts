/** What stands under the name of a file and is none keeps nobody waiting, and is never taken for an absence. */

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { isSynced, watching } from './watching.ts'

/** What a secret may be instead of a file, and what is said of it. */
const SECRETS: { readonly [what: string]: readonly [make: (path: string) => void, said: string] } = {
  'a pipe': [(path) => void execFileSync('mkfifo', ['-m', '600', path]), 'psk is not a regular file'],
  'a link to a pipe': [
    (path) => {
      execFileSync('mkfifo', ['-m', '600', `${path}.pipe`])
      symlinkSync(`${path}.pipe`, path)
    },
    'psk is not a regular file',
  ],
  'a device without end': [(path) => symlinkSync('/dev/zero', path), 'psk is not a regular file'],
  'a folder': [(path) => symlinkSync('/', path), 'psk is not a regular file'],
  'as large as no key is': [
    (path) => {
      writeFileSync(path, 'x'.repeat(65_537))
      chmodSync(path, 0o600)
    },
    'psk is larger than 65536 bytes',
  ],
}

async function withSecret(make: (path: string) => void): Promise<Workbench> {
  const bench = workbench()
  await bench.write('a.yaml', tunnel('a', { psk: 'file: psk' }))
  make(join(bench.folder, 'psk'))
  return bench
}

describe('a place below a file', () => {
  it.each([['validate'], ['plan'], ['apply', '--auto-approve'], ['watch', '--once']])(
    'has nothing to read, says %s',
    async (...words) => {
      const bench = workbench()
      await bench.write('a.yaml', tunnel('a'))

      const { code, stdout, stderr } = await bench.run(...words, 'a.yaml/b.yaml')

      expect([code, stdout + stderr]).toEqual([3, expect.stringContaining('a.yaml/b.yaml does not exist')])
    },
  )
})

describe.runIf(existsSync('/proc/self'))('a directory in which none can be made', () => {
  it('keeps no command waiting: what would be remembered there is not', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))

    expect((await bench.runWith({ XDG_CACHE_HOME: '/proc/none' }, 'plan', 'a.yaml')).code).toBe(0)
    const cloned = await bench.run('validate', '--git', `file://${bench.folder}`, '--git-cache', '/proc/none/clone')
    expect([cloned.code, cloned.stderr]).toEqual([3, expect.stringContaining('no clone can be kept there: ENOENT')])
  })
})

describe('a secret file', () => {
  it.each(Object.entries(SECRETS))('that is %s is a finding at once', async (_, [make, said]) => {
    const bench = await withSecret(make)

    const { code, stderr } = await bench.run('plan', 'a.yaml')

    expect(code).toBe(3)
    expect(stderr).toContain(`error[E310]: ${said}`)
  })

  it.runIf(process.geteuid?.() === 0)('that belongs to somebody else is refused', async () => {
    const bench = await withSecret((path) => {
      writeFileSync(path, 'key', { mode: 0o600 })
      execFileSync('chown', ['nobody', path])
    })

    const { code, stderr } = await bench.run('plan', 'a.yaml')

    expect(code).toBe(3)
    expect(stderr).toMatch(/error\[E310\]: psk can be read by uid \d+, who owns it/)
  })
})

describe('a saved plan', () => {
  it('that is a pipe or a device is none', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))
    execFileSync('mkfifo', [join(bench.folder, 'p.json')])

    for (const plan of ['p.json', '/dev/zero']) {
      const { code, stderr } = await bench.run('apply', '--plan', plan)
      // for an administrator it is refused before: everybody may change it
      expect(stderr).toMatch(
        /^wfpctl: the saved plan (?:p\.json|\/dev\/zero) is not (?:a regular file\n$|used: \/dev\/zero can be changed)/,
      )
      expect(code).toBe(3)
    }
  })
})

describe('a manifest', () => {
  it('that becomes a pipe while watched is an error, and its tunnel stays', async () => {
    const bench = workbench()
    await bench.write('set.yaml', many(tunnelSet('vpn', 'prune: true')))
    await bench.write('a.yaml', tunnel('a', { set: 'vpn' }))
    await bench.write('b.yaml', tunnel('b', { set: 'vpn', net: 2 }))
    const watch = watching(bench)
    await watch.until(() => isSynced(watch, 2))

    rmSync(join(bench.folder, 'b.yaml'))
    execFileSync('mkfifo', [join(bench.folder, 'b.yaml')])
    const invalid = await watch.saw('invalid')

    expect(invalid.diagnostics).toMatchObject([{ code: 'E102', file: 'b.yaml' }])
    expect((await bench.json<{ resources: object[] }>('get')).resources).toHaveLength(2)
    expect((await watch.end()).code).toBe(0)
    expect(watch.of('correction')).toHaveLength(2)
  })
})

describe('a pipe beside the manifests', () => {
  const pipe = ({ folder }: Workbench, path: string): void =>
    void execFileSync('mkfifo', ['-m', '600', join(folder, path)])

  it('is no configuration of a repository', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))
    await bench.write('.git/HEAD', 'ref: refs/heads/main')
    pipe(bench, '.git/config')

    expect((await bench.run('plan', '.')).code).toBe(0)
  })

  it('is no ignore file, and is named', async () => {
    const bench = workbench()
    await bench.write('m/a.yaml', tunnel('a'))
    pipe(bench, 'm/.wfpctlignore')

    const { code, stderr } = await bench.run('validate', 'm')
    expect(stderr).toContain('error[E102]: m/.wfpctlignore is not a regular file')
    expect(code).toBe(3)
  })

  it('is no cache', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))
    pipe(bench, 'p')

    expect(await bench.runWith({ XDG_CACHE_HOME: join(bench.folder, 'p') }, 'validate')).toMatchObject({
      code: 0,
      stderr: '',
    })
    const kept = { XDG_CACHE_HOME: join(bench.folder, 'kept') }
    await bench.runWith(kept, 'validate', 'a.yaml')
    const results = join(bench.folder, 'kept/wfpctl/results')
    for (const file of readdirSync(results)) {
      rmSync(join(results, file))
      execFileSync('mkfifo', ['-m', '600', join(results, file)])
    }
    expect(await bench.runWith(kept, 'validate', 'a.yaml')).toMatchObject({ code: 0, stderr: '' })
  })
})
