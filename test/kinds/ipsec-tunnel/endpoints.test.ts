import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/base/json.ts'
import { ipsecTunnel } from '../../../src/kinds/ipsec-tunnel/kind.ts'
import { gateway } from '../../fixtures/specs.ts'
import { manifestOf } from '../../support/manifest.ts'

const IPV6 = { local: ['fd00:1::/32'], remote: ['fd00:2::/32'] }

function findingsOf(endpoints: JsonObject) {
  const isIpv6 = /^[0-9a-f]*:[0-9a-f:]*$/.test(String(endpoints.local))
  const spec = { ...gateway, endpoints, ...(isIpv6 && { traffic: IPV6 }) } as unknown as JsonObject
  return ipsecTunnel.normalise(manifestOf('IPsecTunnel', spec)).diagnostics
}

const remote = (text: string) => findingsOf({ local: '203.0.113.10', remote: text })
const local = (text: string) => findingsOf({ local: text, remote: '198.51.100.7' })
const hintOf = (help = '') => /^write `(?:(\w+): )?([^`]+)`/.exec(help)

describe('what is no end of a tunnel', () => {
  it.each(['any', 'all', '*', '%any', '0.0.0.0/0', '::/0'])('%s: the help speaks of ends, and is taken', (text) => {
    for (const found of [local(text), remote(text)]) {
      expect(
        found.map(({ code, help }) => [code, help?.startsWith('write `0.0.0.0` or `::` for any address')]),
      ).toEqual([['E223', true]])
      expect(found[0]?.help).toContain('remoteFqdn')
    }
    expect(local('0.0.0.0').filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it.each([
    ['vpn.example.com', 'vpn.example.com'],
    ['VPN.Example.COM.', 'vpn.example.com'],
    ['https://vpn.example.com/', 'vpn.example.com'],
    ['vpn.example.com:500', 'vpn.example.com'],
    ['hq', 'hq'],
  ])('%s: the help names remoteFqdn, which takes it', (text, name) => {
    const [found, ...more] = remote(text)

    expect([found?.help, more]).toEqual([`write \`remoteFqdn: ${name}\` instead of \`remote\``, []])
    expect(findingsOf({ local: '203.0.113.10', remoteFqdn: name })).toEqual([])
    expect(local(text).map(({ help }) => help)).toEqual([`\`${name}\` is a name: write an address of this machine`])
  })

  it.each([
    ['198.51.100.7/32', '198.51.100.7'],
    ['2001:db8::7/128', '2001:db8::7'],
    ['198.51.100.7:500', '198.51.100.7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['fe80::7%3', 'fe80::7'],
    ['198.051.100.7', '198.51.100.7'],
  ])('%s: the help has the address alone', (text, address) => {
    const found = remote(text)

    expect(found.map(({ code, help }) => [code, hintOf(help)?.[2]])).toEqual([['E223', address]])
    const family = address.includes(':') ? '2001:db8::10' : '203.0.113.10'
    expect(findingsOf({ local: family, remote: address })).toEqual([])
  })

  it.each(['198.51.100.700', '198.51.100', '198.51.100.7x', '198.51.100.0/24', '10.0.0.1-10.0.0.9'])(
    '%s is taken for no name',
    (text) => {
      expect(remote(text).map(({ code, help }) => [code, help?.includes('remoteFqdn')])).toEqual([['E223', false]])
    },
  )
})

describe('an end at any address', () => {
  it.each(['0.0.0.0', '::'])('%s is a warning that only the engine can tell', (text) => {
    const found = findingsOf({ local: text, remote: text === '::' ? '2001:db8::7' : '198.51.100.7' })

    expect(found.map(({ code, help }) => [code, help])).toEqual([
      ['W225', expect.stringMatching(/`wfpctl plan --check`.*`wfpctl doctor --probe`.*`remoteFqdn`/)],
    ])
  })

  it('at both ends is one warning each, and no address given twice', () => {
    expect(findingsOf({ local: '0.0.0.0', remote: '0.0.0.0' }).map(({ code }) => code)).toEqual(['W225', 'W225'])
  })
})
