/** A connection to the fleet's servers, and what they refuse in plain words. What it is given as text is secret and appears nowhere. */

import { sign } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { type ConnectionOptions, connect, errors, type NatsConnection } from '@nats-io/transport-node'
import { FleetError } from '../plane.ts'
import { inboxPrefix } from './names.ts'
import { privateKeyOf } from './nkeys.ts'

export interface FleetServers {
  /** `nats://host:4222` or `tls://host:4222`, several with commas between */
  readonly url: string
  /** what stands in a `.creds` file */
  readonly creds?: string
  /** PEM: whom to believe beside the system's authorities */
  readonly ca?: string
  /** PEM: our own certificate and its key, where servers ask for one (mTLS) */
  readonly certificate?: { readonly cert: string; readonly key: string }
}

export interface ConnectChoices {
  /** the name in the credentials: a host's token, or `controller` */
  readonly as: string
  /** how long a server may take to let us in */
  readonly milliseconds?: number
}

/** @throws FleetError */
export async function connectTo(
  servers: FleetServers,
  { as, milliseconds = CONNECT_MILLISECONDS }: ConnectChoices,
): Promise<NatsConnection> {
  const urls = serverUrls(servers.url)
  const options: ConnectionOptions = {
    servers: urls.map(({ host }) => host),
    name: `wfpctl ${as}`,
    inboxPrefix: inboxPrefix(as),
    maxReconnectAttempts: -1,
    reconnectDelayHandler: delaysOfItsOwn(),
    timeout: milliseconds,
    ...(servers.creds !== undefined && { authenticator: authenticatorOf(servers.creds) }),
    ...tlsOf(servers, urls),
  }
  try {
    return await connect(options)
  } catch (error) {
    const where = urls.map(({ host }) => host).join(', ')
    // with TLS 1.3 a server that misses our certificate closes after the handshake, and the library only finds silence
    if (error instanceof errors.TimeoutError && options.tls && !servers.certificate)
      throw new FleetError('unavailable', `${where}: it does not answer, or it asks for a certificate of ours`)
    throw inPlainWords(error, where)
  }
}

const CONNECT_MILLISECONDS = 5_000
const FIRST_MILLISECONDS = 2_000
const LONGEST_MILLISECONDS = 15_000
const CALM_MILLISECONDS = 60_000

/** A whole fleet may lose its server in one moment. Each comes back at a moment of its own, later each time, until it was well for a while. */
function delaysOfItsOwn(): () => number {
  let tries = 0
  let last = 0
  return () => {
    const now = performance.now()
    tries = now - last > CALM_MILLISECONDS ? 0 : tries + 1
    last = now
    return Math.ceil(Math.random() * Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** (tries / 4)))
  }
}

/** @param text never repeated in an error: somebody may have put a password into it */
export function serverUrls(text: string): readonly URL[] {
  const urls = text.split(',').map((one) => serverUrl(one.trim()))
  if (new Set(urls.map(({ protocol }) => protocol)).size > 1)
    throw new FleetError('invalid', 'the addresses of the fleet mix nats:// and tls://; write the same before each')
  return urls
}

function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '')
    throw new FleetError('invalid', 'the address of the fleet is none; write nats://HOST:4222, or tls://HOST:4222')
  if (url.username !== '' || url.password !== '')
    throw new FleetError(
      'invalid',
      'the address of the fleet holds a name or password; leave it out, and give a credentials file',
    )
  if (url.port === '') url.port = '4222'
  return url
}

function tlsOf({ ca, certificate }: FleetServers, urls: readonly URL[]): Pick<ConnectionOptions, 'tls'> {
  const asked = urls.some(({ protocol }) => protocol === 'tls:') || ca !== undefined || certificate
  const names = urls.map(({ hostname }) => hostname.replace(/^\[|\]$/g, ''))
  const own = { ...(ca !== undefined && { ca }), ...certificate, checkServerIdentity: identityAmong(names) }
  return asked ? { tls: own } : {}
}

