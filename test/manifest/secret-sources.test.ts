/** Another place where secrets are kept: one row, and its fields in the schema. Nothing else in `src` knows which sources there are. */

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import type { Kinds } from '../../src/manifest/model.ts'
import { readSchema } from '../../src/manifest/schema/files.ts'
import { SECRET_SOURCES, type SecretSource } from '../../src/manifest/secret-sources.ts'
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
        'write { env: NAME } or { file: PATH } or { sops: FILE, key: a.b } or { mirrored: WORD, salt: WORD }',
      ],
    ])
    expect(messages('{ env: A, mirrored: b, salt: c }')).toEqual([
      ['E238', 'a secret has one source: `env` or `file` or `sops` or `mirrored`', 'keep one of them'],
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
