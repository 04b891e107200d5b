import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isSelected,
  type LabelRequirement,
  parseLabelSelector,
  selectionText,
} from '../../../src/reconcile/plan/selection.ts'
import { lamp } from '../states.ts'

const labelled = (labels: Readonly<Record<string, string>>) => ({ kind: lamp, name: 'x', labels })

function picks(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const requirements = parseLabelSelector(selector)
  if (!requirements) throw new Error(`${selector} is no selector`)
  return isSelected(labelled(labels), { labels: requirements })
}

describe('a label selector', () => {
  it.each([
    // [selector, labels that it takes, labels that it does not take]
    ['env=prod', { env: 'prod' }, { env: 'lab' }],
    ['env==prod', { env: 'prod' }, {}],
    ['env = prod', { env: 'prod' }, { env: 'prod ' }],
    ['env!=prod', {}, { env: 'prod' }],
    ['env in (prod, lab)', { env: 'lab' }, { env: 'test' }],
    ['env in (prod)', { env: 'prod' }, {}],
    ['env notin (prod,lab)', {}, { env: 'lab' }],
    ['env', { env: '' }, {}],
    ['!env', { site: 'hq' }, { env: '' }],
    ['env=', { env: '' }, { env: 'a' }],
    ['env=prod,site in (hq,lab),!old', { env: 'prod', site: 'hq' }, { env: 'prod', site: 'hq', old: '' }],
    ['in in (notin)', { in: 'notin' }, { in: 'in' }],
    ['example.com/tier=gold', { 'example.com/tier': 'gold' }, { tier: 'gold' }],
    ['toString', { toString: 'own' }, {}],
  ] as const)('%s', (selector, taken, left) => {
    expect([picks(selector, taken), picks(selector, left)]).toEqual([true, false])
  })

  it.each([
    '',
    ',',
    'env=prod,',
    ',env',
    'env=(a)',
    'env in a',
    'env in (a',
    'env in a)',
    '=prod',
    '!',
    'a b',
    'a=b=c',
    'a!b',
  ])('%s is none', (text) => {
    expect(parseLabelSelector(text)).toBeUndefined()
  })

  it('can be typed again as it is shown', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9./-]{0,8}$/)
    const requirement = fc.oneof(
      fc.record({
        label: word,
        operator: fc.constantFrom('in' as const, 'notIn' as const),
        values: fc.array(word, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        label: word,
        operator: fc.constantFrom('exists' as const, 'absent' as const),
        values: fc.constant([]),
      }),
    )
    fc.assert(
      fc.property(fc.array(requirement as fc.Arbitrary<LabelRequirement>, { minLength: 1, maxLength: 4 }), (labels) => {
        const [, text = ''] = /^-l '(.*)'$/.exec(selectionText({ labels })) ?? []
        expect(parseLabelSelector(text)).toEqual(labels)
      }),
    )
  })
})

describe('a target', () => {
  it('is an address, or one that a resource had before', () => {
    const targets = ['Lamp/x', 'Lamp/old']
    expect(isSelected(labelled({}), { targets })).toBe(true)
    expect(isSelected({ ...labelled({}), name: 'new', formerly: ['old'] }, { targets })).toBe(true)
    expect(isSelected({ ...labelled({}), name: 'y' }, { targets })).toBe(false)
  })
})
