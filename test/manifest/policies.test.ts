/** What a rule may cost: whatever it says, its end comes, and the finding says why. */

import { describe, expect, it } from 'vitest'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { knowTemplates } from '../../src/manifest/templated.ts'
import { tunnel } from '../cli/manifests.ts'

async function findings(expression: string, manifest = tunnel('a')): Promise<string[]> {
  const policy = `apiVersion: wfpctl/v1alpha1\nkind: Policy\nmetadata: { name: p }\nspec:\n  validations:\n    - { expression: ${JSON.stringify(expression)}, message: no }\n`
  const files = [{ path: 'm.yaml', text: `${manifest}---\n${policy}` }]
  await knowTemplates(files)
  return loadDesired(files, kindsByName).diagnostics.map(({ code, message }) => `${code} ${message}`)
}

const TEN = '[0,1,2,3,4,5,6,7,8,9]'
/** `[…].all(a, [… ].all(b, …` */
const nested = (depth: number, end: string): string =>
  Array.from({ length: depth }, (_, i) => `${TEN}.all(x${i}, `).join('') + end + ')'.repeat(depth)

describe('a rule', () => {
  it('may look at every pair of many', async () => {
    expect(await findings(nested(4, 'true'))).toEqual([])
    expect(await findings(nested(4, 'x0 + x1 + x2 + x3 < 36'))).toEqual(['E350 no'])
  })

  it.each([
    ['all in all', nested(9, 'true')],
    ['exists in exists', nested(9, 'x0 == 11').replaceAll('.all(', '.exists(')],
    ['map in map', `${'[1,2,3,4,5,6,7,8,9].map(x, '.repeat(9)}1${')'.repeat(9)}.size() > 0`],
    ['exists_one over filter', `${TEN}.exists_one(x, ${nested(8, 'x == 1')})`],
    ['in the range of another', `${`${TEN}.filter(a, ${nested(9, 'true')})`}.all(x, true)`],
    ['over what a manifest holds', `object.all(x, ${nested(8, 'x == x')})`],
  ])('that goes through %s is told that it looks at too much', async (_what, expression) => {
    expect(await findings(expression)).toEqual(['E351 this rule cannot be applied: it looks at more than 100000 items'])
  })

  it('has as much for each manifest', async () => {
    const many = Array.from({ length: 20 }, (_, i) => tunnel(`t${i}`, { net: i })).join('---\n')

    expect(await findings(nested(4, 'true'), many)).toEqual([])
  })

  it('replaces in a text that has grown', async () => {
    const grown = `'aaaaaaaaaa'${".replace('a', 'aaaaaaaaaa')".repeat(5)}`

    expect(await findings(`${grown}.size() == 1000000`)).toEqual([])
    expect(
      await findings(
        "'hello'.replace('l', 'L') == 'heLLo' && 'hello'.replace('l', '$&', 1) == 'he$&lo' && 'aa'.replace('a', 'b', 0) == 'aa' && 'aa'.replace('a', 'b', -1) == 'bb' && 'ab'.replace('', '_') == '_a_b_'",
      ),
    ).toEqual([])
  })
})
