/**
 * What there is ten thousand of shares the shapes of its objects. An object with a shape of its own weighs twice as much, and is made and
 * read several times as slowly: `src/base/joined.ts` says what makes one.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { MAIN } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const TUNNELS = 240

/** @returns by place in the program, how many objects got a shape that no other can have */
function shapesOfTheirOwn(directory: string, command: readonly string[]): Map<string, number> {
  const log = join(directory, 'maps.log')
  const flags = ['--log-maps', `--logfile=${log}`, '--no-logfile-per-isolate']
  const env = { ...process.env, KEY: 'a-preshared-key', XDG_CACHE_HOME: join(directory, 'cache') }
  const { status, stderr } = spawnSync(process.execPath, [...flags, MAIN, ...command], { cwd: directory, env })
  expect([0, 2], String(stderr)).toContain(status)
  const found = new Map<string, number>()
  const lines = readFileSync(log, 'utf8').split('\n')
  expect(lines.some((line) => line.startsWith('map,'))).toBe(true)
  for (const line of lines) {
    const [event, sort, , , , , row, column, reason, name] = line.split(',')
    if (event !== 'map' || sort !== 'Transition' || reason !== 'prototype') continue
    const place = `${row}:${column} ${name}`
    found.set(place, (found.get(place) ?? 0) + 1)
  }
  return found
}

it('gives none of the objects of many tunnels a shape of its own', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wfpctl-shapes-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const tunnels = Array.from({ length: TUNNELS }, (_, net) =>
    tunnel(`t${net}`, { set: 'vpn', net, psk: 'env: KEY', description: `the ${net}th`, labels: `{ site: s${net} }` }),
  )
  const text = many(tunnelSet('vpn', 'prune: true'), ...tunnels)
  const [asItWas, changed] = [text, `# all stand elsewhere now\n${text.replace('the 0th', 'the first')}`]
  const engine = ['--engine', `sandbox:${join(directory, 'engine')}`]

  for (const [written, ...command] of [
    [asItWas, 'apply', '--auto-approve'],
    [asItWas, 'plan', '--no-cache'],
    [asItWas, 'plan'],
    [changed, 'apply', '--auto-approve'],
  ] as const) {
    writeFileSync(join(directory, 'all.yaml'), written)
    // the first few of many are made before V8 knows the place
    const found = [...shapesOfTheirOwn(directory, [...command, '.', ...engine])]
    expect(
      found.filter(([, count]) => count >= TUNNELS * 0.7),
      command.join(' '),
    ).toEqual([])
  }
})
