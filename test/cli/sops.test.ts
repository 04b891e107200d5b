/** A preshared key in a file of sops, through the built program; and the manifest of docs/secrets.md. */

import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { identityOf, written } from '../manifest/sops-writer.ts'
import { workbench } from './harness.ts'

vi.setConfig({ testTimeout: 120_000 })

const [, MANIFEST = ''] =
  /^```yaml file=tunnel\.yaml\n([\s\S]*?)^```$/m.exec(readFileSync('docs/secrets.md', 'utf8')) ?? []
const KEY = 'S3cret-in-sops'

it('the key of a tunnel is kept in a file of sops beside its manifest', async () => {
  const { write, runWith } = workbench()
  const SOPS_AGE_KEY = await identityOf()
  const { text } = await written({ tunnels: { dallas: { psk: KEY } } }, SOPS_AGE_KEY)
  await write('tunnel.yaml', MANIFEST)
  await write('secrets.sops.yaml', text)

  const valid = await runWith({}, 'validate')
  const applied = await runWith({ SOPS_AGE_KEY }, 'apply', '--auto-approve')
  const planned = await runWith({ SOPS_AGE_KEY }, 'plan', '--detailed-exitcode')
  const exported = await runWith({}, 'export')
  const unopened = await runWith({ SOPS_AGE_KEY: await identityOf() }, 'plan')
  await write('secrets.sops.yaml', text.replace('tunnels:', 'more_unencrypted: 1\ntunnels:'))
  const changed = await runWith({ SOPS_AGE_KEY }, 'plan')

  expect([valid.code, applied.code, planned.code, unopened.code, changed.code]).toEqual([0, 0, 0, 3, 3])
  expect(exported.stdout).toContain('sops: ./secrets.sops.yaml\n          key: tunnels.dallas.psk\n')
  expect(unopened.stderr).toMatch(
    /error\[E310\]: \.\/secrets\.sops\.yaml is opened by no age key here[\s\S]*--> tunnel\.yaml:11:31/,
  )
  expect(changed.stderr).toContain('./secrets.sops.yaml was changed after sops encrypted it: its MAC is another')
  for (const { stdout, stderr } of [valid, applied, planned, exported, unopened, changed]) {
    expect(stdout + stderr).not.toContain(KEY)
    expect(stdout + stderr).not.toContain(SOPS_AGE_KEY)
  }
})
