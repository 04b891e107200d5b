/** docs/ci.md is run: what its jobs call, in a repository without and with a mistake, by a shell that stops as a runner's does. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { EXIT } from '../../src/cli/exit.ts'
import { MAIN, type Workbench, workbench } from './harness.ts'
import { tunnel } from './manifests.ts'

const PAGE = readFileSync('docs/ci.md', 'utf8')
const [GITHUB, GITLAB] = [...PAGE.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => parse(text as string))

interface Step {
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, string>>
}
const steps: readonly Step[] = GITHUB.jobs.manifests.steps
const githubLines = steps.flatMap(({ run }) => (run?.includes('wfpctl ') ? [run] : []))
const gitlabLines: readonly string[] = GITLAB.manifests.script.filter((line: string) => !line.startsWith('npm '))

/** Installing is left out: what was built here is called. */
function shell({ folder, sandbox }: Workbench, line: string) {
  const script = `wfpctl() { "${process.execPath}" "${MAIN}" "$@"; }\n${line}`
  const env = { ...process.env, NO_COLOR: '1', WFPCTL_ENGINE: `sandbox:${sandbox}` }
  return spawnSync('bash', ['-eo', 'pipefail', '-c', script], { cwd: folder, env, encoding: 'utf8' })
}

const resultsIn = (path: string): readonly { ruleId: string }[] =>
  JSON.parse(readFileSync(path, 'utf8')).runs[0].results

describe.runIf(process.platform !== 'win32')('docs/ci.md', () => {
  it.each([
    ['GitHub', githubLines, [3, 3]],
    ['GitLab', gitlabLines, [0, 3]],
  ])('has a job for %s that passes what is right, and stops what is wrong with a report', async (_, lines, codes) => {
    const bench = workbench()
    const report = join(bench.folder, 'wfpctl.sarif')
    await bench.write('gw/a.yaml', tunnel('a'))
    expect(lines.map((line) => shell(bench, line).status)).toEqual([0, 0])
    expect(resultsIn(report)).toEqual([])

    await bench.write('gw/a.yaml', tunnel('a').replace('203.0.113.10', 'x'))
    const ran = lines.map((line) => shell(bench, line))

    expect(ran.map(({ status }) => status)).toEqual(codes)
    expect(resultsIn(report).map(({ ruleId }) => ruleId)).toEqual(['E223'])
    expect(ran.map(({ stdout, stderr }) => stdout + stderr).join('')).toContain('gw/a.yaml')
  })

  it('uploads the report that it writes, after a failure too', () => {
    const upload = steps.at(-1)

    expect(upload?.with?.sarif_file).toBe('wfpctl.sarif')
    expect(steps.slice(-2).map((step) => step.if)).toEqual(['always()', 'always()'])
    expect(GITLAB.manifests.artifacts).toEqual({ when: 'always', paths: ['wfpctl.sarif'] })
  })

  it('lists exit codes that there are', () => {
    const listed = [...PAGE.matchAll(/^\| (\d+) /gm)].map(([, code]) => Number(code))

    expect(listed.length).toBeGreaterThan(3)
    expect(listed.filter((code) => !(Object.values(EXIT) as number[]).includes(code))).toEqual([])
  })

  it('says what is on stdout where nothing could be checked', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))

    const away = shell({ ...bench, sandbox: '/dev/null/x' }, 'wfpctl plan --no-secrets -o sarif')
    const wrong = shell(bench, 'wfpctl validate --strct -o sarif')

    expect([away.status, away.stdout]).toEqual([10, ''])
    expect([wrong.status, wrong.stdout]).toEqual([64, ''])
    expect(existsSync(join(bench.folder, 'wfpctl.sarif'))).toBe(false)
  })
})
