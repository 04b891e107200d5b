import { describe, expect, it } from 'vitest'
import type { Parsed } from '../../../src/kinds/values/reading.ts'
import { guidText, hexBytes, hostName, oid, portOrRange } from '../../../src/kinds/values/scalars.ts'

const helpOf = <T>(reading: Parsed<T>) => ('problem' in reading ? reading.problem.help : undefined)

/** What is written · the hint, which is taken. */
const CASES: readonly (readonly [
  what: string,
  parse: (text: string) => Parsed<unknown>,
  written: string,
  hint: string,
])[] = [
  ['ports', portOrRange, '80:90', '80-90'],
  ['ports', portOrRange, '80..90', '80-90'],
  ['ports', portOrRange, '80 to 90', '80-90'],
  ['ports', portOrRange, '1024-', '1024-65535'],
  ['ports', portOrRange, '90-80', '80-90'],
  ['a GUID', guidText, '3F2504E04F8941D39A0C0305E82C3301', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
  ['a GUID', guidText, '(3f2504e0-4f89-41d3-9a0c-0305e82c3301)', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
  ['a GUID', guidText, 'urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
  ['a usage', oid, 'serverAuth', '1.3.6.1.5.5.7.3.1'],
  ['a usage', oid, 'Client Authentication', '1.3.6.1.5.5.7.3.2'],
  ['a usage', oid, 'IP security IKE intermediate', '1.3.6.1.5.5.8.2.2'],
  ['a usage', oid, 'id-kp-ipsecIKE', '1.3.6.1.5.5.7.3.17'],
  ['a usage', oid, 'OID.1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.1'],
  ['a host', hostName, 'https://vpn.example.com/', 'vpn.example.com'],
  ['a host', hostName, 'vpn.example.com:500', 'vpn.example.com'],
  ['a host', hostName, 'vpn.ex\u00e4mple.com', 'vpn.xn--exmple-cua.com'],
  ['a thumbprint', hexBytes(3, 'a hash'), 'A9-09-50', 'a90950'],
  ['a thumbprint', hexBytes(3, 'a hash'), '0xa90950', 'a90950'],
  ['a thumbprint', hexBytes(3, 'a hash'), 'SHA1 Fingerprint=A9:09:50', 'a90950'],
  ['a thumbprint', hexBytes(3, 'a hash'), '{a90950}', 'a90950'],
]

describe('a value in the form of another tool', () => {
  it.each(CASES)('%s: %#', (_what, parse, written, hint) => {
    expect([written, helpOf(parse(written))]).toEqual([written, `write \`${hint}\``])
    expect([hint, parse(hint)]).toEqual([hint, { value: hint }])
  })

  it.each([
    ['any', 'leave out the port: then any port is meant'],
    ['80,443', 'one port or one range: declare a tunnel for each'],
    ['http', 'write a number, or a range such as 1024-65535'],
    ['80-99999', 'write a number, or a range such as 1024-65535'],
  ])('%s is no port', (written, help) => {
    expect(helpOf(portOrRange(written))).toBe(help)
  })
})

it.each([
  ['a9095', 'these are 5: copy it once more'],
  ['\u0430909500', '`\u0430` (U+0430) is no hex digit'],
  ['a9095O', '`o` (U+006F) is no hex digit'],
])('what is wrong with the digits of a thumbprint is said: %s', (text, help) => {
  expect(helpOf(hexBytes(3, 'a hash')(text))).toBe(help)
})
