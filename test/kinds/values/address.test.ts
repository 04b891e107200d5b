import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ipv4Bits } from '../../../src/kinds/values/address.ts'

/** The definition: four numbers of eight bits, without leading zeros. */
function bitsOf(text: string): bigint | undefined {
  const parts = text.split('.')
  const isPart = (part: string) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255
  if (parts.length !== 4 || !parts.every(isPart)) return undefined
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
}

const part = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300).map(String) },
  fc.nat(30).map((number) => `0${number}`),
  fc.constantFrom('', '-', ' ', '+1', '1e1', '0x1', '٣', '1\n', '256', '1000', '99999999999999999999'),
)
const text = fc.oneof(
  fc.array(part, { minLength: 4, maxLength: 4 }).map((parts) => parts.join('.')),
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
  fc.string(),
)

it('reads four numbers of eight bits, and nothing else', () => {
  fc.assert(
    fc.property(text, (written) => {
      expect(ipv4Bits(written)).toBe(bitsOf(written))
    }),
    {
      numRuns: 5_000,
      examples: [['255.255.255.255'], ['0.0.0.0'], ['1.2.3.4.'], ['.1.2.3.4'], ['1.2.3'], ['01.2.3.4']],
    },
  )
})
