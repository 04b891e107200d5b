import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { EXIT } from '../src/cli/exit.ts'

it('docs/troubleshooting.md has a row for each exit code, with what to do', () => {
  const rows = [...readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/^\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)]

  expect(rows.map(([, code]) => Number(code))).toEqual(Object.values(EXIT).sort((a, b) => a - b))
  for (const [row, , meaning = '', cure = ''] of rows)
    expect([row, meaning.length > 3, cure.length > 5]).toEqual([row, true, true])
})
