/** What an engine shows of others becomes a manifest, whatever it is. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Json, type JsonObject, withValueAt } from '../../src/base/json.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import { presentable } from '../../src/manifest/presentable.ts'
import { tunnelSpecs } from '../arbitraries/manifests.ts'
import { gateway } from '../fixtures/specs.ts'
import { leavesOf } from '../support/leaves.ts'
import { manifestOf } from '../support/manifest.ts'

const isValid = (spec: JsonObject) => ipsecTunnel.normalise(manifestOf('IPsecTunnel', spec)).ok

const oddities = fc.constantFrom<Json | undefined>('unknown(17)', 'unknown(0x8000)', '', 0, -1, null, [], {}, undefined)

it('is a spec that its kind accepts, whichever leaves are odd or missing, and says what it left out', () => {
  fc.assert(
    fc.property(tunnelSpecs(), fc.array(fc.tuple(fc.nat(), oddities), { maxLength: 4 }), (spec, changes) => {
      const leaves = leavesOf(spec)
      const odd = changes.reduce<JsonObject>(
        (form, [n, value]) => withValueAt(form, leaves[n % leaves.length]!.pointer, value) as JsonObject,
        spec,
      )

      const { spec: made, remarks } = presentable(ipsecTunnel, odd)

      expect(isValid(made)).toBe(true)
      if (!isValid(odd)) expect(remarks).not.toEqual([])
    }),
    { numRuns: 60 },
  )
})

it('leaves a spec as it is that needs nothing', () => {
  const spec = gateway as unknown as JsonObject

  expect(presentable(ipsecTunnel, spec)).toEqual({ spec, remarks: [] })
})

it('leaves out the one value that cannot be said, and asks for the secret that nobody shows', () => {
  const [proposal] = gateway.quickMode.proposals
  const odd = { ...proposal, esp: { aead: 'unknown(77)' } }
  const mainMode = { ...gateway.mainMode, authentication: [{ presharedKey: { flags: [] } }] }
  const spec = { ...gateway, mainMode, quickMode: { ...gateway.quickMode, proposals: [proposal, odd] } }

  const { spec: made, remarks } = presentable(ipsecTunnel, spec as unknown as JsonObject)

  expect(made).toMatchObject({
    quickMode: { proposals: [proposal] },
    mainMode: { authentication: [{ presharedKey: { env: 'FILL_IN', flags: [] } }] },
  })
  expect(remarks.join()).toContain('unknown(77)')
})
