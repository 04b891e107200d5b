/** Who may ask: everybody on this machine, or whoever has the token. A page gets a cookie for it, which is another value than the token. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { isLoopback } from '../../base/index.ts'
import { SECRET_SOURCES } from '../../manifest/index.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { writeForOwner } from '../owner-only.ts'
import { cacheDirectory } from '../results.ts'
import { knowFileAccess, makeDirectories } from '../trusted.ts'

/** 128 bits in hexadecimal. What is shorter can be guessed. */
const LEAST_CHARACTERS = 32
const COOKIE_SECONDS = 43_200

export interface Access {
  /** whether a request bears the token, in its header */
  bears(request: IncomingMessage): boolean
  /** whether it may be answered: by the token, or by the cookie that was given for it */
  admits(request: IncomingMessage): boolean
  /** a header Set-Cookie, for this port */
  cookie(port: number): string
}

/**
 * @param host that is listened on
 * @param file that holds the token; absent: none on this machine alone, else one that is made here
 * @param tell is told where a token was put
 * @returns undefined where no token is asked for
 */
export async function openAccess(
  host: string,
  file: string | undefined,
  tell: (text: string) => void,
): Promise<Access | undefined> {
  if (file === undefined && isLoopback(host)) return undefined
  await knowFileAccess()
  const path = file ?? madeTokenFile()
  const token = await readTokenFile(path)
  if (file === undefined) tell(`The page asks for a token: it is in ${path}\n`)
  return accessBy(token)
}

/** @throws CommandFailure without a byte of it */
export async function readTokenFile(path: string): Promise<string> {
  await knowFileAccess()
  const bytes = SECRET_SOURCES.file?.read({ file: path }, '.')
  if (!Buffer.isBuffer(bytes)) throw new CommandFailure(EXIT.usage, `no token: ${bytes}`)
  const token = bytes.toString('utf8').trim()
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < LEAST_CHARACTERS)
    throw new CommandFailure(
      EXIT.usage,
      `${path} holds no token: write ${LEAST_CHARACTERS} or more letters and digits on one line, e.g. what \`openssl rand -hex 32\` prints`,
    )
  return token
}

function accessBy(token: string): Access {
  const cookie = createHmac('sha256', token).update('wfpctl page').digest('base64url')
  const bears: Access['bears'] = ({ headers }) => {
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    return given !== undefined && isSame(given, token)
  }
  return {
    bears,
    admits: (request) =>
      bears(request) || cookiesOf(request, request.socket.localPort).some((given) => isSame(given, cookie)),
    cookie: (port) => `${cookieName(port)}=${cookie}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_SECONDS}`,
  }
}

/** Cookies are of a host and not of a port: another watch on it has its own. */
function cookieName(port: number | undefined): string {
  return `wfpctl-${port}`
}

function cookiesOf({ headers }: IncomingMessage, port: number | undefined): string[] {
  const start = `${cookieName(port)}=`
  const pairs = (headers.cookie ?? '').split(/; */)
  return pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length))
}

/** In a time that does not depend on where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** The same at each start, so that whoever scrapes need not be told again. */
function madeTokenFile(): string {
  const path = cacheDirectory('listen-token')
  try {
    makeDirectories(dirname(path), 0o700)
    if (!Buffer.isBuffer(SECRET_SOURCES.file?.read({ file: path }, '.')))
      writeForOwner(path, `${randomBytes(32).toString('hex')}\n`)
    return path
  } catch (error) {
    throw new CommandFailure(
      EXIT.usage,
      `no token can be kept in ${path} (${(error as NodeJS.ErrnoException).code}); name a file that holds one: --listen-token-file FILE`,
    )
  }
}
