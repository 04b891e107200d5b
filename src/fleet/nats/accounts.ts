/**
 * Who may do what, as NATS writes it: an operator, its two accounts, and users with their credentials. Everything here is text that a
 * person keeps or a server reads; nothing is sent anywhere.
 *
 * @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt
 */

import { createHash } from 'node:crypto'
import type { HostToken } from '../model.ts'
import { CONTROLLER_PERMISSIONS, hostPermissions, type Permissions } from './names.ts'
import { base32, keyFromSeed, type NKey, newKey } from './nkeys.ts'

/** What belongs to a new fleet. `seed`s and `creds` are secrets. */
export interface FleetIdentity {
  readonly operator: { readonly jwt: string; readonly seed: string }
  readonly system: Account
  readonly fleet: Account
  /** for `nats` and other tools of the operator */
  readonly systemCreds: string
  readonly controllerCreds: string
}

export interface Account {
  readonly publicKey: string
  readonly jwt: string
  readonly seed: string
}

/** @param issuedAt seconds since 1970 */
export function newIdentity(issuedAt: number): FleetIdentity {
  const [operator, system, fleet] = [newKey('operator'), newKey('account'), newKey('account')]
  const own = { type: 'operator', version: 2, system_account: system.publicKey }
  const issued = { by: operator, issuedAt }
  return {
    operator: { jwt: token(operator.publicKey, 'wfpctl', own, issued), seed: operator.seed },
    system: account(system, 'system', { streams: 0, consumer: 0 }, issued),
    fleet: account(fleet, 'fleet', UNLIMITED_STORAGE, issued),
    systemCreds: creds('system', ANYTHING, { by: system, issuedAt }),
    controllerCreds: creds('controller', CONTROLLER_PERMISSIONS, { by: fleet, issuedAt }),
  }
}

/** @returns what stands in the host's credentials file; undefined where the seed is no account's */
export function hostCreds(host: HostToken, seed: string, issuedAt: number): string | undefined {
  const by = keyFromSeed('account', seed)
  return by && creds(host, hostPermissions(host), { by, issuedAt }, HOST_LIMITS)
}

interface Issued {
  readonly by: NKey
  readonly issuedAt: number
}

const ANYTHING = { pub: {}, sub: {} }
/** A host has an inbox and a hint, and tells little. */
const HOST_LIMITS = { subs: 10, payload: 32_768 }
const UNLIMITED_STORAGE = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }

function account(key: NKey, name: string, storage: object, issued: Issued): Account {
  const limits = {
    subs: -1,
    data: -1,
    payload: -1,
    imports: -1,
    exports: -1,
    wildcards: true,
    conn: -1,
    leaf: -1,
    ...storage,
  }
  const own = { type: 'account', version: 2, limits, default_permissions: ANYTHING }
  return { publicKey: key.publicKey, jwt: token(key.publicKey, name, own, issued), seed: key.seed }
}

function creds(name: string, permissions: Permissions | typeof ANYTHING, issued: Issued, limits = {}): string {
  const key = newKey('user')
  const own = { type: 'user', version: 2, subs: -1, data: -1, payload: -1, ...limits, ...permissions }
  const jwt = token(key.publicKey, name, own, issued)
  return `-----BEGIN NATS USER JWT-----
${jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
Whoever reads this file is this user: keep it owner-only.

-----BEGIN USER NKEY SEED-----
${key.seed}
------END USER NKEY SEED------
`
}

/** A JWT whose id is a digest of what it says, as NATS wants it. */
function token(sub: string, name: string, own: object, { by, issuedAt }: Issued): string {
  const claims = { iat: issuedAt, iss: by.publicKey, name, sub, nats: own }
  const jti = base32(createHash('sha512-256').update(JSON.stringify(claims)).digest())
  const signed = [
    { typ: 'JWT', alg: 'ed25519-nkey' },
    { jti, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${by.sign(signed).toString('base64url')}`
}
