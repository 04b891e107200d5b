/** Authentication methods of main and extended mode: exactly one key an entry, no method twice, order is preference. */

import { joined } from '../../base/index.ts'
import { type ReferenceForm, SECRET_SOURCES, type SecretSource } from '../../manifest/index.ts'
import { complete, type SpecReader } from '../spec-reader.ts'
import { type Parsed, problem } from '../values/reading.ts'
import { filePath, hexBytes, plainText } from '../values/scalars.ts'
import { readCertificate } from './certificate.ts'
import { DEFAULTS, knows, readFlags, type TunnelContext } from './context.ts'
import { EAP_FLAGS, KERBEROS_FLAGS, NTLM_FLAGS, PSK_FLAGS } from './flags.ts'
import type { Authentication, KeyModule, SecretRef } from './spec.ts'

type MethodOf<W extends MethodWord> = Extract<Authentication, { readonly [K in W]: unknown }>
type Reader = (place: SpecReader, context: TunnelContext) => object | undefined

const READERS: { readonly [W in MethodWord]: Reader } = {
  presharedKey: (place, context) => {
    const secret = readSecret(place)
    return secret && joined(secret, { flags: readFlags(place.child('flags'), PSK_FLAGS, context) })
  },
  certificate: (place, context) => readCertificate(place, context, 'certificate'),
  ssl: (place, context) => readCertificate(place, context, 'ssl'),
  kerberos: (place, context) =>
    complete<{ flags: string[] }, { proxyServer: string }>(
      { flags: readFlags(place.child('flags'), KERBEROS_FLAGS, context) },
      { proxyServer: place.child('proxyServer').parsed(plainText) },
    ),
  ntlmv2: (place, context) => ({ flags: readFlags(place.child('flags'), NTLM_FLAGS, context) }),
  anonymous: () => ({}),
  eap: (place, context) => ({ flags: readFlags(place.child('flags'), EAP_FLAGS, context) }),
  cga: readCga,
}

/** `IKEEXT_IPV6_CGA_AUTHENTICATION0.cgaModifier` */
export const CGA_MODIFIER = hexBytes(16, 'a CGA modifier')

export function readAuthentication(place: SpecReader, context: TunnelContext): Authentication[] | undefined {
  const seen = new Map<string, SpecReader>()
  const items = place.items()
  const methods = items.flatMap((item) => readMethod(item, context, seen) ?? [])
  return items.length > 0 && methods.length === items.length ? methods : undefined
}

function readMethod(
  item: SpecReader,
  context: TunnelContext,
  seen: Map<string, SpecReader>,
): Authentication | undefined {
  const given = METHOD_WORDS.map((word) => [word, item.child(word)] as const).filter(
    ([, { value }]) => value !== undefined,
  )
  const [chosen, second] = given.sort(([, a], [, b]) => a.span.start - b.span.start)
  if (!chosen) {
    const help = `write one of ${methodsOf(context.module.word<KeyModule>() ?? 'ikev2').join(', ')}`
    item.missing('E239', 'the entry names no authentication method', { help })
    return undefined
  }
  const [word, place] = chosen
  if (second) {
    second[1].disagree(place, 'E238', `one entry, two methods: \`${word}\` and \`${second[0]}\``, {
      help: `begin a new list entry: - ${second[0]}: …`,
    })
  }
  checkModule(word, place, context)
  const body = READERS[word](place, context)
  if (body) checkTwice(word, place, seen)
  return body && ({ [word]: body } as MethodOf<typeof word>)
}

function checkModule(word: MethodWord, place: SpecReader, context: TunnelContext): void {
  const { modules } = METHODS[word]
  if (knows(context, modules)) return
  const known = methodsOf(context.module.word<KeyModule>() ?? 'ikev2')
  place.disagree(context.module, 'E230', `${context.module.text()} does not know the method \`${word}\``, {
    label: `a method of ${modules.join(' and ')}`,
    help: `${context.module.text()} knows ${known.join(', ')}`,
  })
}

