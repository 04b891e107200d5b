import { describe, expect, it } from 'vitest'
import { tunnelDescriptor } from '../../../src/kinds/ipsec-tunnel/security-descriptor.ts'

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

  it('leaves what is no descriptor to the reader of descriptors', () => {
    expect(tunnelDescriptor('Administrators')).toMatchObject({ problem: { code: 'E243' } })
  })
})