/**
 * Where a server is called by its address, Node is told no name, and looks for `localhost` in the certificate. One of the addresses that were
 * given must stand there instead.
 */
function identityAmong(names: readonly string[]): typeof checkServerIdentity {
  const addresses = names.filter((name) => isIP(name) !== 0)
  return (name, certificate) => {
    const called = names.includes(name) || addresses.length === 0 ? [name] : addresses
    const flaws = called.map((one) => checkServerIdentity(one, certificate))
    return flaws.includes(undefined) ? undefined : flaws[0]
  }
}

/** The server sends a nonce, and gets it signed: the seed never leaves this process. */
function authenticatorOf(creds: string): NonNullable<ConnectionOptions['authenticator']> {
  const jwt = blockOf(creds, 'NATS USER JWT')
  const seed = blockOf(creds, 'USER NKEY SEED')
  const secret = seed === undefined ? undefined : privateKeyOf(seed)
  if (jwt === undefined || secret === undefined)
    throw new FleetError(
      'invalid',
      'the credentials file holds no user JWT and seed; `wfpctl fleet init` writes such files',
    )
  return (nonce?: string) => ({ jwt, sig: sign(null, Buffer.from(nonce ?? ''), secret).toString('base64url') })
}

/** `-----BEGIN NATS USER JWT-----` … `------END NATS USER JWT------` */
function blockOf(creds: string, name: string): string | undefined {
  return new RegExp(`-+BEGIN ${name}-+\\s+([\\w.-]+)\\s+-+END ${name}-+`).exec(creds)?.[1]
}

/** @returns what a library threw, without the words of the library that may hold more than they should */
export function inPlainWords(error: unknown, where = 'the fleet'): FleetError {
  if (error instanceof FleetError) return error
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  const words = `${message} ${cause?.code ?? ''} ${cause?.message ?? ''}`
  const [, sort, text] = WORDS.find(([isMeant]) => isMeant(error, words)) ?? [
    undefined,
    'unavailable' as const,
    'it does not answer',
  ]
  return new FleetError(sort, `${where}: ${text}`)
}

type Row = readonly [isMeant: (error: unknown, words: string) => boolean, sort: FleetError['sort'], text: string]
const said = (pattern: RegExp) => (_: unknown, words: string) => pattern.test(words)

/** The first that fits. */
const WORDS: readonly Row[] = [
  [(error) => error instanceof errors.PermissionViolationError, 'denied', 'these credentials may not do that'],
  [(error) => error instanceof errors.UserAuthenticationExpiredError, 'denied', 'the credentials have expired'],
  [(error) => error instanceof errors.AuthorizationError, 'denied', 'it does not accept the credentials'],
  [said(/permissions violation/i), 'denied', 'these credentials may not do that'],
  [said(/authorization violation|authentication/i), 'denied', 'it does not accept the credentials'],
  [
    said(/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|self.signed|unable to verify|unable to get/i),
    'denied',
    'its certificate is not from an authority that is believed; name the authority of the fleet',
  ],
  [said(/ALTNAME|altnames/i), 'denied', 'its certificate is for another name'],
  [said(/CERT_HAS_EXPIRED|certificate has expired/i), 'denied', 'its certificate has expired'],
  [
    said(/certificate required|bad certificate|handshake failure/i),
    'denied',
    'it asks for a certificate of ours that it accepts',
  ],
  [
    said(/tls.*(not|doesn't|does not).*(available|offer|support)|server does not support 'tls'/i),
    'denied',
    'it offers no TLS',
  ],
  [said(/tls.*required|secure connection/i), 'denied', 'it asks for TLS; write tls://'],
  [said(/ENOTFOUND|EAI_AGAIN/), 'unavailable', 'the name is not known'],
  [said(/ECONNREFUSED/), 'unavailable', 'nothing listens there'],
  [said(/jetstream is not enabled|no responders|503/i), 'unavailable', 'its JetStream does not answer'],
]
