/** What a shell completes: asked of `wfpctl __complete`, and through the scripts in the shells that are installed here. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands, GROUPS } from '../../src/cli/commands/index.ts'
import { candidateLine } from '../../src/cli/complete.ts'
import { MAIN, type Workbench, workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'

async function withTunnel(): Promise<Workbench> {
  const bench = workbench()
  await bench.write('a.yaml', `${tunnelSet('edge', 'prune: true')}---\n${tunnel('hq-dallas', { set: 'edge' })}`)
  await bench.run('apply', '--auto-approve')
  await bench.run('sandbox', 'add-foreign')
  return bench
}

/** The candidates alone, without help. */
async function completed({ run }: Workbench, ...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run('__complete', ...words)
  expect([code, stderr]).toEqual([0, ''])
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || [])
}

describe('wfpctl __complete', () => {
  it('knows every command, with its help', async () => {
    const { stdout } = await workbench().run('__complete', '')

    const first = commands
      .filter(({ name }) => !name.startsWith('fleet '))
      .map(({ name, summary }) => `${name}\t${summary}`)
    expect(stdout.trimEnd().split('\n').sort()).toEqual([...first, `fleet\t${GROUPS.fleet}`].sort())
  })

  it.each<[readonly string[], readonly string[]]>([
    [['wat'], ['watch']],
    [['flee'], ['fleet']],
    [
      ['fleet', ''],
      ['init', 'dev', 'rollout', 'status', 'host', 'serve'],
    ],
    [
      ['fleet', 'rollout', ''],
      ['start', 'pause', 'resume', 'abort', 'back', 'watch', 'show'],
    ],
    [['fleet', 'rollout', 'p'], ['pause']],
    [
      ['fleet', 'rollout', 'start', '--wa'],
      ['--waves', '--wait'],
    ],
    [
      ['fleet', 'status', '-o', ''],
      ['human', 'json'],
    ],
    [['fleet', 'status', '--fleet-creds', ''], [':files']],
    [['fleet', 'nothing', ''], []],
    [['--v'], ['--version']],
    [['plan', '--detailed'], ['--detailed-exitcode']],
    [['plan', '-l', 'a=b', '--no-s'], ['--no-secrets']],
    [
      ['get', '-o', ''],
      ['table', 'wide', 'name', 'json', 'yaml'],
    ],
    [['get', '--output=y'], ['--output=yaml']],
    [
      ['watch', '--mode', ''],
      ['correct', 'report'],
    ],
    [['watch', '--mode=r'], ['--mode=report']],
    [['watch', '--log-format', ''], ['json']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', 'powershell', 'pwsh'],
    ],
    [
      ['import', ''],
      ['netipsec', 'swanctl', 'azure'],
    ],
    [['import', 'azure', 'a.json', '--fill', 'k'], ['keyModule=']],
    [['plan', ''], [':files']],
    [['plan', 'a', 'b'], [':files']],
    [['plan', '--out=p'], [':files']],
    [['plan', '--max-delete', ''], []],
    [['get', 'k'], ['KeyManager']],
    [
      ['schema', 'T'],
      ['TrafficTest', 'TunnelInstances', 'TunnelSet', 'TunnelTemplate'],
    ],
    [
      ['explain', 'K'],
      ['KeyManager', 'KeyManager.'],
    ],
    [
      ['explain', 'IPsecTunnel.spec.tra'],
      ['IPsecTunnel.spec.traffic', 'IPsecTunnel.spec.traffic.'],
    ],
    [
      ['explain', 'ipsectunnel.traffic.lo'],
      ['ipsectunnel.traffic.local', 'ipsectunnel.traffic.localPort'],
    ],
    [
      ['explain', 'IPsecTunnel.me'],
      ['IPsecTunnel.metadata', 'IPsecTunnel.metadata.'],
    ],
    [
      ['explain', 'IPsecTunnel.quick'],
      ['IPsecTunnel.quickMode', 'IPsecTunnel.quickMode.'],
    ],
    [['explain', 'IPsecTunnel.nothing.'], []],
    [['get', '--engine', 'sandbox:m'], ['sandbox:memory']],
    [['nothing', ''], []],
    [['constructor', ''], []],
    [['status', ''], []],
  ])('%j → %j', async (words, candidates) => {
    expect(await completed(workbench(), ...words)).toEqual(candidates)
  })

  it('takes names from the engine: ours, and for adopt those of others', async () => {
    const bench = await withTunnel()

    expect(await completed(bench, 'forget', '')).toEqual(['IPsecTunnel/hq-dallas'])
    expect(await completed(bench, 'plan', '--target', 'IP')).toEqual(['IPsecTunnel/hq-dallas'])
    expect(await completed(bench, 'get', 'ipsectunnel/')).toEqual(['IPsecTunnel/hq-dallas'])
    expect(await completed(bench, 'get', '--all', 'IPsecTunnel/')).toHaveLength(2)
    expect(await completed(bench, 'destroy', '""')).toEqual(['edge'])
    expect(await completed(bench, 'export', '--set=e')).toEqual(['--set=edge'])
    const foreign = await completed(bench, 'adopt', '')
    expect(foreign).toHaveLength(1)
    expect(foreign).not.toContain('IPsecTunnel/hq-dallas')
    expect(await completed(bench, 'adopt', foreign[0] as string, '')).toEqual([':files'])
  })

  it('asks the engine that the line names, and one that is away has no names', async () => {
    const bench = await withTunnel()
    const none = join(bench.folder, 'none')
    const damaged = join(bench.folder, 'damaged')
    writeFileSync(damaged, 'x')

    expect(await completed(bench, 'destroy', '--engine', `sandbox:${bench.sandbox}`, '')).toEqual(['edge'])
    expect(await completed(bench, 'destroy', `--engine=sandbox:${none}`, '')).toEqual([])
    expect(await completed(bench, 'destroy', '--engine', `sandbox:${damaged}`, '')).toEqual([])
    expect(await completed(bench, 'get', '--engine', 'toaster', '')).toEqual(['KeyManager', 'IPsecTunnel'])
    expect(existsSync(none)).toBe(false)
  })

  it('gives no name that a terminal would obey, and escapes such help', () => {
    expect(candidateLine(['x\u001b[2J', 'help'])).toBe('')
    expect(candidateLine(['x\ny'])).toBe('')
    expect(candidateLine(['x', 'a\tb\u001b[2J'])).toBe('x\ta\\tb<U+001B>[2J\n')
  })
})

