/** What a review is shown of a new tunnel: each example in a few words, and no secret of it. */

import { describe, expect, it } from 'vitest'
import { kindsByName } from '../../../src/kinds/index.ts'
import { outlineTunnel } from '../../../src/kinds/ipsec-tunnel/outline.ts'
import { loadDesired } from '../../../src/manifest/load.ts'
import { many, tunnel } from '../../cli/manifests.ts'
import { exampleFiles, exampleNames } from '../../support/examples.ts'

const specsOf = (files: Parameters<typeof loadDesired>[0]) =>
  loadDesired(files, kindsByName).desired.resources.filter(({ kind }) => kind.name === 'IPsecTunnel')

const factsOf = (text: string) => Object.fromEntries(outlineTunnel(specsOf([{ path: 'a.yaml', text }])[0]!.spec).facts)

const plain = tunnel('a')
const withQuick = (quick: string) => plain.replace(/proposals: \[\{ esp.*/, `proposals: [${quick}]`)
const withMain = (main: string) =>
  plain.replace('  quickMode:', `  mainMode:\n    authentication: [${main}]\n  quickMode:`)

describe('the outline of a tunnel', () => {
  it('says who talks to whom about what, and how it is protected', () => {
    expect(factsOf(tunnel('a', { psk: 'env: NAME_OF_THE_KEY' }))).toEqual({
      peer: '203.0.113.10 → 198.51.100.1',
      traffic: '10.1.1.0/24 ↔ 10.2.1.0/24',
      crypto: 'ikev2 aes256-sha384-dh20; esp aes256gcm; pfs dh20',
      authentication: 'preshared key',
    })
  })

  it.each([
    ['peer', plain.replace('remote: 198.51.100.1', 'remoteFqdn: gw.example.org'), '203.0.113.10 → gw.example.org'],
    [
      'peer',
      plain.replace('198.51.100.1', '[198.51.100.1, 198.51.100.2]'),
      '203.0.113.10 → 198.51.100.1, 198.51.100.2',
    ],
    [
      'crypto',
      withQuick('{ ah: { integrity: sha256 }, esp: { encryption: aes256, integrity: sha256 } }'),
      'ikev2; ah sha256 + esp aes256-sha256; pfs dh20',
    ],
    ['crypto', withQuick('{ esp: { integrity: sha256 } }'), 'ikev2; esp null-sha256; pfs dh20'],
    ['authentication', plain, "the machine's own main-mode policy"],
    ['authentication', withMain('{ certificate: { trust: { store: enterprise } } }'), 'certificate (rsa)'],
  ])('tells the %s of other forms, too', (label, text, told) => {
    expect(factsOf(text)[label]).toBe(told)
  })

  it.each(exampleNames)('has something to say to every label for each tunnel of the example %s', (name) => {
    for (const { spec } of specsOf(exampleFiles(name))) {
      const { ends, facts } = outlineTunnel(spec)
      expect(facts.map(([label]) => label)).toEqual(['peer', 'traffic', 'crypto', 'authentication'])
      for (const [, text] of [...facts, ...Object.entries(ends ?? {})])
        expect(text).toMatch(/^(?!.*undefined)(?!.*object).+$/)
    }
  })

  it('names neither a key nor where it is kept', () => {
    const text = many(
      tunnel('a', { psk: 'env: NAME_OF_THE_KEY' }),
      tunnel('b', { psk: 'file: ./path-of-the-key', net: 2 }),
    )
    const outlines = specsOf([{ path: 'a.yaml', text }]).map(({ spec }) => outlineTunnel(spec))

    expect(JSON.stringify(outlines)).not.toMatch(/of.the.key/i)
  })
})
