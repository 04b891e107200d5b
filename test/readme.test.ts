/** The README is run: its manifest validates, its commands do what the text around them says, its links lead somewhere. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAIN, workbench } from './cli/harness.ts'

const README = readFileSync('README.md', 'utf8')
const BLOCKS = [...README.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
  language,
  text: text as string,
}))
const SHELL = BLOCKS.filter((b) => b.language === 'sh').map((b) => b.text.trim())

/** The block without a language shows what `plan` says. */
const SHOWN_PLAN = BLOCKS.find((b) => b.language === '')?.text as string

/** Commands of a block that run wfpctl; installing and building has been done before any test runs. */
function wfpctlCommands(block: string): string[][] {
  return block
    .split(/\n| && /)
    .filter((command) => command.startsWith('npx wfpctl '))
    .map((command) =>
      command
        .replace('npx wfpctl ', '')
        .replace('examples/', `${resolve('examples')}/`)
        .split(' '),
    )
}

describe('README', () => {
  it('shows a manifest that validates', async () => {
    const { write, run } = workbench()
    await write('hq.yaml', BLOCKS.find((b) => b.language === 'yaml')?.text as string)

    expect(await run('validate', 'hq.yaml')).toMatchObject({ code: 0, stderr: '' })
  })

  it.runIf(process.platform !== 'win32')('starts a program that npx may start, however often it was built', () => {
    expect(statSync(MAIN).mode & 0o111).toBe(0o111)
  })

  it('has two command lines that install, build, apply and test, by scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

    expect(SHELL[0]).toBe('npm ci && npm run build && npx wfpctl apply examples/quickstart --auto-approve')
    expect(SHELL[1]).toBe('npm ci && npm test')
    expect(scripts).toMatchObject({ build: expect.any(String), test: expect.any(String) })
  })

  it('has commands that do what it says: apply, nothing to do, tamper, plan, heal', async () => {
    const { run } = workbench()
    const [first = []] = wfpctlCommands(SHELL[0] as string)

    expect((await run(...first)).stdout).toContain('read back and verified')
    expect((await run(...first)).stdout).toContain('No changes.')
    for (const command of wfpctlCommands(SHELL[2] as string)) {
      const ran = await run(...command)
      expect(ran.code, `${command.join(' ')}\n${ran.stderr}`).toBe(0)
      if (command[0] === 'plan') expect(ran.stdout.replace(/\S+(?=examples\/quickstart)/, '')).toContain(SHOWN_PLAN)
    }
    expect((await run(...first)).stdout).toContain('No changes.')
  })

  it('says on stderr, first of all, that the sandbox changes no real IPsec', async () => {
    const { folder, runWith } = workbench()
    const state = join(folder, '..', 'state')

    const ran = await runWith({ WFPCTL_ENGINE: undefined, XDG_STATE_HOME: state, LOCALAPPDATA: state }, 'get')

    if (process.platform === 'win32') return
    expect(ran.stderr.split('\n')[0]).toContain('No real IPsec is changed')
    expect(existsSync(join(state, 'wfpctl', 'sandbox'))).toBe(true)
  })

  it('keeps a sandbox for each checkout, wherever in it a command runs', () => {
    const { folder } = workbench()
    const state = join(folder, '..', 'state')
    const env = { ...process.env, WFPCTL_ENGINE: undefined, XDG_STATE_HOME: state, LOCALAPPDATA: state }
    for (const path of ['a/.git', 'a/deep', 'b/.git']) mkdirSync(join(folder, path), { recursive: true })
    const runIn = (directory: string, ...args: string[]) =>
      execFileSync(process.execPath, [MAIN, ...args], {
        cwd: join(folder, directory),
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      })

    if (process.platform === 'win32') return
    runIn('a', 'apply', resolve('examples/quickstart'), '--auto-approve')
    expect(runIn('a/deep', 'get')).toContain('IPsecTunnel/hq-branch')
    expect(runIn('b', 'get')).not.toContain('IPsecTunnel/hq-branch')
  })

  it('links to files that exist', () => {
    const targets = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target as string)

    expect(targets.filter((target) => !existsSync(target))).toEqual([])
  })
})
