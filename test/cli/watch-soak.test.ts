import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

describe('watch, for a while', () => {
  it('ends converged after files and engine were changed at random by a second process', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['test/bench/soak.mjs', '60', '8'])

    expect(JSON.parse(stdout)).toMatchObject({ converged: true, planExit: 0, bugs: 0 })
  })
})
