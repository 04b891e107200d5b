/**
 * The leaf law: whichever leaf of a tunnel somebody changes in the engine, the plan shows exactly that leaf. What an engine hides is
 * listed in docs/hidden-leaves.md, and the list is checked here.
 */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonObject, valueAt } from '../../src/base/json.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import type { TunnelSpec } from '../../src/kinds/ipsec-tunnel/spec.ts'
import { providerKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { encodeTunnel, HIDDEN } from '../../src/providers/wfp/tunnels/codec/index.ts'
import { tunnelSpecs } from '../arbitraries/manifests.ts'
import { pointToPoint, withMainMode } from '../fixtures/specs.ts'
import {
  anotherValue,
  type Change,
  type Field,
  fieldOf,
  leavesOfForm,
  normalFormOf,
  schemaLeaves,
} from '../support/schema-leaves.ts'
import { asAdministrator } from './administrator.ts'
import { desiredOf, type Lab, openLab, POLICY } from './lab.ts'

const NAME = 'hq-dallas'
const SET = 'default'

/** With the machine's own main mode: the one spec whose key module and mode can change alone. */
const { mainMode: _, description: __, ...plain } = pointToPoint
/** Last, since this key cannot be read: no change but that of the reference itself may come from it. */
const withKeyFile = {
  ...withMainMode({ authentication: [{ presharedKey: { file: './hq1.psk', encoding: 'utf8', flags: [] } }] }),
  acceptReadback: ['/traffic/profile1'],
}
const sops = { sops: './a.yaml', key: 'psk1', ageKeyFile: './age1.txt', encoding: 'utf8', flags: [] } as const
const withSops = withMainMode({ authentication: [{ presharedKey: sops }] })
const others = [{ dpapi: './a1.dpapi' }, { credential: 'hq1' }].map((source) =>
  withMainMode({ authentication: [{ presharedKey: { ...source, encoding: 'utf8', flags: [] } }] }),
)
const SAMPLES = [plain, ...fc.sample(tunnelSpecs(), { seed: 7, numRuns: 40 }), withKeyFile, withSops, ...others]
  .map((spec) => spec as unknown as JsonObject)
  .map((spec) => normalFormOf(ipsecTunnel, spec)!)
  .map((spec): JsonObject => ({ ...spec, protect: 'none' }))

/** Fields with a place of their own in normal forms stand for those that are other spellings of them. */
function canonical(field: Field): Field {
  return field
    .replace('/extendedMode/authentication/-/', '/mainMode/authentication/-/')
    .replace('/ssl', '/certificate')
    .replace(/\/(trust|outbound)\//, '/inbound/')
    .replace(/\/inbound\/ca$/, '/inbound/criteria/-/ca')
}

/** The fields of the schema, each with a change that touches it alone. */
const changes = new Map<Field, Change>()
for (const spec of SAMPLES) {
  for (const pointer of leavesOfForm(spec)) {
    const field = canonical(fieldOf(pointer))
    if (changes.has(field)) continue
    const change = anotherValue(ipsecTunnel, spec, pointer)
    if (change) changes.set(field, change)
  }
}

/** A method without options has nothing to change but itself. */
const ANONYMOUS = '/mainMode/authentication/-/anonymous'
const METADATA = ['/metadata/name', '/metadata/set', '/metadata/labels']
const COSMETIC = ['/description']

const page = readFileSync(new URL('../../docs/hidden-leaves.md', import.meta.url), 'utf8')
const [, unseen = [], recorded = [], identity = []] = page.split(/^## /m).map(fieldsOn)
const hidden = [...unseen, ...recorded, ...identity]
const visible = [...changes.keys()].filter((field) => !hidden.includes(field) && !COSMETIC.includes(field))

function fieldsOn(section: string): Field[] {
  const items = section.split('\n').filter((line) => /^(- | {2}`)/.test(line))
  return items.flatMap((line) => [...line.matchAll(/`(\/[^`]+)`/g)].map(([, field]) => field!))
}

function documentOf(spec: JsonObject): JsonObject {
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name: NAME, set: SET }, spec }
}

interface Stage {
  readonly lab: Lab
  readonly desired: ReturnType<typeof desiredOf>
  readonly key: string
  /** somebody puts another tunnel in the place of ours; the record stays */
  change(spec: JsonObject, name?: string): Promise<void>
}

/** One tunnel, applied; then the play. */
async function withTunnel(spec: JsonObject, play: (stage: Stage) => Promise<void>): Promise<void> {
  const lab = await openLab()
  try {
    const desired = desiredOf([documentOf(spec)])
    await lab.apply(desired)
    const key = ipsecTunnel.keyOf({ set: SET, name: NAME, spec })
    const change: Stage['change'] = (changed, name = NAME) =>
      asAdministrator(lab.raw, (other) =>
        other.replaceTunnel(key, changed, {
          name,
          key: ipsecTunnel.keyOf({ set: SET, name: NAME, spec: changed }),
          providerKey: providerKeyOf(SET),
        }),
      )
    await play({ lab, desired, key, change })
  } finally {
    await lab.close()
  }
}

async function expectHealed({ lab, desired }: Stage): Promise<void> {
  const [report] = await lab.apply(desired)
  expect(report).toMatchObject({ result: 'applied', verified: true })
  const [after] = await lab.plan(desired)
  expect(after).toMatchObject({ changes: [], cosmetic: [], unchanged: 1 })
}

it('has a change for every field of the schema', () => {
  const fields = new Set(schemaLeaves(ipsecTunnel).map(canonical))

  expect([...changes.keys()].filter((field) => !fields.has(field))).toEqual([])
  // what is off is not in the engine: test/laws/life.test.ts
  expect([...fields].filter((field) => !changes.has(field))).toEqual(['/enabled', ANONYMOUS])
})

describe('docs/hidden-leaves.md', () => {
  it('names fields that exist', () => {
    const fields = [...schemaLeaves(ipsecTunnel), ...METADATA, '/mainMode/authentication/-/presharedKey']

    expect(hidden.filter((field) => !fields.includes(field))).toEqual([])
    expect(hidden.length).toBeGreaterThan(0)
  })

  it('names everything that the codec cannot read back', () => {
    expect(HIDDEN.filter((pointer) => !hidden.includes(pointer))).toEqual([])
  })
})

describe('a change in the engine of', () => {
  it.each(visible)('%s is shown as that one difference, and healed', async (field) => {
    const { spec, pointer, changed } = changes.get(field)!

    await withTunnel(spec, async (stage) => {
      await stage.change(changed)

      const [plan] = await stage.lab.plan(stage.desired)
      expect(plan?.changes.map(({ action, cause, impact }) => ({ action, cause, impact }))).toEqual([
        { action: 'replace', cause: 'drift', impact: 'disruptive' },
      ])
      expect(plan?.changes[0]?.differences).toEqual([
        { path: pointer, before: valueAt(changed, pointer), after: valueAt(spec, pointer), sensitive: false },
      ])
      await expectHealed(stage)
    })
  })

  it.each(COSMETIC)('%s is listed as cosmetic, and healed on demand', async (field) => {
    const { spec, pointer, changed } = changes.get(field)!

    await withTunnel(spec, async ({ lab, desired, change }) => {
      await change(changed)

      const [plan] = await lab.plan(desired)
      const differences = [
        { path: pointer, before: valueAt(changed, pointer), after: valueAt(spec, pointer), sensitive: false },
      ]
      expect(plan).toMatchObject({ changes: [], cosmetic: [{ differences }] })
      await lab.apply(desired, { ...POLICY, applyCosmetic: true })
      expect((await lab.plan(desired))[0]).toMatchObject({ changes: [], cosmetic: [] })
    })
  })

  it(`${ANONYMOUS} for another method is shown as the method that came and the one that went, and healed`, async () => {
    const spec = withMethod({ anonymous: {} })

    await withTunnel(spec, async (stage) => {
      await stage.change(withMethod({ ntlmv2: { flags: [] } }))

      const [plan] = await stage.lab.plan(stage.desired)
      expect(plan?.changes[0]?.differences).toEqual([
        { path: '/mainMode/authentication/0/anonymous', after: {}, sensitive: false },
        { path: '/mainMode/authentication/0/ntlmv2', before: { flags: [] }, sensitive: false },
      ])
      await expectHealed(stage)
    })
  })
})

describe('hidden', () => {
  it.each(unseen.filter((field) => changes.has(field)))('%s is not seen, and says so as unverified', async (field) => {
    const { spec, pointer, changed } = changes.get(field)!

    await withTunnel(spec, async ({ lab, desired, change }) => {
      await change(changed)

      const [plan] = await lab.plan(desired)
      expect(plan?.changes).toEqual([])
      expect(plan?.unverified.flatMap(({ paths }) => paths)).toContain(pointer)
    })
  })

  it('bytes of a pre-shared key are not seen, and say so as unverified', async () => {
    const { spec, pointer } = changes.get('/mainMode/authentication/-/presharedKey/flags')!
    const secret = pointer.replace(/\/flags$/, '')
    expect(unseen).toContain(fieldOf(secret))

    await withTunnel(spec, async ({ lab, desired, change }) => {
      await change(spec) // with another key: administrators have their own

      const [plan] = await lab.plan(desired)
      expect(plan?.changes).toEqual([])
      expect(plan?.unverified.flatMap(({ paths }) => paths)).toContain(secret)
    })
  })

  it.each(recorded.filter((field) => changes.has(field)))('%s reaches no engine', (field) => {
    const { spec, changed } = changes.get(field)!
    const call = (form: JsonObject) =>
      encodeTunnel(
        form as unknown as TunnelSpec,
        { name: NAME, key: NAME, providerKey: NAME },
        () => new Uint8Array(),
        3,
      )

    expect(call(changed)).toEqual(call(spec))
  })

  it('/key makes another tunnel: ours is missing, and made again', async () => {
    const { spec, changed } = changes.get('/key')!
    expect(identity).toContain('/key')

    await withTunnel(spec, async (stage) => {
      await stage.change(changed)

      const [plan] = await stage.lab.plan(stage.desired)
      expect(plan?.changes.map(({ action, cause, key }) => ({ action, cause, key }))).toEqual([
        { action: 'create', cause: 'drift', key: stage.key },
      ])
      await expectHealed(stage)
    })
  })

  it('/metadata/name: the display name is not compared', async () => {
    const { spec } = changes.get('/quickMode/pfs')!
    expect(identity).toContain('/metadata/name')

    await withTunnel(spec, async ({ lab, desired, change }) => {
      await change(spec, 'another name')

      expect((await lab.plan(desired))[0]).toMatchObject({ changes: [], cosmetic: [], unchanged: 1 })
    })
  })
})

function withMethod(method: JsonObject): JsonObject {
  const spec = normalFormOf(ipsecTunnel, {
    ...(plain as unknown as JsonObject),
    keyModule: 'authip',
    mainMode: { authentication: [method] },
  })
  expect(spec).toBeDefined()
  return spec!
}