describe('wfpctl completion', () => {
  it('says how to install each', async () => {
    const { stdout } = await workbench().run('completion', '--help')

    expect(stdout).toContain('source <(wfpctl completion bash)')
    expect(stdout).toContain('fpath')
    expect(stdout).toContain('~/.config/fish/completions/wfpctl.fish')
    expect(stdout).toContain('Out-String | Invoke-Expression')
    expect(stdout).toContain('$PROFILE')
  })

  it('knows no other shell', async () => {
    expect(await workbench().run('completion', 'bsh')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('unknown shell bsh'),
    })
    expect((await workbench().run('completion', 'constructor')).code).toBe(64)
  })

  const POWERSHELL = 'pwsh'
  const has = (program: string) => !spawnSync(program, ['--version']).error
  it.for(['bash', 'zsh', 'fish'])('is a script that %s reads', async (shell, { skip }) => {
    if (!has(shell)) skip(`${shell} is not installed`)
    const { stdout } = await workbench().run('completion', shell)

    expect(spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  })

  it('is a script that PowerShell reads', async ({ skip }) => {
    if (!has(POWERSHELL)) skip('PowerShell is not installed')
    const { stdout } = await workbench().run('completion', 'powershell')
    const script = `${stdout}\n(TabExpansion2 'wfpctl watch --mode r' 21).CompletionMatches | % CompletionText`

    expect(
      execFileSync(POWERSHELL, ['-NoProfile', '-Command', script], { env: await pathWith(MAIN), encoding: 'utf8' }),
    ).toBe('report\n')
  })
})

