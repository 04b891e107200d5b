/** Which passes are known again, and which are made anew because they follow from more than a digest tells. */

import { describe, expect, it } from 'vitest'
import type { Desired, Kind, Resource } from '../../src/manifest/model.ts'
import { KnownPass } from '../../src/reconcile/known-pass.ts'
import type { Observed, SetPlan, SetState } from '../../src/reconcile/plan/index.ts'
import type { Provider } from '../../src/reconcile/provider.ts'
import { Secrets } from '../../src/reconcile/secrets.ts'
import { desiredOf, inLab, setDocument } from '../laws/lab.ts'

const POLICY = { host: 'gw01' }
const EMPTY = desiredOf([setDocument('lab')])

/** A pass that found nothing, but for what is said of it; asked for again, by the next process. */
async function isKnownAgain(more: {
  readonly plan?: Partial<SetPlan>
  readonly state?: Partial<SetState>
  readonly desired?: Desired
}): Promise<boolean> {
  return inLab(async ({ provider, plan }) => {
    const desired = more.desired ?? EMPTY
    const [quiet] = await plan(EMPTY, POLICY)
    const [state] = await provider.observe([{ set: 'lab', wanted: [] }])
    const saved = new Map<string, string>()
    const results = {
      get: (key: string) => saved.get(key),
      put: (key: string, text: string) => void saved.set(key, text),
      save: () => {},
    }
    const open = () =>
      KnownPass.open(
        { results, digest: 'tree', inventory: () => undefined, at: () => desired },
        provider,
        POLICY,
        new Secrets(),
      )
    const plans = [{ ...(quiet as SetPlan), ...more.plan }]
    ;(await open())?.remember({ plans, states: [{ ...(state as SetState), ...more.state }], desired })
    return (await open())?.recall() !== undefined
  })
}

describe('a pass that found nothing to do', () => {
  it('is known again', async () => {
    expect(await isKnownAgain({})).toBe(true)
  })

  it.each<[string, Partial<SetPlan>]>([
    ['a suspension, which ends by the clock', { suspension: { since: '2026-11-27T00:00:00Z' } as never }],
    ['a promise, which ends by the clock', { confirmation: { by: 'ana' } as never }],
    ['an owner that goes', { removesOwner: true }],
    ['text that differs', { cosmetic: [{ address: 'IPsecTunnel/a', differences: [] }] }],
    ['an orphan', { orphans: [{ address: 'IPsecTunnel/a' } as never] }],
    ['what safety blocks', { blocked: [{ scope: 'set', reason: 'empty', message: '', help: '' }] }],
  ])('is made anew with %s', async (_what, plan) => {
    expect(await isKnownAgain({ plan })).toBe(false)
  })

  it('is made anew where parts of an object carry another owner, at which no fingerprint looks', async () => {
    const adopted = { record: { owner: null } } as unknown as Observed
    expect(await isKnownAgain({ state: { resources: new Map([['IPsecTunnel/a', adopted]]) } })).toBe(false)
  })

  it('is made anew with key managers, which live in sessions', async () => {
    const kind = { lifetime: 'session' } as Kind
    const held = {
      kind,
      set: 'lab',
      form: { references: {}, key: '', text: '' },
      manifest: { file: { path: 'a.yaml' } },
    }
    const desired = { sets: EMPTY.sets, resources: [held as unknown as Resource] }
    expect(await isKnownAgain({ desired })).toBe(false)
  })

  it('is made anew by an engine that cannot tell whether anything has changed', async () => {
    const provider = { name: 'elsewhere' } as Provider
    const tree = {
      results: { get: () => undefined, put: () => {}, save: () => {} },
      digest: 'tree',
      inventory: () => undefined,
      at: () => EMPTY,
    }
    expect(await KnownPass.open(tree, provider, POLICY, new Secrets())).toBeUndefined()
  })
})
