import { describe, expect, it } from 'vitest'
import { fieldsBelow } from '../../src/cli/commands/explain.ts'
import { FIELD_WORDS, fieldWord, meaningsOf } from '../../src/importers/words.ts'

const TITLES: { readonly [tool: string]: string } = {
  netipsec: 'The Windows firewall, as its CIM classes have it',
  powershell: 'The Windows firewall, as its cmdlets have it',
  netsh: 'netsh',
  swanctl: 'strongSwan: swanctl.conf',
  'ipsec.conf': 'strongSwan and Libreswan: ipsec.conf',
  azure: 'Azure VPN gateway',
}

/** Words that mean one thing stand in one row. */
function page(): string {
  const sections = Object.entries(TITLES).map(([tool, title]) => {
    const of = FIELD_WORDS.filter((row) => row.tool === tool)
    const rows = new Map<string, string[]>()
    for (const { scope, word, field, says } of of) {
      const rest = `${field === undefined ? '-' : `\`${field}\``} | ${says}`
      const key = JSON.stringify([scope, rest])
      rows.set(key, [...(rows.get(key) ?? []), `\`${word}\``])
    }
    const lines = [...rows].map(([key, words]) => {
      const [scope, rest] = JSON.parse(key) as [string, string]
      return `| ${scope} | ${words.join(' ')} | ${rest} |\n`
    })
    return `## ${title}\n\n| where | their word | our field | to know |\n| --- | --- | --- | --- |\n${lines.join('')}`
  })
  return `# The words of other tools

What a word of another tool becomes in an \`IPsecTunnel\`. \`wfpctl explain WORD\` says the same for one word, and \`wfpctl import\` settles by it.
A word without a field has no place in a manifest, and the last column says why.
This page is made from \`src/importers/table.ts\` by \`npm run docs:words\`.

${sections.join('\n')}`
}

describe('the table of words', () => {
  it('is what docs/words.md shows', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/words.md')
  })

  it('names fields that a manifest has', () => {
    const fields = [...new Set(FIELD_WORDS.flatMap(({ field }) => field ?? []))]
    const isField = (field: string): boolean => {
      const steps = field.split('.')
      return fieldsBelow(['IPsecTunnel', ...steps.slice(0, -1)].join('.')).some(({ name }) => name === steps.at(-1))
    }

    expect(fields.filter((field) => !isField(field))).toEqual([])
  })

  it('has a word once at each place', () => {
    const places = FIELD_WORDS.map(({ tool, scope, word }) => `${tool} ${scope} ${word}`)

    expect(places.filter((place, i) => places.indexOf(place) !== i)).toEqual([])
  })

  it('finds a word in any case, with the dash of a parameter and without', () => {
    expect(meaningsOf('IkeEncryption').map(({ field }) => field)).toEqual(['spec.mainMode.proposals.encryption'])
    expect(meaningsOf('esphash')).toMatchObject([{ tool: 'powershell', word: '-ESPHash' }])
    expect(meaningsOf('MainModeCryptoSet').map(({ tool }) => tool)).toContain('powershell')
    expect(meaningsOf('rightsubnet')).toMatchObject([{ tool: 'ipsec.conf', field: 'spec.traffic.remote' }])
  })

  it('knows the properties that Windows ignores wherever they stand', () => {
    expect(fieldWord('netipsec MSFT_NetIKEQMCryptoSet', 'StatusCode')).toMatchObject({ mute: true })
    expect(fieldWord('swanctl children', 'StatusCode')).toBeUndefined()
  })
})
