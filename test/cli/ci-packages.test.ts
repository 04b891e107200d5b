/** The GitHub Action and the GitLab job of `packaging`, run as a runner runs them: each script in a shell, with what a runner gives it. */

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { MAIN, workbenchAt } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'
import { remote } from './remote.ts'

vi.setConfig({ testTimeout: 120_000 })

interface Step {
  readonly name: string
  readonly id?: string
  readonly uses?: string
  readonly run: string
  readonly env?: Readonly<Record<string, string>>
}

const ACTION = parse(readFileSync('packaging/github-action/action.yml', 'utf8'))
const steps: readonly Step[] = ACTION.runs.steps
const JOB = parse(readFileSync('packaging/gitlab/wfpctl.gitlab-ci.yml', 'utf8'))['.wfpctl']
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

/** `npm` notes what it was asked for; `wfpctl` is what was built here. */
function tools(root: string) {
  const bin = join(root, 'bin')
  mkdirSync(bin)
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  program('npm', `echo "$*" >> '${join(root, 'npm.txt')}'`)
  program('wfpctl', `exec '${process.execPath}' '${MAIN}' "$@"`)
  return { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1', WFPCTL_ENGINE: 'sandbox:/dev/null/none' }
}

/** A pull request in a repository, and a runner's folders beside it. */
function pullRequest() {
  const made = remote()
  const root = dirname(made.root)
  const base = made.git('rev-parse', 'HEAD')
  const env = tools(root)
  const temp = join(root, 'temp')
  mkdirSync(temp)
  return { ...made, ...workbenchAt(made.root), base, env, temp }
}

function github({ root, env, temp }: ReturnType<typeof pullRequest>, inputs: Readonly<Record<string, string>>) {
  const files = { GITHUB_OUTPUT: join(temp, 'output'), GITHUB_STEP_SUMMARY: join(temp, 'summary') }
  const given: Record<string, string> = { path: '.', base: '', strict: 'true', version, ...inputs }
  const evaluated = (text: string) =>
    text.replace(/^\$\{\{ inputs\.(\S+) \}\}$/, (_, name: string) => given[name] as string)
  const codes = steps.map(({ run, env: own = {} }) => {
    const variables = Object.fromEntries(Object.entries(own).map(([name, text]) => [name, evaluated(text)]))
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', run], {
      cwd: root,
      env: { ...env, ...files, RUNNER_TEMP: temp, ...variables },
      encoding: 'utf8',
    })
    return { code: ran.status, text: ran.stdout + ran.stderr }
  })
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  const outputs = Object.fromEntries(
    read(files.GITHUB_OUTPUT)
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  )
  return {
    codes: codes.map(({ code }) => code),
    text: codes.map(({ text }) => text).join(''),
    outputs,
    summary: read(files.GITHUB_STEP_SUMMARY),
    read,
  }
}

