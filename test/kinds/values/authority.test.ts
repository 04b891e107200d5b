import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorityName, turnedIfRootFirst } from '../../../src/kinds/values/authority.ts'
import { canonicalDistinguishedName, encodeDistinguishedName } from '../../../src/kinds/values/distinguished-name.ts'

const turned = (text: string) => turnedIfRootFirst(canonicalDistinguishedName(text))

describe('the order of a name', () => {
  it.each([
    ['DC=com, DC=example, DC=corp, CN=corp-issuing-ca', 'CN=corp-issuing-ca,DC=corp,DC=example,DC=com'],
    ['C=US,O=Example Corp,CN=Corp Root CA', 'CN=Corp Root CA,O=Example Corp,C=US'],
    ['C = US, ST = Ohio, L = Akron, O = Example, OU = PKI, CN = Root', 'CN=Root,OU=PKI,O=Example,L=Akron,ST=Ohio,C=US'],
    ['O=Example\\, Inc.,CN=Root', 'CN=Root,O=Example\\, Inc.'],
    ['O=Example,OU=PKI', 'OU=PKI,O=Example'],
    ['C=DE,O=Example,CN=Root+SERIALNUMBER=7', 'SERIALNUMBER=7+CN=Root,O=Example,C=DE'],
    ['DC=com,DC=example', 'DC=example,DC=com'],
    ['C=US,CN=Root,E=pki@example.com', 'E=pki@example.com,CN=Root,C=US'],
  ])('of %s runs from the root to the leaf', (text, leafFirst) => {
    expect(turned(text)).toBe(leafFirst)
  })

  it.each([
    'CN=corp-issuing-ca,DC=corp,DC=example,DC=com',
    'CN=Corp Root CA,O=Example Corp,C=US',
    'E=pki@example.com,CN=Root,O=Example,C=US',
    'OU=Class 2 Authority,O=Example,C=US',
    'O=Example,CN=Root,C=US',
    'CN=Root',
    'CN=Root,CN=Authorities',
    'DC=example,DC=com',
    'DC=local,DC=com',
    '1.2.3=x,CN=Root',
  ])('of %s begins with the leaf, or nobody can tell', (text) => {
    expect(turned(text)).toBe(undefined)
  })
})

const types = ['C', 'ST', 'L', 'O', 'OU', 'CN'] as const
const names = fc.uniqueArray(fc.constantFrom(...types), { minLength: 2 }).chain((chosen) =>
  fc.tuple(
    ...chosen.map((type) =>
      fc
        .stringMatching(/^[A-Za-z,+ ]{1,8}$/)
        .filter((it) => it.trim() === it)
        .map((value) => [type, value] as const),
    ),
  ),
)
const written = (parts: readonly (readonly [string, string])[]) =>
  parts.map(([type, value]) => `${type}=${value.replace(/[,+]/g, '\\$&')}`).join(',')

it('is said of one of the two directions alone, and the turned name has the same parts', () => {
  const level = ([type]: readonly [string, string]) => types.indexOf(type as (typeof types)[number])
  const down = (parts: readonly (readonly [string, string])[]) => [...parts].sort((a, b) => level(a) - level(b))

  fc.assert(
    fc.property(names, (parts) => {
      const rootFirst = written(down(parts))
      const leafFirst = written([...down(parts)].reverse())

      expect(turned(leafFirst)).toBe(undefined)
      expect(encodeDistinguishedName(turned(rootFirst)!)).toEqual(encodeDistinguishedName(leafFirst))
    }),
  )
})

describe('a name in the form of another tool', () => {
  it.each([
    ['/C=US/O=Example/CN=Root', 'CN=Root,O=Example,C=US'],
    ['CN=Root; O=Example; C=US', 'CN=Root,O=Example,C=US'],
    ['CN = Root\nO = Example', 'CN=Root,O=Example'],
    ['C=US; O=Example; CN=Root', 'CN=Root,O=Example,C=US'],
    ['CN=Example, Inc., C=US', 'CN=Example\\, Inc.,C=US'],
    ['C=US, O=Example, Inc., CN=Root', 'CN=Root,O=Example\\, Inc.,C=US'],
    ['Example Root CA', 'CN=Example Root CA'],
  ])('%j is told with what to write, which is taken', (text, name) => {
    expect(authorityName(text)).toMatchObject({ problem: { code: 'E240', help: `write \`${name}\`` } })
    expect(authorityName(name)).toEqual({ value: name })
  })

  it('is refused for a character that does not show, which can be written as bytes', () => {
    expect(authorityName('CN=Root\u200e')).toMatchObject({ problem: { code: 'E240' } })
    expect(authorityName('CN=Root\\E2\\80\\8E')).toEqual({ value: 'CN=Root\\E2\\80\\8E' })
  })
})
