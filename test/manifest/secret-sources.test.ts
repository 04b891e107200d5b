/** Another place where secrets are kept: one row, and its fields in the schema. Nothing else in `src` knows which sources there are. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import type { Kinds } from '../../src/manifest/model.ts'
import { readSchema } from '../../src/manifest/schema/files.ts'
import { SECRET_SOURCES, type SecretSource, useWindowsSecrets } from '../../src/manifest/secret-sources.ts'
import { comparable } from '../../src/reconcile/plan/comparable.ts'
import { Secrets } from '../../src/reconcile/secrets.ts'

/** The one row: a word, read backwards. `salt` goes with it. */
const mirrored: SecretSource = {
  fields: { mirrored: 'variable', salt: 'variable' },
  example: '{ mirrored: WORD, salt: WORD }',
  help: 'turn the word round',
  read: ({ mirrored, salt }) => Buffer.from([...String(mirrored)].reverse().join('') + String(salt)),
}

describe('a source of secrets', () => {
  it.each(Object.entries(SECRET_SOURCES))('%s has its fields in the schema', (_name, { fields }) => {
    expect(Object.keys(referenceIn(readSchema('IPsecTunnel')))).toEqual(expect.arrayContaining(Object.keys(fields)))
  })
})

describe('a source from elsewhere', () => {
  beforeEach(() => {
    const sources = SECRET_SOURCES as Record<string, SecretSource>
    sources.mirrored = mirrored
    onTestFinished(() => void delete sources.mirrored)
  })

  it('is in the normal form, read when it is needed, and stands as a digest in what is compared', () => {
    const { desired, diagnostics } = loaded('{ mirrored: drowssap, salt: y }')
    const [resource] = desired.resources
    const path = '/mainMode/authentication/0/presharedKey'

    expect(diagnostics).toEqual([])
    expect(resource?.spec.mainMode).toMatchObject({
      authentication: [{ presharedKey: { mirrored: 'drowssap', salt: 'y', encoding: 'utf8' } }],
    })
    expect(new Secrets().bytesOf(resource!)).toMatchObject({ value: new Map([[path, Buffer.from('passwordy')]]) })
    expect(comparable(resource!, new Map([[path, 'hmac']])).mainMode).toMatchObject({
      authentication: [{ presharedKey: { secret: 'hmac', flags: [] } }],
    })
  })

  it('is named where no source is given, and excludes the others', () => {
    const messages = (reference: string) =>
      loaded(reference).diagnostics.map(({ code, message, help }) => [code, message, help])

    expect(messages('{ encoding: utf8 }')).toEqual([
      [
        'E239',
        'the secret has no source',
        'write { env: NAME } or { file: PATH } or { dpapi: FILE } or { credential: TARGET } or { sops: FILE, key: a.b } or { mirrored: WORD, salt: WORD }',
      ],
    ])
    expect(messages('{ env: A, mirrored: b, salt: c }')).toEqual([
      [
        'E238',
        'a secret has one source: `env` or `file` or `dpapi` or `credential` or `sops` or `mirrored`',
        'keep one of them',
      ],
    ])
  })
})

function loaded(reference: string) {
  const text = `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: hq }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.7 }
  traffic: { local: [10.1.0.0/16], remote: [10.2.0.0/16] }
  mainMode: { authentication: [{ presharedKey: ${reference} }] }
  quickMode: { proposals: [{ esp: { aead: aes256gcm } }] }
`
  return loadDesired([{ path: 'hq.yaml', text }], withFields())
}

/** The kinds, with the fields of the source in the schema. */
function withFields(): Kinds {
  const schema = structuredClone(readSchema('IPsecTunnel'))
  Object.assign(referenceIn(schema), { mirrored: { type: 'string' }, salt: { type: 'string' } })
  return new Map([...kindsByName, ['IPsecTunnel', { ...ipsecTunnel, schema }]])
}

/** What a reference may hold, in the schema of a tunnel. */
function referenceIn(schema: object): JsonObject {
  type Reference = { $defs: { authentication: { properties: { presharedKey: { properties: JsonObject } } } } }
  return (schema as Reference).$defs.authentication.properties.presharedKey.properties
}

describe('what Windows keeps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-windows-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const read = (reference: JsonObject): Buffer | string =>
    SECRET_SOURCES[Object.keys(reference)[0] as string]!.read(reference, folder)

  it('is said to be there alone', () => {
    expect(read({ dpapi: 'a.dpapi' })).toBe('`dpapi` is kept by Windows, and this system has none')
    expect(read({ credential: 'hq' })).toBe('`credential` is kept by Windows, and this system has none')
  })

  it('is read as text of UTF-16 or as bytes, from a blob or its digits, and refused in the words of the system', () => {
    const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0xff))
    useWindowsSecrets({
      unprotect: turned,
      credential: (target) => {
        if (target !== 'hq') throw new Error('CredReadW returned ERROR_NOT_FOUND')
        return Buffer.from('key', 'utf16le')
      },
    })
    onTestFinished(() => useWindowsSecrets(undefined))
    writeFileSync(join(folder, 'blob'), turned(Buffer.from('bytes')), { mode: 0o600 })
    writeFileSync(join(folder, 'digits'), `${turned(Buffer.from('text', 'utf16le')).toString('hex')}\n`, {
      mode: 0o600,
    })
    writeFileSync(join(folder, 'open'), 'ff', { mode: 0o644 })

    expect(String(read({ credential: 'hq' }))).toBe('key')
    expect(read({ credential: 'other' })).toBe('CredReadW returned ERROR_NOT_FOUND')
    expect(String(read({ dpapi: 'blob' }))).toBe('bytes')
    expect(String(read({ dpapi: 'digits' }))).toBe('text')
    expect(read({ dpapi: 'open' })).toMatch(/^open can be read by .*owner-only/)
  })
})
