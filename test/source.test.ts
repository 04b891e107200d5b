/** What the source must stay, beyond what types and the linter say. Who may import whom: .dependency-cruiser.cjs. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Data, one row a line: long because there is much of it. */
const TABLES = new Set(['src/providers/wfp/binding/tables/status/fwp.ts'])
const MOST_LINES = 350

describe('the source', () => {
  it('is cut into files that fit in the head', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
    const long = files
      .map((name) => join('src', name).replaceAll('\\', '/'))
      .filter((file) => !TABLES.has(file) && readFileSync(file, 'utf8').split('\n').length > MOST_LINES)

    expect(files.length).toBeGreaterThan(0)
    expect(long).toEqual([])
  })
})
