import { describe, expect, it } from 'vitest'
import { uuidv5 } from '../../../../src/base/digest.ts'
import { keyManagerKeyOf, tunnelKeyOf } from '../../../../src/kinds/keys.ts'
import {
  digestKeyKeyOf,
  mainModeKeyOf,
  providerKeyOf,
  recordKeyOf,
} from '../../../../src/providers/wfp/engine/claims.ts'

describe('uuidv5', () => {
  it('gives the test vector of RFC 9562, appendix A.4', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

    expect(uuidv5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  })

  it('hashes names as UTF-8', () => {
    const url = '6ba7b811-9dad-11d1-80b4-00c04fd430c8'

    expect(uuidv5(url, 'https://example.com/ä')).toBe('afdef7ba-7312-5e42-ac2d-ed60cef58139')
  })
})

describe('keys', () => {
  it('stays what it was in every earlier release', () => {
    const tunnel = tunnelKeyOf('branch-vpn', 'hq-dallas')

    expect({
      provider: providerKeyOf('branch-vpn'),
      tunnel,
      mainMode: mainModeKeyOf(tunnel),
      record: recordKeyOf(tunnel),
      keyManager: keyManagerKeyOf('branch-vpn', 'sa-audit'),
      digestKey: digestKeyKeyOf('branch-vpn'),
    }).toEqual({
      provider: '24b916c1-2857-5d2b-8340-b397f3980f6a',
      tunnel: 'a20ded68-2854-578c-9dd2-d386061086c4',
      mainMode: 'a066214b-f116-573c-9a49-9f7afb4b23df',
      record: '0e03eff7-803f-56bf-9b69-9ce2fbdf543f',
      keyManager: '35fbd725-4632-55e9-9fdc-89f3c5f7782b',
      digestKey: '7917591d-4fa2-5be2-9986-7827ff2dbf71',
    })
  })

  it('differs between sets, kinds and names', () => {
    const keys = [
      tunnelKeyOf('a', 'b'),
      tunnelKeyOf('b', 'a'),
      tunnelKeyOf('a', 'c'),
      keyManagerKeyOf('a', 'b'),
      providerKeyOf('a'),
      providerKeyOf('b'),
      digestKeyKeyOf('a'),
      digestKeyKeyOf('b'),
      mainModeKeyOf(tunnelKeyOf('a', 'b')),
      recordKeyOf(tunnelKeyOf('a', 'b')),
    ]

    expect(new Set(keys).size).toBe(keys.length)
  })

  it('derives the main-mode and record keys from a declared key as well', () => {
    const declared = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

    expect(mainModeKeyOf(declared)).toBe(uuidv5(declared, 'mainMode'))
    expect(recordKeyOf(declared)).toBe(uuidv5(declared, 'record'))
  })
})
