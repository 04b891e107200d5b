import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { eventJson, eventLine } from '../../src/cli/watch/lines.ts'
import type { WatchEvent } from '../../src/reconcile/watch/events.ts'
import { bench } from '../reconcile/watch/harness.ts'
import { setYaml, tunnelYaml } from '../reconcile/watch/manifests.ts'

const schema = JSON.parse(readFileSync('schemas/watch-event.schema.json', 'utf8'))
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ } })
const validate = ajv.compile(schema)

const time = '2026-01-01T00:00:00.000Z'
const deviation = {
  set: 'vpn',
  address: 'IPsecTunnel/a',
  action: 'replace',
  cause: 'drift',
  impact: 'disruptive',
  differences: [{ path: '/quickMode/pfs', before: 'dh14', after: 'dh20', sensitive: false }],
} as const
const sets = [{ set: 'vpn', state: 'synced', resources: 2, unsynced: 0 }] as const

/** One of each that a short story does not bring about. */
const rare: readonly WatchEvent[] = [
  { event: 'drift', time, ...deviation, mode: 'report' },
  { event: 'fleet-joined', time, host: 'gw-1', downMilliseconds: 250 },
  { event: 'fleet-lost', time, message: 'nothing listens there', retryMilliseconds: 1_500 },
  { event: 'fleet-wanted', time, commit: 'f'.repeat(40), rollout: '3', wave: 2 },
  { event: 'fleet-refused', time, message: 'no pointer' },
  { event: 'pending', time, ...deviation },
  {
    event: 'conflict',
    time,
    set: 'vpn',
    address: 'IPsecTunnel/a',
    differences: [],
    corrections: 5,
    retryMilliseconds: 2_000,
    suspects: [{ processId: 7, name: 'other' }],
  },
  { event: 'failure', time, result: 'bug', message: 'oh', diagnostics: [], consecutive: 1, retryMilliseconds: 500 },
  { event: 'held', time, set: 'vpn', holder: 'process 7', retryMilliseconds: 500 },
  { event: 'undeclared', time, set: 'old', resources: ['IPsecTunnel/a'] },
  { event: 'skipped', time, set: 'dr', host: 'DR' },
  { event: 'suspended', time, set: 'vpn', by: 'ana', until: time, reason: 'the peer is updated' },
  { event: 'unconfirmed', time, set: 'vpn', by: 'ana', commit: 'abc', secondsLeft: 12.5 },
  { event: 'rolled-back', time, set: 'vpn', by: 'ana', reason: 'not confirmed in time' },
  { event: 'registered', time, set: 'vpn', address: 'KeyManager/k' },
  { event: 'unregistered', time, set: 'vpn', address: 'KeyManager/k' },
  { event: 'warning', time, name: 'KeyManagerWarning', message: 'KeyManager/k: keyNotify threw' },
  { event: 'engine-lost', time, message: 'away', retryMilliseconds: 250 },
  { event: 'healed', time, downMilliseconds: 12 },
  { event: 'git-refused', time, message: 'away', commit: 'abc' },
  { event: 'git-healed', time, commit: 'abc' },
  { event: 'heartbeat', time, passes: 3, uptimeSeconds: 60, sets, tree: 'good' },
]

describe('events of watch', () => {
  it('have the published form, as they really come', async () => {
    const story = bench({ 'set.yaml': setYaml('vpn'), 'a.yaml': tunnelYaml('a'), 'b.yaml': tunnelYaml('b') })
    await story.begin()
    await story.admin.tamper('a')
    await story.until(() => story.of('correction').length === 3)
    await story.save({ 'b.yaml': undefined })
    await story.save({ 'b.yaml': 'kind: [' })
    await story.watcher.stop('told')

    const lines = [...story.events, ...rare].map((event) => JSON.parse(eventJson(event)))

    for (const line of lines)
      expect(validate(line), `${JSON.stringify(line)} ${ajv.errorsText(validate.errors)}`).toBe(true)
    const told = new Set(lines.map((line) => line.event))
    expect([...told].sort()).toEqual(namesInSchema())
  })

  it('refuse to be what was not published', () => {
    expect(validate({ event: 'healed', time, downMilliseconds: 1, secret: 'x' })).toBe(false)
    expect(validate({ event: 'unheard-of', time })).toBe(false)
  })

  it('are one line each, or more where differences are shown', () => {
    for (const event of rare) {
      const text = eventLine(event)
      expect(text?.startsWith('2026-01-01T00:00:00Z  ')).toBe(true)
      expect(text).not.toContain('undefined')
    }
  })
})

function namesInSchema(): string[] {
  return schema.oneOf.map((one: { $ref: string }) => one.$ref.replace('#/$defs/', '')).sort()
}
