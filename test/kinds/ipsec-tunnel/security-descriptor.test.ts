import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RELATIVE_ALIASES } from '../../../src/base/sddl/index.ts'
import { ACE_FLAGS, ACE_TYPES, RIGHTS, SID_ALIASES } from '../../../src/base/sddl/tables.ts'
import { tunnelDescriptor } from '../../../src/kinds/ipsec-tunnel/security-descriptor.ts'
import { FWPM_ACTRL_READ } from '../../../src/providers/wfp/binding/tables/constants/index.ts'
import { convertSddl } from '../../../src/providers/wfp/sandbox/engine/security.ts'
import { Refusal } from '../../../src/providers/wfp/sandbox/refusal.ts'

describe('tunnelDescriptor', () => {
  it.each([
    ['administrators all', 'D:(A;;GA;;;BA)'],
    ['the system all', 'D:P(A;;GA;;;SY)(A;;GR;;;WD)'],
    ['both rights, from two entries', 'D:(A;;GR;;;WD)(A;;SD;;;BA)'],
    ['both rights as one number', 'D:(A;;0x10080;;;S-1-5-32-544)'],
    ['generic all as a number', 'D:(A;;0x10000000;;;BA)'],
    ['generic read as a number, and delete', 'D:(A;;0x80010000;;;BA)'],
    ['a single account, which may be ours', 'D:(A;;GA;;;S-1-5-21-1-2-3-1104)'],
    ['a service of its own', 'D:(A;;GA;;;S-1-5-80-1-2-3-4-5)'],
    ['a denial to others', 'D:(D;;GA;;;BG)(A;;GA;;;BA)'],
    ['a denial that comes too late', 'D:(A;;GA;;;BA)(D;;GA;;;BA)'],
    ['a denial that children inherit', 'D:(D;IO;GA;;;BA)(A;;GA;;;BA)'],
    ['SYSTEM all, its SID in hexadecimal', 'D:(A;;GA;;;S-1-0x5-18)'],
    ['an account of a domain, which may be ours', 'D:(A;;GA;;;DA)'],
    ['reading as the engine calls it, and delete', `D:(A;;0x${(0x1_0000 | FWPM_ACTRL_READ).toString(16)};;;BA)`],
    ['a denial to administrators only', 'D:(D;;SD;;;IU)(A;;GA;;;BA)'],
    ['everybody, for want of a DACL', 'O:BAG:SY'],
    ['everybody, by a null DACL', 'D:NO_ACCESS_CONTROL'],
  ])('accepts a descriptor that gives %s', (_, text) => {
    expect(tunnelDescriptor(text)).toEqual({ value: text })
  })

  it.each([
    ['nothing to anybody', 'D:', 'read and delete'],
    ['nothing to anybody, protected', 'D:P', 'read and delete'],
    ['only reading', 'D:(A;;GR;;;WD)', 'delete'],
    ['only deleting', 'D:(A;;SD;;;BA)', 'read'],
    ['only writing', 'D:(A;;GW;;;BA)', 'read and delete'],
    ['all to guests', 'D:(A;;GA;;;BG)(A;;GA;;;AN)', 'read and delete'],
    ['all to children alone', 'D:(A;IO;GA;;;BA)(A;IO;GA;;;SY)', 'read and delete'],
    ['all after a denial', 'D:(D;;SD;;;WD)(A;;GA;;;BA)(A;;GA;;;SY)', 'delete'],
    ['numbers without the two rights', 'D:(A;;0x1f;;;S-1-5-18)', 'read and delete'],
  ])('refuses one that gives %s', (_, text, verbs) => {
    expect(tunnelDescriptor(text)).toMatchObject({
      problem: { code: 'E252', message: `neither SYSTEM nor Administrators could ${verbs} the tunnel` },
    })
  })

  it.each([
    ['Administrators', '`Administrators` is not a security descriptor'],
    ['D:(A;;GA;;;BA)(A;;QQ;;;BA)', '`QQ` is not an access right'],
    ['D:(A;;GA;;;ZZ)(A;;GA;;;BA)', '`ZZ` is neither a SID nor an alias of one'],
    ['D:(A;;GA;;;BA)S:(AU;SA;GA;;;WD)', 'the engine ignores a SACL'],
  ])('says what is wrong with %s', (text, message) => {
    expect(tunnelDescriptor(text)).toMatchObject({ problem: { code: 'E243', message } })
  })
})

const wordOf = (table: object) => fc.constantFrom(...Object.keys(table))
const joined = (word: fc.Arbitrary<string>) => fc.array(word, { maxLength: 3 }).map((words) => words.join(''))
const accounts = fc.oneof(
  wordOf(SID_ALIASES),
  wordOf(RELATIVE_ALIASES),
  fc.constantFrom('S-1-5-21-1-2-3-1104', 'S-1-5-32-544', 'S-1-5', 'ZZ', 'Administrators'),
)
const entries = fc
  .tuple(
    fc.oneof(fc.constant('A'), wordOf(ACE_TYPES), fc.constantFrom('XA', 'B')),
    joined(wordOf(ACE_FLAGS)),
    fc.oneof(joined(wordOf(RIGHTS)), fc.constantFrom('0x10080', 'QQ', '0x1ffffffff')),
    accounts,
  )
  .map(([type, flags, rights, account]) => `(${type};${flags};${rights};;;${account})`)
const descriptors = fc
  .tuple(fc.constantFrom('', 'O:BA', 'O:DAG:DU', 'G:ZZ'), fc.constantFrom('D:', 'D:P', 'D:PX'), joined(entries))
  .map((parts) => parts.join(''))

function statusOf(text: string): number {
  try {
    convertSddl(text)
    return 0
  } catch (error) {
    if (error instanceof Refusal) return error.status
    throw error
  }
}

describe('the engine of a machine that is in no domain', () => {
  it('takes every descriptor that passes, but for accounts of a domain', () => {
    const inDomain = Object.keys(RELATIVE_ALIASES).filter((alias) => RELATIVE_ALIASES[alias]?.of === 'domain')
    const namesDomain = new RegExp(`[:;](${inDomain.join('|')})(\\)|G:|D:)`)

    fc.assert(
      fc.property(descriptors, (text) => {
        const isTaken = 'value' in tunnelDescriptor(text)

        if (isTaken) expect([text, statusOf(text)]).toEqual([text, namesDomain.test(text) ? 1337 : 0])
      }),
      { numRuns: 2000 },
    )
  })

  it('knows its own accounts', () => {
    expect([statusOf('D:(A;;GA;;;LA)'), statusOf('D:(A;;GA;;;LG)'), statusOf('D:(A;;GA;;;DA)')]).toEqual([0, 0, 1337])
  })
})
