/** A sentinel secret must appear on no surface: no output of any command in any format, no file of the sandbox, no saved plan. */

import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasErrors } from '../../src/base/diagnostic.ts'
import { FINDINGS_FORMATS } from '../../src/cli/render/findings-formats.ts'
import { diagnosticsToJson, renderDiagnostics } from '../../src/cli/render/frames.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { type Ran, workbench } from './harness.ts'
import { many, tunnel } from './manifests.ts'
import { watching } from './watching.ts'
import { manifestWith, TOLD, WRITTEN_KEYS } from './written-keys.ts'

const SENTINEL = 'S3ntinel-fffe-Zz9-never-print-me'
const CHANGED = 'S3ntinel-0001-Qq1-never-print-me'

/** Every spelling in which the secret could leak. */
const SPELLINGS = [SENTINEL, CHANGED].flatMap((text) => [
  Buffer.from(text, 'utf8'),
  Buffer.from(text, 'utf16le'),
  Buffer.from(Buffer.from(text).toString('hex')),
  Buffer.from(Buffer.from(text).toString('base64').slice(0, 36)),
])

function leaks(haystack: Buffer): boolean {
  return SPELLINGS.some((needle) => haystack.includes(needle))
}

function leaksOf(ran: Ran): boolean {
  return leaks(Buffer.from(ran.stdout + ran.stderr))
}

describe('a secret', () => {
  it('appears on no surface', async () => {
    const { write, runWith, folder, sandbox } = workbench()
    await write(
      'a.yaml',
      many(tunnel('a', { psk: 'env: SENTINEL_PSK' }), tunnel('b', { net: 2, psk: 'file: ./b.psk' })),
    )
    await write('b.psk', `${SENTINEL}\n`)
    chmodSync(join(folder, 'b.psk'), 0o600)
    const transcript: [string, Ran][] = []
    const run = async (value: string, ...args: string[]) => {
      const ran = await runWith({ SENTINEL_PSK: value }, ...args)
      transcript.push([args.join(' '), ran])
      return ran
    }

    for (const output of ['human', 'json']) {
      await run(SENTINEL, 'validate', '-o', output)
      await run(SENTINEL, 'plan', '-o', output, '--out', `plan-${output}.json`)
      await run(SENTINEL, 'plan', '--check', '-o', output)
    }
    for (const output of ['github', 'sarif']) await run(SENTINEL, 'plan', '--check', '-o', output)
    expect((await run(SENTINEL, 'apply', '--auto-approve', '-o', 'json')).code).toBe(0)
    const changed = await run(CHANGED, 'plan')
    expect(changed.stdout).toMatch(/mainMode\.authentication\[0\]\.presharedKey +\(changed, not shown\)/)
    expect((await run(CHANGED, 'plan', '-o', 'json')).stdout).toContain('"sensitive": true')
    expect((await run(CHANGED, 'apply', '--auto-approve')).code).toBe(0)
    for (const args of [
      ['get', '--all', '-o', 'yaml'],
      ['get', '-o', 'json'],
      ['get'],
      ['export'],
      ['export', '-o', 'json'],
      ['drift'],
      ['sandbox', 'show'],
    ]) {
      expect((await run(CHANGED, ...args)).code).toBe(0)
    }
    await runWith(
      { SENTINEL_PSK: CHANGED, WFPCTL_SANDBOX_FAULT: 'FwpmIPsecTunnelAdd3#1=0xC0000022' },
      'apply',
      '--auto-approve',
    )
    await run(CHANGED, 'destroy', 'default', '--auto-approve', '-o', 'json')

    expect(transcript.filter(([, ran]) => leaksOf(ran)).map(([command]) => command)).toEqual([])
    const files = [...filesBelow(sandbox), ...filesBelow(folder).filter((file) => !file.endsWith('b.psk'))]
    expect(files.length).toBeGreaterThan(3)
    expect(files.filter((file) => leaks(readFileSync(file)))).toEqual([])
  })

  it('that is missing, readable by others or badly encoded is a finding at its reference, exit 3, all at once', async () => {
    const { write, run, runWith, folder } = workbench()
    await write(
      'a.yaml',
      many(
        tunnel('a', { psk: 'env: NOT_SET_ANYWHERE' }),
        tunnel('b', { net: 2, psk: 'file: ./open.psk' }),
        tunnel('c', { net: 3, psk: 'env: BAD_HEX, encoding: hex' }),
        tunnel('d', { net: 4, psk: 'file: ./nowhere.psk' }),
      ),
    )
    await write('open.psk', SENTINEL)
    chmodSync(join(folder, 'open.psk'), 0o644)

    expect((await run('validate')).code).toBe(0)
    const planned = await runWith({ BAD_HEX: 'xyz' }, 'plan')

    expect(planned.code).toBe(3)
    expect(planned.stderr.match(/^error\[E31[01]\]/gm)).toHaveLength(process.platform === 'win32' ? 3 : 4)
    expect(planned.stderr).toContain('chmod 600')
    expect(planned.stderr).not.toContain('xyz')
    expect(leaksOf(planned)).toBe(false)
  })

  it('written into the manifest is refused, and not repeated in the frame', async () => {
    const { write, run } = workbench()
    await write('a.yaml', tunnel('a', { psk: 'env: X' }).replace('{ env: X }', SENTINEL))

    const validated = await run('validate')
    const others = await Promise.all(['json', 'github', 'sarif'].map((output) => run('validate', '-o', output)))

    expect(validated.code).toBe(3)
    expect(validated.stderr).toContain('error[E250]')
    expect([validated, ...others].some(leaksOf)).toBe(false)
  })
})

describe('a key written into a manifest', () => {
  it.each(Object.entries(WRITTEN_KEYS))('is not repeated by any finding: %s', (_, written) => {
    const { diagnostics } = loadDesired([{ path: 'a.yaml', text: manifestWith(written) }], kindsByName)

    expect(hasErrors(diagnostics)).toBe(true)
    expect(TOLD.exec(renderDiagnostics(diagnostics, { color: false }))?.[0]).toBeUndefined()
    expect(TOLD.exec(JSON.stringify(diagnosticsToJson(diagnostics)))?.[0]).toBeUndefined()
    for (const write of Object.values(FINDINGS_FORMATS)) expect(TOLD.exec(write(diagnostics))?.[0]).toBeUndefined()
  })

  it('is repeated by no command and kept in no file', async () => {
    const bench = workbench()
    const spellings = Object.values(WRITTEN_KEYS)
    await Promise.all(spellings.map((one, i) => bench.write(`${i}.yaml`, manifestWith(one, `t${i}`, i + 1))))
    const commands = [
      ...['validate', 'plan --out plan.json', 'apply --auto-approve'].flatMap((one) => [one, `${one} -o json`]),
      ...['validate', 'plan'].flatMap((one) => [`${one} -o github`, `${one} -o sarif`]),
    ]

    for (const command of commands) {
      const { code, stdout, stderr } = await bench.run(...command.split(' '))
      expect([command, code, TOLD.exec(stdout + stderr)?.[0]]).toEqual([command, 3, undefined])
    }
    const watch = watching(bench)
    await watch.saw('invalid')
    await watch.end()

    expect(TOLD.exec(JSON.stringify(watch.events) + watch.stderr())?.[0]).toBeUndefined()
    const kept = filesBelow(dirname(bench.folder)).filter((file) => !file.endsWith('.yaml'))
    expect(kept.filter((file) => TOLD.test(readFileSync(file, 'latin1')))).toEqual([])
  })
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((e) =>
    e.isFile() ? [join(e.parentPath, e.name)] : [],
  )
}
