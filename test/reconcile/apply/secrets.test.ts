import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exitCodeOf } from '../../../src/cli/exit.ts'
import type { Writer } from '../../../src/reconcile/provider.ts'
import { applyAll } from '../../../src/reconcile/reconcile.ts'
import { pointToPoint } from '../../fixtures/specs.ts'
import { desiredOf, openLab, POLICY } from '../../laws/lab.ts'

describe('a secret that disappears while a set is applied', () => {
  const steps = { 'before the lock': 'observe', 'under the lock': 'ensureOwner' } as const

  for (const [when, step] of Object.entries(steps))
    it(`${when}: is reported at its place in the manifest, and nothing is changed`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wfpctl-secret-'))
      const secret = join(folder, 'psk')
      writeFileSync(secret, 'swordfish', { mode: 0o600 })
      const lab = await openLab()
      onTestFinished(async () => {
        await lab.close()
        rmSync(folder, { recursive: true })
      })
      const desired = desiredOf([tunnelWith(secret)])
      const plans = await lab.plan(desired)
      const writer: Writer = {
        kinds: lab.provider.kinds,
        transaction: (set, work) =>
          lab.provider.transaction(set, (tx) => {
            const taken = async <T>(real: () => Promise<T>): Promise<T> => {
              rmSync(secret, { force: true })
              return real()
            }
            return work(
              Object.assign(Object.create(tx), {
                observe: (query: Parameters<typeof tx.observe>[0]) =>
                  step === 'observe' ? taken(() => tx.observe(query)) : tx.observe(query),
                ensureOwner: () => (step === 'ensureOwner' ? taken(() => tx.ensureOwner()) : tx.ensureOwner()),
              }),
            )
          }),
      }

      const reports = []
      for await (const report of applyAll(desired, plans, writer, POLICY, () => ({ mode: 'commit' })))
        reports.push(report)

      expect(reports).toMatchObject([
        { result: 'invalid', diagnostics: [{ code: 'E310', span: { start: expect.any(Number) } }] },
      ])
      expect(reports.map(exitCodeOf)).toEqual([3])
      expect(await lab.provider.list({ all: true })).toEqual([])
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
