import { describe, expect, it } from 'vitest'
import { type Json, type JsonObject, withValueAt } from '../../../src/base/json.ts'
import { ipsecTunnel } from '../../../src/kinds/ipsec-tunnel/kind.ts'
import { strongestFirst, WEAK, type WeakPlace } from '../../../src/kinds/ipsec-tunnel/strength.ts'
import { gateway } from '../../fixtures/specs.ts'
import { manifestOf } from '../../support/manifest.ts'

/** Where each table of weak words is used. */
const PLACES: Readonly<Record<WeakPlace, string>> = {
  keyModule: '/keyModule',
  mainModeEncryption: '/mainMode/proposals/0/encryption',
  mainModeIntegrity: '/mainMode/proposals/0/integrity',
  dh: '/mainMode/proposals/0/dh',
  pfs: '/quickMode/pfs',
  encryption: '/quickMode/proposals/0/esp/encryption',
  integrity: '/quickMode/proposals/0/esp/integrity',
}
const CBC = withValueAt(gateway as unknown as Json, '/quickMode/proposals/0/esp', {
  encryption: 'aes256',
  integrity: 'sha256',
})
const { retransmitFor: _, ...olderMainMode } = gateway.mainMode!

function warningsOf(place: WeakPlace, word: string) {
  const usable = place === 'keyModule' ? withValueAt(CBC, '/mainMode', olderMainMode as unknown as Json) : CBC
  return ipsecTunnel.normalise(manifestOf('IPsecTunnel', withValueAt(usable, PLACES[place], word) as JsonObject))
    .diagnostics
}

const rows = Object.entries(WEAK).flatMap(([place, words]) =>
  Object.entries(words).map(([word, weakness]) => [place as WeakPlace, word, weakness.instead] as const),
)

describe('a dated algorithm', () => {
  // without an exchange of keys there is no algorithm that an RFC could give up
  it.each(rows.filter(([, word]) => word !== 'none'))('%s %s is one warning that names its RFC', (place, word) => {
    const found = warningsOf(place, word)

    expect(found.map(({ code }) => code)).toEqual(['W220'])
    expect(found[0]?.message).toMatch(/\bRFC (8221|8247|9395)\b/)
  })

  it.each(rows)('%s %s has a stronger one as help, which is no warning itself', (place, word, instead) => {
    expect(strongestFirst([word, instead])).toEqual([instead, word])
    expect(warningsOf(place, instead)).toEqual([])
  })
})