describe.runIf(process.platform !== 'win32')('the GitHub Action', () => {
  it('shows what a pull request would change, and says so', () => {
    const request = pullRequest()
    request.commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn', net: 1, time: '2h' }) })
    const { codes, outputs, summary, read } = github(request, { path: 'gw', base: request.base })

    expect(codes).toEqual([0, 0, 0])
    expect(summary).toMatch(/^### wfpctl diff: 0 to create, 1 to replace, 0 to delete/)
    expect(outputs).toMatchObject({ changes: 'true' })
    expect(read(outputs.markdown)).toBe(summary)
    expect(read(outputs.html)).toMatch(/^<!DOCTYPE html>/)
    expect(JSON.parse(read(outputs.sarif)).runs[0].results).toEqual([])
  })

  it('compares with where the branch began, not with what came after', () => {
    const request = pullRequest()
    request.git('branch', 'feature')
    const later = request.commit({ 'gw/b.yaml': null })
    request.git('checkout', '-q', 'feature')
    request.commit({ 'notes.txt': 'x' })
    const { codes, outputs } = github(request, { path: 'gw', base: later })

    expect([codes, outputs.changes]).toEqual([[0, 0, 0], 'false'])
  })

  it('shows everything as new where there is nothing to compare with', () => {
    const { codes, summary } = github(pullRequest(), { path: 'gw' })

    expect(codes).toEqual([0, 0, 0])
    expect(summary).toMatch(/^### wfpctl plan --all-hosts: 2 to create/)
  })

  it('fails where a manifest is wrong, with marks, a report and a summary', () => {
    const request = pullRequest()
    request.commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn' }).replace('203.0.113.10', 'x') })
    const { codes, text, outputs, summary, read } = github(request, { path: 'gw', base: request.base })

    expect(codes).toEqual([0, 3, 3])
    expect(text).toContain('::error file=gw/a.yaml,line=7,col=23')
    expect(summary).toMatch(/^### wfpctl diff: nothing was planned, 1 error/)
    expect(JSON.parse(read(outputs.sarif)).runs[0].results).toHaveLength(1)
  })

  it('takes what an input says as a word, whatever it says', () => {
    const request = pullRequest()
    const { codes, text } = github(request, {
      path: '$(touch ran)`touch ran`; touch ran',
      version: '1 --evil',
      base: '--output=ran',
    })

    expect(codes[1]).not.toBe(0)
    expect(text).toContain('touch ran')
    expect(existsSync(join(request.root, 'ran'))).toBe(false)
  })

  it('has no expression in a script, no other action, and one pinned version: this one', () => {
    for (const { run, uses } of steps) {
      expect(run).not.toContain('${{')
      expect(uses).toBeUndefined()
    }
    expect(ACTION.inputs.version.default).toBe(version)
  })
})

/** What docs/ci.md says of it. */
describe('docs/ci.md', () => {
  const page = readFileSync('docs/ci.md', 'utf8')

  it('uses the Action with inputs that it has, and with the least rights', () => {
    const job = parse(/^```yaml action\n([\s\S]*?)^```$/m.exec(page)?.[1] as string)
    const [, use] = job.jobs.manifests.steps

    expect(job.permissions).toEqual({ contents: 'read' })
    expect(existsSync(join(use.uses, 'action.yml'))).toBe(true)
    expect(Object.keys(use.with).filter((name) => !(name in ACTION.inputs))).toEqual([])
  })

  it('shows what diff says', async () => {
    const [, shown = ''] = /^```console\n\$ wfpctl diff HEAD~1 HEAD\n([\s\S]*?)^```$/m.exec(page) ?? []
    const { root, commit } = remote()
    const sets = `${tunnelSet('a', 'prune: true, host: HQ-GW01')}---\n`
    const other = {
      'elsewhere/broken.yaml': null,
      'gw/a.yaml': null,
      'gw/b.yaml': null,
      'gw/set.yaml': tunnelSet('b', 'prune: true, host: OTHER'),
    }
    commit({ ...other, 'vpn.yaml': sets + tunnel('hq-dallas', { set: 'a' }) })
    commit({ 'vpn.yaml': sets + tunnel('hq-dallas', { set: 'a', time: '2h' }) })

    const { stdout } = await workbenchAt(root).run('diff', 'HEAD~1', 'HEAD')
    expect(stdout.replace(/commit [0-9a-f]{40}/g, 'commit …')).toBe(shown)
  })
})

describe.runIf(process.platform !== 'win32')('the GitLab job', () => {
  const run = ({ root, env }: ReturnType<typeof pullRequest>, variables: Readonly<Record<string, string>>) =>
    spawnSync('sh', ['-e', '-c', JOB.script.join('\n')], {
      cwd: root,
      env: { ...env, ...JOB.variables, ...variables },
      encoding: 'utf8',
    })

  it('keeps a page of what a merge request would change', () => {
    const request = pullRequest()
    request.commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn', net: 1, time: '2h' }) })
    const { status, stdout } = run(request, { WFPCTL_MANIFESTS: 'gw', CI_MERGE_REQUEST_DIFF_BASE_SHA: request.base })

    expect(status).toBe(0)
    expect(stdout).toContain('Plan: 0 to create, 1 to replace')
    expect(readFileSync(join(request.root, 'wfpctl.html'), 'utf8')).toContain('<h1>wfpctl diff</h1>')
  })

  it('shows what each host would get where there is no merge request', () => {
    const request = pullRequest()

    expect(run(request, { WFPCTL_MANIFESTS: 'gw' }).status).toBe(0)
    expect(readFileSync(join(request.root, 'wfpctl.html'), 'utf8')).toContain('<h1>wfpctl plan --all-hosts</h1>')
  })

  it('fails where a manifest is wrong, and keeps the report', () => {
    const request = pullRequest()
    request.commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn' }).replace('203.0.113.10', 'x') })

    expect(run(request, { WFPCTL_MANIFESTS: 'gw' }).status).toBe(3)
    expect(JSON.parse(readFileSync(join(request.root, 'wfpctl.sarif'), 'utf8')).runs[0].results).toHaveLength(1)
    expect(JOB.artifacts).toMatchObject({ when: 'always', paths: ['wfpctl.html', 'wfpctl.sarif'] })
  })

  it('installs one version, this one, in an image that is named whole', () => {
    expect(JOB.variables.WFPCTL_VERSION).toBe(version)
    expect(JOB.image).toMatch(/^node:\d+\.\d+\.\d+-/)
  })
})