/** @param program a program of Node, which is `wfpctl` on this path */
async function pathWith(program: string, { folder, sandbox } = workbench()): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, '../bin')
  await mkdir(bin, { recursive: true })
  await mkdir(folder, { recursive: true })
  writeFileSync(join(bin, 'wfpctl'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  return { ...process.env, PATH: `${bin}:${process.env.PATH}`, WFPCTL_ENGINE: `sandbox:${sandbox}` }
}

/** As readline calls it, whose breaks are `words`. */
async function inBash(bench: Workbench, words: readonly string[], line: string, program = MAIN): Promise<string[]> {
  const script = readFileSync('packaging/completion/wfpctl.bash', 'utf8')
  const call = `${script}
COMP_LINE=$1 COMP_POINT=\${#1}
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_wfpctl
for one in "\${COMPREPLY[@]}"; do printf '%s\\n' "$one"; done`
  const env = await pathWith(program, bench)
  const ran = spawnSync('bash', ['-c', call, 'bash', line, ...words], { cwd: bench.folder, env, encoding: 'utf8' })
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  return ran.stdout.split('\n').slice(0, -1)
}

const HOSTILE = "IPsecTunnel/$(touch named)`touch named`;x y\\'"

describe.skipIf(process.platform === 'win32')('in bash', () => {
  it('completes commands, options, values and names', async () => {
    const bench = await withTunnel()

    expect(await inBash(bench, ['wfpctl', 'wat'], 'wfpctl wat')).toEqual(['watch'])
    expect(await inBash(bench, ['wfpctl', 'watch', '--mode', ''], 'wfpctl watch  --mode ')).toEqual([
      'correct',
      'report',
    ])
    expect(await inBash(bench, ['wfpctl', 'forget', ''], 'wfpctl forget ')).toEqual(['IPsecTunnel/hq-dallas'])
    expect(await inBash(bench, ['wfpctl', 'forget', "'IP"], "wfpctl forget 'IP")).toEqual(['IPsecTunnel/hq-dallas'])
    expect(await inBash(bench, ['wfpctl', 'plan', 'a'], 'wfpctl plan a')).toEqual([]) // readline completes files itself
  })

  it('puts together what readline cut, and replaces what readline replaces', async () => {
    const bench = workbench()

    expect(await inBash(bench, ['wfpctl', 'watch', '--mode', '=', 'r'], 'wfpctl watch --mode=r')).toEqual(['report'])
    expect(await inBash(bench, ['wfpctl', 'watch', '--mode', '='], 'wfpctl watch --mode=')).toEqual([
      'correct',
      'report',
    ])
    expect(
      await inBash(bench, ['wfpctl', 'get', '--engine', 'sandbox', ':', 'm'], 'wfpctl get --engine sandbox:m'),
    ).toEqual(['memory'])
  })

  it('runs nothing that stands in the line or in a name', async () => {
    const bench = workbench()
    await bench.write('names.mjs', `console.log(${JSON.stringify(HOSTILE)})`)

    expect(await inBash(bench, ['wfpctl', 'get', '$(touch typed)'], 'wfpctl get $(touch typed)')).toEqual([])
    const names = join(bench.folder, 'names.mjs')
    const [name = '', ...more] = await inBash(bench, ['wfpctl', 'get', ''], 'wfpctl get ', names)
    const typed = execFileSync('bash', ['-c', `printf %s ${name}`], { cwd: bench.folder, encoding: 'utf8' })

    expect(more).toEqual([])
    expect(typed).toBe(HOSTILE)
    expect(await inBash(bench, ['wfpctl', 'get', "'"], "wfpctl get '", names)).toEqual([])
    expect(readdirSync(bench.folder)).toEqual(['names.mjs'])
  })
})