/** The engine refuses a method that is given twice: FWP_E_DUPLICATE_AUTH_METHOD. */
function checkTwice(word: MethodWord, place: SpecReader, seen: Map<string, SpecReader>): void {
  if (!place.child('signature').sound) return
  const types: { readonly [signature: string]: string } = METHODS[word].types
  const type = types[''] ?? types[place.child('signature').text() ?? DEFAULTS.signature] ?? word
  const first = seen.get(type)
  if (first) place.disagree(first, 'E234', `the method \`${word}\` is given twice`, { help: 'keep one of the entries' })
  else seen.set(type, place)
}

/** What the text of a reference's field must be. */
const REFERENCE_FORMS: { readonly [form in ReferenceForm]: (text: string) => Parsed<string> } = {
  variable: environmentName,
  path: filePath,
  place: placeInFile,
  target: credentialName,
}

/** A reference to a secret: exactly one source, with the fields that go with it. */
function readSecret(place: SpecReader): SecretRef | undefined {
  checkOneSource(place)
  const encoding = place.child('encoding').word<SecretRef['encoding']>() ?? DEFAULTS.secretEncoding
  const found = Object.values(SECRET_SOURCES).map((source) => readFields(place, source))
  const fields = found.find((one) => one !== undefined)
  return fields && joined(fields, { encoding })
}

function checkOneSource(place: SpecReader): void {
  const names = Object.keys(SECRET_SOURCES)
  const [first, second] = names.map((name) => place.child(name)).filter(({ value }) => value !== undefined)
  if (first && second) {
    const either = names.map((name) => `\`${name}\``).join(' or ')
    second.disagree(first, 'E238', `a secret has one source: ${either}`, { help: 'keep one of them' })
  } else if (names.every((name) => !place.child(name).written)) {
    const examples = Object.values(SECRET_SOURCES).map(({ example }) => example)
    place.missing('E239', 'the secret has no source', { help: `write ${examples.join(' or ')}` })
  } else if (first) checkCompanions(place, first)
}

const COMPANIONS = Object.entries(SECRET_SOURCES).map(
  ([name, { fields, optional }]) => [name, Object.keys({ ...fields, ...optional })] as const,
)

/** What goes with another source would be ignored. */
function checkCompanions(place: SpecReader, source: SpecReader): void {
  for (const [name, companions] of COMPANIONS) {
    if (place.child(name).written) continue
    for (const field of companions) {
      const companion = place.child(field)
      if (companion.written)
        companion.disagree(source, 'E238', `\`${field}\` goes with \`${name}\``, { help: 'keep one of them' })
    }
  }
}

/** @returns undefined where one of them is missing or wrong */
function readFields(place: SpecReader, { fields, optional = {} }: SecretSource): Record<string, string> | undefined {
  const given = Object.entries(optional).filter(([field]) => place.child(field).value !== undefined)
  const read = [...Object.entries(fields), ...given].map(
    ([field, form]) => [field, place.child(field).parsed(REFERENCE_FORMS[form])] as const,
  )
  const found = read.flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]))
  return found.length === read.length ? Object.fromEntries(found) : undefined
}

const LONGEST_TARGET = 32_767

/** Reads the name of a credential, as `cmdkey /list` shows it. */
export function credentialName(text: string): Parsed<string> {
  if (/^[^\p{C}]*\S[^\p{C}]*$/u.test(text) && text.length <= LONGEST_TARGET) return { value: text }
  return problem('E248', 'this is not the name of a credential', { help: 'write it as cmdkey /list shows it' })
}

/** Reads the place of a value in a file: names and numbers, with dots between. */
export function placeInFile(text: string): Parsed<string> {
  if (/^[^.\s\p{C}][^.\p{C}]*(?:\.[^.\s\p{C}][^.\p{C}]*)*$/u.test(text)) return { value: text }
  return problem('E248', 'this is not the place of a value', {
    help: 'write names with dots between, e.g. tunnels.dallas.psk',
  })
}

