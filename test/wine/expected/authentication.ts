/** Authentication methods of a manifest → IKEEXT_AUTHENTICATION_METHOD2, as the witness states them. */
import type { Json } from '../statement.ts'
import type { Reading } from './reading.ts'
import { AUTHORITIES } from './scalars.ts'
import * as sdk from './sdk.ts'

/** Bytes of a secret in hex, by what a manifest names. */
export interface Secrets {
  readonly env: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
}

export function methods(list: Reading, secrets: Secrets): Json[] {
  return list.items.map((method) => {
    const [word, make] = Object.entries(METHODS).find(([name]) => method.at(name).written)!
    const body = method.at(word)
    const type = sdk.METHOD_TYPE[word] ?? sdk.number(sdk.SIGNATURE_TYPE[word]!, body.at('signature').or('rsa', String))
    return { authenticationMethodType: type, ...make(body, secrets) }
  })
}

type Make = (body: Reading, secrets: Secrets) => { readonly [arm: string]: Json }

const METHODS: Readonly<Record<string, Make>> = {
  presharedKey: (body, secrets) => ({
    presharedKeyAuthentication: {
      presharedKey: secret(body, secrets),
      flags: sdk.bits(sdk.LOCAL_REMOTE_FLAG, body.at('flags').texts),
    },
  }),
  certificate: (body) => ({ certificateAuthentication: certificate(body) }),
  ssl: (body) => ({ sslAuthentication: certificate(body) }),
  kerberos: (body) => ({
    kerberosAuthentication: {
      flags: sdk.bits(sdk.KERBEROS_FLAG, body.at('flags').texts),
      proxyServer: body.at('proxyServer').or(null, String),
    },
  }),
  ntlmv2: (body) => ({ ntlmV2Authentication: { flags: sdk.bits(sdk.NTLM_FLAG, body.at('flags').texts) } }),
  // nothing but its type
  anonymous: (body) => ({ ...(body.value as object) }),
  eap: (body) => ({ eapAuthentication: { flags: sdk.bits(sdk.LOCAL_REMOTE_FLAG, body.at('flags').texts) } }),
  cga: (body) => ({
    cgaAuthentication: {
      keyContainerName: body.at('keyContainer').text,
      cspName: body.at('csp').text,
      cspType: Number(body.at('cspType').text),
      cgaModifier: body.at('modifier').text.replaceAll(':', '').toLowerCase(),
      cgaCollisionCount: Number(body.at('collisionCount').text),
    },
  }),
}

function secret(body: Reading, secrets: Secrets): string {
  const source = body.at('env').written ? secrets.env[body.at('env').text] : secrets.files[body.at('file').text]
  const text = source ?? ''
  const encodings: Readonly<Record<string, () => Buffer>> = {
    utf8: () => Buffer.from(text, 'utf8'),
    utf16le: () => Buffer.from(text, 'utf16le'),
    hex: () => Buffer.from(text, 'hex'),
    base64: () => Buffer.from(text, 'base64'),
  }
  return encodings[body.at('encoding').or('utf8', String)]!().toString('hex')
}

function certificate(body: Reading): Json {
  const both = body.at('trust')
  const inbound = body.at('inbound').written ? body.at('inbound') : both
  const outbound = body.at('outbound').written ? body.at('outbound') : both
  return {
    ...trust(inbound, 'inbound'),
    ...trust(outbound, 'outbound'),
    flags: sdk.bits(sdk.CERT_AUTH_FLAG, body.at('flags').texts),
    localCertLocationUrl: body.at('localCertificateUrl').or('', (url) => Buffer.from(url, 'utf8').toString('hex')),
  }
}

/** The field that holds the list, by the type of trust; `unspecified` has none. */
const LISTS: Readonly<Record<string, string>> = {
  ca: 'RootCriteria',
  enterprise: 'EnterpriseStoreCriteria',
  trustedRoot: 'TrustedRootStoreCriteria',
}

function trust(body: Reading, direction: 'inbound' | 'outbound'): { readonly [field: string]: Json } {
  const store = body.at('store').or('ca', String)
  const list = LISTS[store]
  return {
    [`${direction}ConfigType`]: sdk.number(sdk.CERT_CONFIG, store),
    ...(list && { [`${direction}${list}`]: criteria(body) }),
  }
}

/** A list of authorities beside criteria: every criterion for every authority. */
function criteria(body: Reading): Json[] {
  const own = body.at('criteria').items
  const authorities = body.at('ca').texts
  if (authorities.length === 0) return own.map((item) => criterion(item, item.at('ca').or('', String)))
  const each = own.length > 0 ? own : [body.at('criteria', '0')]
  return authorities.flatMap((name) => each.map((item) => criterion(item, name)))
}

function criterion(item: Reading, authority: string): Json {
  const [ekus, subject] = [item.at('ekus'), item.at('subject')]
  return {
    certData: authority === '' ? '' : AUTHORITIES[authority]!,
    certHash: item.at('thumbprint').or('', (text) => text.replaceAll(' ', '').toLowerCase()),
    eku: ekus.written ? { eku: ekus.texts.sort() } : null,
    name: subject.written
      ? { nameType: sdk.number(sdk.CERT_NAME, subject.at('type').text), certName: subject.at('name').text }
      : null,
    flags: sdk.bits(sdk.CRITERIA_FLAG, item.at('flags').texts),
  }
}
