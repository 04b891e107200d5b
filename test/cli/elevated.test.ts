/** With the rights of an administrator nothing is believed that others could have written. */

import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { tunnel } from './manifests.ts'
import { remote } from './remote.ts'
import { watching } from './watching.ts'

const NOBODY = 65_534
const isRoot = process.geteuid?.() === 0

async function bench(): Promise<Workbench> {
  const made = workbench()
  await made.write('m/a.yaml', tunnel('a'))
  return made
}

/** How others get at a manifest, and what is named in the finding. */
const WAYS: { readonly [what: string]: readonly [open: (folder: string) => void, named: string] } = {
  'may be written by everybody': [
    (folder) => chmodSync(join(folder, 'm/a.yaml'), 0o666),
    'm/a.yaml can be changed by everybody (mode 666)',
  ],
  'belongs to somebody else': [
    (folder) => chownSync(join(folder, 'm/a.yaml'), NOBODY, 0),
    `m/a.yaml can be changed by uid ${NOBODY}, who owns it`,
  ],
  'may be written by a group': [
    (folder) => {
      chownSync(join(folder, 'm/a.yaml'), 0, NOBODY)
      chmodSync(join(folder, 'm/a.yaml'), 0o664)
    },
    `m/a.yaml can be changed by group ${NOBODY} (mode 664)`,
  ],
  'lies in a folder of everybody': [
    (folder) => chmodSync(join(folder, 'm'), 0o777),
    'm can be changed by everybody (mode 777)',
  ],
  'lies far below one': [(folder) => chmodSync(folder, 0o777), '. can be changed by everybody (mode 777)'],
  'is a link to such a file': [
    (folder) => {
      mkdirSync(join(folder, 'open'))
      writeFileSync(join(folder, 'open/b'), tunnel('b', { net: 2 }))
      chmodSync(join(folder, 'open'), 0o777)
      symlinkSync('../open/b', join(folder, 'm/b.yaml'))
    },
    'open can be changed by everybody (mode 777)',
  ],
}

describe.runIf(isRoot)('an elevated wfpctl', () => {
  it.each(Object.entries(WAYS))('does nothing with a manifest that %s', async (_, [open, named]) => {
    const { folder, run } = await bench()
    open(folder)

    const planned = await run('plan', 'm')
    const applied = await run('apply', 'm', '--auto-approve')

    expect([planned.code, applied.code]).toEqual([3, 3])
    expect(planned.stderr).toContain(`error[E106]: ${named}`)
    expect(planned.stderr).toMatch(/help: chown root .*; chmod go-w /)
    expect((await run('validate', 'm')).code).toBe(0)
    expect((await run('get')).stdout).toBe('Nothing here.\n')
  })

  it('takes a manifest from a folder with the sticky bit, where others cannot exchange it', async () => {
    const { folder, run } = await bench()
    chmodSync(join(folder, 'm'), 0o1777)

    expect((await run('plan', 'm')).code).toBe(0)
  })

  it('goes on enforcing what it believed while watching', async () => {
    const made = await bench()
    const watch = watching(made, 'm')
    await watch.saw('correction')

    chmodSync(join(made.folder, 'm/a.yaml'), 0o666)
    await made.write('m/note.yaml', '# looked at again\n')
    const invalid = await watch.saw('invalid')
    await watch.end()

    expect(invalid.diagnostics).toMatchObject([{ code: 'E106' }])
  })

  it('uses no saved plan, sandbox, clone or secret that others can change', async () => {
    const { folder, sandbox, run, write } = await bench()
    await run('plan', 'm', '--out', 'p.json')
    chmodSync(join(folder, 'p.json'), 0o606)
    const plan = await run('apply', '--plan', 'p.json')
    await run('apply', 'm', '--auto-approve')
    chownSync(sandbox, 0, NOBODY)
    chmodSync(sandbox, 0o770)
    const group = await run('plan', 'm')
    chmodSync(sandbox, 0o700)
    chmodSync(join(sandbox, '..'), 0o777)
    const engine = await run('get')
    chmodSync(join(sandbox, '..'), 0o700)
    mkdirSync(join(folder, 'keys'))
    writeFileSync(join(folder, 'keys/psk'), 'key', { mode: 0o600 })
    chmodSync(join(folder, 'keys'), 0o777)
    await write('s.yaml', tunnel('s', { psk: 'file: keys/psk' }))
    const secret = await run('plan', 's.yaml')
    const { bench: other, args, cache } = remote()
    mkdirSync(cache)
    chmodSync(cache, 0o777)
    const clone = await other.run('plan', ...args)

    expect([plan.code, group.code, secret.code, clone.code]).toEqual([3, 10, 3, 3])
    expect(plan.stderr).toContain('the saved plan p.json is not used: ')
    expect(group.stderr).toContain(`group ${NOBODY} may write to it`)
    expect(engine.stderr).toContain(`the sandbox in ${join(sandbox, '..')} is not used: `)
    expect(secret.stderr).toContain('error[E310]: keys/psk can be exchanged: ')
    expect(clone.stderr).toContain('the clone is not used: ')
  })

  it('runs no handler that others can change', async () => {
    const made = await bench()
    await made.write('agent.mjs', 'export function keyNotify() {}\n')
    chmodSync(join(made.folder, 'agent.mjs'), 0o666)
    await made.write(
      'm/agent.yaml',
      'apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: agent }\nspec: { role: notify, handler: { module: ../agent.mjs } }\n',
    )

    const { code, stderr } = await made.run('apply', 'm', '--auto-approve', '--hold')

    expect(code).toBe(7)
    expect(stderr).toContain('agent.mjs can be changed by everybody (mode 666)')
  })

  it('is not so strict with who called sudo, nor without those rights', async () => {
    const { folder, runWith } = await bench()
    execFileSync('chown', ['-R', String(NOBODY), folder])

    expect((await runWith({ SUDO_UID: String(NOBODY) }, 'plan', 'm')).code).toBe(0)
    expect((await runWith({}, 'plan', 'm')).code).toBe(3)
  })
})
