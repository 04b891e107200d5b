/**
 * Readers against bytes that nobody meant. A few hundred inputs a reader with the tests, 100 000 with `npm run fuzz`; a number repeats a run
 * (`WFPCTL_FUZZ_SEED`). An input that was found is kept under seeds/NAME, and from then on comes first.
 */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mutated, randomOf } from './mutate.ts'
import { READERS, type Reader } from './readers.ts'

const RUNS = Number(process.env.WFPCTL_FUZZ_RUNS ?? 200)
const SEED = Number(process.env.WFPCTL_FUZZ_SEED ?? 1)
const ONLY = process.env.WFPCTL_FUZZ_ONLY
const SLOWEST_MILLISECONDS = 10_000
const HOUR_MILLISECONDS = 3_600_000

function seedsOf(name: string, { seeds }: Reader): Buffer[] {
  const folder = join(import.meta.dirname, 'seeds', name)
  const kept = existsSync(folder) ? readdirSync(folder).sort() : []
  return [...kept.map((file) => readFileSync(join(folder, file))), ...(seeds?.() ?? [])]
}

async function tried(name: string, reader: Reader, bytes: Buffer): Promise<void> {
  const began = performance.now()
  try {
    await reader.check(bytes)
    expect(performance.now() - began).toBeLessThan(SLOWEST_MILLISECONDS)
  } catch (error) {
    const found = `found-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`
    if (RUNS > 1_000) writeFileSync(join(import.meta.dirname, 'seeds', name, found), bytes)
    throw new Error(`${name}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error })
  }
}

describe.each(Object.entries(READERS).filter(([name]) => ONLY === undefined || name === ONLY))('%s', (name, reader) => {
  it(
    'are read, or refused, and nothing else',
    async () => {
      const seeds = seedsOf(name, reader)
      expect(seeds.length).toBeGreaterThan(0)
      await reader.open?.()
      for (const seed of seeds) await tried(name, reader, seed)
      for (let run = 0; run < RUNS; run++) await tried(name, reader, mutated(seeds, randomOf(SEED * 1_000_003 + run)))
      await reader.close?.()
    },
    HOUR_MILLISECONDS,
  )
})
