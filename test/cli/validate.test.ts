import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { tunnel } from './manifests.ts'

/** Eight mistakes of eight sorts; each wrong text occurs once. */
const BROKEN = `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: hq-dallas }
spec:
  mode: gateway
  keyModule: ikev2
  description: "@HQ"
  key: nope
  endpoints: { local: 203.0.113.10, remote: 2001:db8::7 }
  traffic: { local: [10.1.0.1/16], remote: [10.2.0.0/16] }
  mainMode:
    authentication: [{ presharedKey: hunter2 }]
    proposals: [{ dh: none }]
  quickMode:
    pfs: dh21
    proposals: [{ esp: { aead: aes256gcm }, lifetime: { time: "3600" } }]
`
const MISTAKES = [
  ['E247', '"@HQ"'],
  ['E241', 'nope'],
  ['E225', '2001:db8::7'],
  ['E224', '10.1.0.1/16'],
  ['E250', 'hunter2'],
  ['E229', 'none'],
  ['E204', 'dh21'],
  ['E220', '"3600"'],
] as const

const FILE = 'gw/hq.yaml'
const expected = MISTAKES.map(([code, text]) => {
  const lines = BROKEN.slice(0, BROKEN.indexOf(text)).split('\n')
  return { code, file: FILE, line: lines.length, column: lines.at(-1)!.length + 1 }
})

interface Answer {
  readonly diagnostics: readonly { code: string; file: string; line: number; column: number; severity: string }[]
}
const placesIn = (stdout: string) =>
  (JSON.parse(stdout) as Answer).diagnostics.map(({ code, file, line, column }) => ({ code, file, line, column }))

describe('a manifest with eight different mistakes', () => {
  it.each([
    ['validate', []],
    ['plan', []],
    ['apply', ['--auto-approve']],
  ])('is rejected by %s with eight frames, exit 3, and the same in JSON', async (command, options) => {
    const { write, run, sandbox } = workbench()
    await write(FILE, BROKEN)

    const human = await run(command, ...options)
    const json = await run(command, ...options, '-o', 'json')

    expect([human.code, json.code]).toEqual([3, 3])
    expect(human.stdout).toBe('')
    const frames = [...human.stderr.matchAll(/^error\[(E\d+)\]: .+\n +--> (.+):(\d+):(\d+)$/gm)]
    expect(frames.map(([, code, file, line, column]) => ({ code, file, line: +line!, column: +column! }))).toEqual(
      expected,
    )
    expect(human.stderr).toContain('8 errors in 1 file')
    expect(placesIn(json.stdout)).toEqual(expected)
    expect(json.stderr).toBe('')
    expect(human.stderr + json.stdout).not.toContain('hunter2')
    expect(existsSync(sandbox)).toBe(false)
  })
})

it('lets warnings pass: validate says them, and apply applies', async () => {
  const { write, run } = workbench()
  await write(FILE, tunnel('weak').replace('pfs: dh20', 'pfs: dh1'))

  const validated = await run('validate')
  const answer = await run('validate', '-o', 'json')
  const applied = await run('apply', '--auto-approve')

  expect([validated.code, answer.code, applied.code]).toEqual([0, 0, 0])
  expect(validated.stdout).toBe('Valid: 1 resource in 1 file, 1 warning.\n')
  expect(validated.stderr).toContain('warning[W220]')
  const { diagnostics } = JSON.parse(answer.stdout) as Answer
  expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'W220']])
})