/** Reads the name of an environment variable; what cannot be one is not quoted, as it may be the key itself. */
export function environmentName(text: string): Parsed<string> {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return { value: text }
  return problem('E248', 'this is not the name of an environment variable', {
    help: 'write the name alone, e.g. HQ_DALLAS_PSK: letters, digits and `_`',
  })
}

function readCga(place: SpecReader): object | undefined {
  return complete<MethodOf<'cga'>['cga']>({
    keyContainer: place.child('keyContainer').parsed(plainText),
    csp: place.child('csp').parsed(plainText),
    cspType: place.child('cspType').number(),
    modifier: place.child('modifier').parsed(CGA_MODIFIER),
    collisionCount: place.child('collisionCount').number(),
  })
}

export const METHODS = {
  presharedKey: { modules: ['ikev1', 'ikev2'], types: { '': 'IKEEXT_PRESHARED_KEY' } },
  certificate: {
    modules: ['ikev1', 'ikev2'],
    types: {
      rsa: 'IKEEXT_CERTIFICATE',
      ecdsaP256: 'IKEEXT_CERTIFICATE_ECDSA_P256',
      ecdsaP384: 'IKEEXT_CERTIFICATE_ECDSA_P384',
    },
  },
  kerberos: { modules: ['ikev1', 'authip'], types: { '': 'IKEEXT_KERBEROS' } },
  ntlmv2: { modules: ['authip'], types: { '': 'IKEEXT_NTLM_V2' } },
  anonymous: { modules: ['authip'], types: { '': 'IKEEXT_ANONYMOUS' } },
  ssl: {
    modules: ['authip'],
    types: { rsa: 'IKEEXT_SSL', ecdsaP256: 'IKEEXT_SSL_ECDSA_P256', ecdsaP384: 'IKEEXT_SSL_ECDSA_P384' },
  },
  eap: { modules: ['ikev2'], types: { '': 'IKEEXT_EAP' } },
  cga: { modules: ['ikev1'], types: { '': 'IKEEXT_IPV6_CGA' } },
} as const satisfies Record<
  string,
  { readonly modules: readonly KeyModule[]; readonly types: { readonly [signature: string]: string } }
>

export type MethodWord = keyof typeof METHODS

/** Words of a method in the order in which help texts list them. */
export const METHOD_WORDS = Object.keys(METHODS) as readonly MethodWord[]

/** @returns the methods that a key module knows: `['presharedKey', 'certificate', 'eap']` for ikev2 */
function methodsOf(module: KeyModule): MethodWord[] {
  return METHOD_WORDS.filter((word) => (METHODS[word].modules as readonly KeyModule[]).includes(module))
}

/** IKEEXT_CERT_CONFIG_*: where the trusted certification authorities are listed; `ca` is the list in the manifest itself. */
export const TRUST_TYPES = {
  ca: 'IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST',
  enterprise: 'IKEEXT_CERT_CONFIG_ENTERPRISE_STORE',
  trustedRoot: 'IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE',
  unspecified: 'IKEEXT_CERT_CONFIG_UNSPECIFIED',
} as const

/** IKEEXT_CERT_CRITERIA_NAME_TYPE by word. */
export const SUBJECT_TYPES = {
  dns: 'IKEEXT_CERT_CRITERIA_DNS',
  upn: 'IKEEXT_CERT_CRITERIA_UPN',
  rfc822: 'IKEEXT_CERT_CRITERIA_RFC822',
  cn: 'IKEEXT_CERT_CRITERIA_CN',
  ou: 'IKEEXT_CERT_CRITERIA_OU',
  o: 'IKEEXT_CERT_CRITERIA_O',
  dc: 'IKEEXT_CERT_CRITERIA_DC',
} as const

/** IKEEXT_AUTHENTICATION_IMPERSONATION_TYPE by word. */
export const IMPERSONATIONS = {
  none: 'IKEEXT_IMPERSONATION_NONE',
  socketPrincipal: 'IKEEXT_IMPERSONATION_SOCKET_PRINCIPAL',
} as const
