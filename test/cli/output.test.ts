/** Where the answer goes may be closed, or full: what was asked is done all the same, and the exit code says what happened. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MAIN, type Workbench, workbench } from './harness.ts'
import { many, tunnel } from './manifests.ts'

/** @returns the exit code of wfpctl itself, and what it said on stderr */
function shell({ folder, sandbox }: Workbench, command: string) {
  const env = { ...process.env, NO_COLOR: '1', WFPCTL_ENGINE: `sandbox:${sandbox}` }
  const script = command.replaceAll('wfpctl', `"${process.execPath}" "${MAIN}"`)
  const ran = spawnSync('bash', ['-c', `${script}\nexit \${PIPESTATUS[0]}`], { cwd: folder, env, encoding: 'utf8' })
  return { code: ran.status, stderr: ran.stderr }
}

const COUNT = 120
const MANY = many(...Array.from({ length: COUNT }, (_, i) => tunnel(`t${i}`, { net: i + 1 })))

describe.runIf(process.platform !== 'win32')('an output that nobody reads to its end', () => {
  it('keeps no command from its work, and prints no stack', async () => {
    const bench = workbench()
    await bench.write('m.yaml', MANY)

    expect(shell(bench, 'wfpctl apply --auto-approve | head -c 1')).toEqual({ code: 0, stderr: '' })
    const { resources } = await bench.json<{ resources: readonly object[] }>('get')
    expect(resources).toHaveLength(COUNT)
    for (const [command, code] of [
      ['plan -o json --detailed-exitcode', 0],
      ['export', 0],
      ['validate -o json', 0],
      ['validate -o json missing.yaml', 3],
      ['schema', 0],
    ] as const)
      expect([command, shell(bench, `wfpctl ${command} | true`)]).toEqual([command, { code, stderr: '' }])
    await bench.write('m.yaml', 'kind: [')
    expect(shell(bench, 'wfpctl validate 2>&1 >/dev/null | true')).toEqual({ code: 3, stderr: '' })
  })

  it('ends a watch', async () => {
    const bench = workbench()
    await bench.write('m.yaml', tunnel('a'))

    expect(shell(bench, 'timeout 60 wfpctl watch -o ndjson --heartbeat 1s | head -n 1')).toEqual({
      code: 0,
      stderr: '',
    })
  })
})

describe.runIf(existsSync('/dev/full'))('a full disk', () => {
  it.each([
    ['an answer', 'wfpctl schema'],
    ['an answer to a rejected input', 'wfpctl validate -o json', 3],
    ['events', 'timeout 60 wfpctl watch -o ndjson'],
    ['lines', 'timeout 60 wfpctl watch'],
    ['a single pass', 'timeout 60 wfpctl watch --once'],
  ])('that was to take %s is a failure, in words', async (_, command, expected = 74) => {
    const bench = workbench()
    await bench.write('m.yaml', expected === 3 ? 'kind: [' : tunnel('a'))

    const { code, stderr } = shell(bench, `${command} >/dev/full`)

    expect(stderr).toMatch(/^wfpctl: the output cannot be written: ENOSPC/)
    expect(stderr.match(/cannot be written/g)).toHaveLength(1)
    expect(code).toBe(expected)
  })

  it.each([
    ['events', 'timeout 60 wfpctl watch --log-format json'],
    ['the events of a single pass', 'timeout 60 wfpctl watch --once --log-format json'],
    ['a warning', 'wfpctl validate'],
    ['findings', 'wfpctl validate missing.yaml', 3],
  ])('that was to take %s on stderr is a failure', async (_, command, expected = 74) => {
    const bench = workbench()
    await bench.write('m.yaml', tunnel('a').replace('pfs: dh20', 'pfs: dh2'))

    expect(shell(bench, `${command} 2>/dev/full`).code).toBe(expected)
  })
})
