import { afterEach, describe, expect, it, vi } from 'vitest'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'

afterEach(() => void vi.useRealTimers())

/** Weak in two places: W220 twice. */
function weak(name: string, metadata = '', pfs = 'dh2'): string {
  return `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: ${name}${metadata} }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.7 }
  traffic: { local: [10.1.0.0/16], remote: [10.2.${name.charCodeAt(0)}.0/24] }
  quickMode:
    pfs: ${pfs}
    proposals: [{ esp: { encryption: 3des, integrity: sha256 } }]
`
}

function set(waive = ''): string {
  return `apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: vpn${waive} }\nspec: { prune: false }\n`
}

const waive = (code: string, until = '2030-12-31', reason = 'an old peer') =>
  `, waive: [{ code: ${code}, reason: ${reason}, until: ${until} }]`

function codesOf(...documents: readonly string[]): string[] {
  const files = [{ path: 'a.yaml', text: documents.join('---\n') }]
  return loadDesired(files, kindsByName).diagnostics.map(({ code, severity }) => `${severity} ${code}`)
}

describe('a waiver', () => {
  it('answers the warnings of its code in its own document', () => {
    expect(codesOf(weak('a'), weak('b'))).toEqual(Array(4).fill('warning W220'))
    expect(codesOf(weak('a', waive('W220')), weak('b'))).toEqual(Array(2).fill('warning W220'))
    expect(codesOf(weak('a'), weak('b', waive('W220')))).toEqual(Array(2).fill('warning W220'))
  })

  it('of a set answers those of all its resources, and of no other set', () => {
    const ours = [weak('a', ', set: vpn'), weak('b', ', set: vpn')]
    expect(codesOf(set(waive('W220')), ...ours)).toEqual([])
    expect(codesOf(...ours, set(waive('W220')), weak('c'))).toEqual(Array(2).fill('warning W220'))
  })

  it('holds to the end of its day, and is an error from then on', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-31T23:59:59Z') })
    expect(codesOf(weak('a', waive('W220', '2026-03-31')))).toEqual([])

    vi.setSystemTime(new Date('2026-04-01T00:00:00Z'))
    expect(codesOf(weak('a', waive('W220', '2026-03-31')))).toEqual(['error E127', 'warning W220', 'warning W220'])
  })

  it.each([
    ['nothing needs', weak('a', waive('W222'), 'dh20').replace('3des', 'aes256'), ['warning W120']],
    [
      'nothing in its set needs',
      `${set(waive('W220'))}---\n${weak('a')}`,
      ['warning W120', 'warning W220', 'warning W220'],
    ],
    ['what only an engine or a secret tells', weak('a', waive('W310'), 'dh20').replace('3des', 'aes256'), []],
    ['a code that there is not', weak('a', waive('W299'), 'dh20').replace('3des', 'aes256'), ['error E128']],
    ['an error', weak('a', waive('E201'), 'dh20').replace('3des', 'aes256'), ['error E203']],
    ['no reason', weak('a', waive('W220', '2030-12-31', '""')), ['error E206', 'warning W220', 'warning W220']],
    ['no day', weak('a', waive('W220', 'soon')), ['error E203', 'warning W220', 'warning W220']],
  ])('of %s is named', (_, text, expected) => {
    expect(codesOf(text)).toEqual(expected)
  })
})
