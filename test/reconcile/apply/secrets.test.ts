import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Secrets } from '../../../src/reconcile/secrets.ts'
import { pointToPoint } from '../../fixtures/specs.ts'
import { desiredOf, openLab, POLICY } from '../../laws/lab.ts'

async function setting() {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-secret-'))
  const secret = join(folder, 'psk')
  writeFileSync(secret, 'swordfish', { mode: 0o600 })
  const lab = await openLab()
  onTestFinished(async () => {
    await lab.close()
    rmSync(folder, { recursive: true })
  })
  return { lab, secret, desired: desiredOf([tunnelWith(secret)]) }
}

describe('a secret', () => {
  it('is read once a pass: what happens to its file afterwards is of no account', async () => {
    const { lab, secret, desired } = await setting()

    const reports = await lab.apply(desired, POLICY, async () => rmSync(secret))

    expect(reports).toMatchObject([{ result: 'applied', verified: true }])
    writeFileSync(secret, 'swordfish', { mode: 0o600 })
    expect((await lab.plan(desired)).flatMap(({ changes }) => changes)).toEqual([])
  })

  it('that is gone before the pass is reported at its place in the manifest, and nothing is changed', async () => {
    const { lab, secret, desired } = await setting()
    rmSync(secret)

    await expect(lab.apply(desired)).rejects.toThrow('cannot read the secret file')

    expect(await lab.provider.list({ all: true })).toEqual([])
  })

  it('is wiped with all the others at the end', async () => {
    const { desired } = await setting()
    const [resource] = desired.resources
    const secrets = new Secrets()
    const read = secrets.bytesOf(resource!)
    const bytes = read.ok ? [...read.value.values()] : []
    expect(bytes.map(String)).toEqual(['swordfish'])

    secrets.wipe()

    expect(bytes.map((buffer) => buffer.every((byte) => byte === 0))).toEqual([true])
  })
})

function tunnelWith(secret: string) {
  const [method] = pointToPoint.mainMode!.authentication
  const mainMode = { ...pointToPoint.mainMode, authentication: [{ ...method, presharedKey: { file: secret } }] }
  const spec = { ...pointToPoint, mainMode }
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'IPsecTunnel',
    metadata: { name: 'a' },
    spec: JSON.parse(JSON.stringify(spec)),
  }
}
