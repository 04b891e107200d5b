/** Every example is a promise: it applies, plans to nothing afterwards, exports to itself, and can be undone without a trace. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { EXAMPLE_SECRETS } from './secrets.ts'

interface PlanAnswer {
  readonly sets: readonly { readonly set: string }[]
  readonly summary: { readonly create: number; readonly unchanged: number }
}

const HOST = ['--host', 'HQ-GW01'] as const
const EXAMPLES = readdirSync('examples', { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []))

describe.each(EXAMPLES)('example %s', (name) => {
  it('applies, plans to nothing, drifts not, exports to itself, and is undone without a trace', async () => {
    const { runWith, write } = workbench()
    const run = (...args: string[]) => runWith(EXAMPLE_SECRETS, ...args)
    const answer = async <T>(...args: string[]) => JSON.parse((await run(...args, '-o', 'json')).stdout) as T
    for (const [file, text] of manifestsOf(name)) await write(`example/${file}`, text)

    const applied = await run('apply', 'example', '--auto-approve', ...HOST)
    expect(applied.code, applied.stderr).toBe(0)
    expect(applied.stdout).toContain('read back and verified')

    const again = await answer<PlanAnswer>('plan', 'example', ...HOST, '--detailed-exitcode')
    expect(again.summary).toMatchObject({ create: 0, replace: 0, delete: 0 })
    expect(again.summary.unchanged).toBeGreaterThan(0)
    expect((await run('drift', 'example')).code).toBe(0)

    await write('exported.yaml', (await run('export')).stdout)
    const exported = await run('plan', 'exported.yaml', '--detailed-exitcode')
    expect(exported.code, exported.stdout + exported.stderr).toBe(0)

    for (const [file, text] of manifestsOf(name))
      await write(`example/${file}`, text.replace('protect: delete', 'protect: none'))
    expect((await run('apply', 'example', '--auto-approve', ...HOST)).code).toBe(0)
    for (const { set } of again.sets) expect((await run('destroy', set, '--auto-approve')).code).toBe(0)
    expect(await answer('get', '--all')).toMatchObject({ resources: [] })
  })
})

function manifestsOf(example: string): [file: string, text: string][] {
  return readdirSync(join('examples', example))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => [file, readFileSync(join('examples', example, file), 'utf8')])
}
