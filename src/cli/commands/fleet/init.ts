/** `fleet init`: what a fleet begins with, as files of its operator. Nothing is sent anywhere. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isLoopback } from '../../../base/index.ts'
import { hostToken } from '../../../fleet/model.ts'
import { hostCreds, newIdentity } from '../../../fleet/nats/accounts.ts'
import { type ServersToBe, serverConfig } from '../../../fleet/nats/server-config.ts'
import { keepFromOthers, SECRET_SOURCES } from '../../../manifest/index.ts'
import { CommandFailure, EXIT, type ExitCode } from '../../exit.ts'
import { writeForOwner } from '../../owner-only.ts'
import { FORMAT_VERSION, toJson } from '../../render/index.ts'
import { knowFileAccess, makeDirectories } from '../../trusted.ts'
import type { Invocation } from '../command.ts'

interface FileToBe {
  /** below --out, with `/` */
  readonly path: string
  readonly text: string
  readonly secret: boolean
}

type Options = Invocation['options']

const STDOUT = '-'
/** Whoever has it makes hosts of this fleet. */
const ACCOUNT_SEED = 'keys/account.seed'
const DEFAULT_SERVER = '127.0.0.1:4222'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const out = options.out === undefined ? undefined : String(options.out)
  if (out === undefined)
    throw new CommandFailure(EXIT.usage, 'where to? write --out DIR, or --out - for standard output, secrets too')
  await knowFileAccess()
  const added = (options.addHost ?? []) as readonly string[]
  const files = added.length > 0 ? moreHosts([...args, ...added], out) : newFleet(args, options)
  if (out !== STDOUT) written(files, out, added.length === 0)
  terminal.answer(terminal.json ? answerJson(files, out) : answerText(files, out, options))
  return EXIT.done
}

function newFleet(hosts: readonly string[], options: Options): readonly FileToBe[] {
  const addresses = addressesFrom(options)
  const tls = options.mtls === true ? 'mtls' : options.tls === true ? 'tls' : 'off'
  refuseOpen(addresses, tls)
  const { operator, system, fleet, systemCreds, controllerCreds } = newIdentity(nowSeconds())
  const servers = { addresses, tls, operatorJwt: operator.jwt, system, fleet } as const
  return [
    ...addresses.map((_, i) => shown(`server-${i + 1}.conf`, serverConfig(servers, i + 1))),
    secret('controller.creds', controllerCreds),
    secret('system.creds', systemCreds),
    secret('keys/operator.seed', `${operator.seed}\n`),
    secret('keys/system.seed', `${system.seed}\n`),
    secret(ACCOUNT_SEED, `${fleet.seed}\n`),
    ...hostFiles(hosts, fleet.seed),
  ]
}

/** What goes over a network unencrypted can be read and changed there: the server's word is no longer its own. */
function refuseOpen(addresses: readonly string[], tls: ServersToBe['tls']): void {
  const open = addresses.find((address) => !isLoopback(address.slice(0, address.lastIndexOf(':'))))
  if (tls === 'off' && open !== undefined)
    throw new CommandFailure(EXIT.usage, `${open} is reached over a network: write --tls, or --mtls`)
}

function addressesFrom(options: Options): readonly string[] {
  const addresses = (options.server ?? [DEFAULT_SERVER]) as readonly string[]
  const wrong = addresses.find((address) => !/^(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/.test(address))
  if (wrong !== undefined) throw new CommandFailure(EXIT.usage, `${wrong} is no HOST:PORT (--server)`)
  if (addresses.length !== 1 && addresses.length !== 3)
    throw new CommandFailure(
      EXIT.usage,
      `${addresses.length} servers: write --server once, or three times, so that two agree while one is away`,
    )
  if (new Set(addresses).size < addresses.length) throw new CommandFailure(EXIT.usage, 'the same --server twice')
  return addresses
}

function moreHosts(hosts: readonly string[], out: string): readonly FileToBe[] {
  if (out === STDOUT)
    throw new CommandFailure(EXIT.usage, '--add-host signs with a key at --out DIR; name the directory')
  const read = SECRET_SOURCES.file?.read({ file: join(out, ACCOUNT_SEED) }, process.cwd())
  if (!Buffer.isBuffer(read))
    throw new CommandFailure(EXIT.usage, `${read}; it is written by \`wfpctl fleet init --out ${out}\``)
  return hostFiles(hosts, read.toString('utf8'))
}

function hostFiles(hosts: readonly string[], seed: string): readonly FileToBe[] {
  return hosts.map((host) => {
    const creds = hostCreds(hostToken(host), seed, nowSeconds())
    if (creds === undefined) throw new CommandFailure(EXIT.usage, `${ACCOUNT_SEED} holds no seed of an account`)
    return secret(`hosts/${hostToken(host)}.creds`, creds)
  })
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

function shown(path: string, text: string): FileToBe {
  return { path, text, secret: false }
}

function secret(path: string, text: string): FileToBe {
  return { path, text, secret: true }
}

/** Never over what stands: keys that are gone cannot be made again. */
function written(files: readonly FileToBe[], out: string, isNew: boolean): void {
  const standing = files.find(({ path }) => existsSync(join(out, path)))
  if (standing)
    throw new CommandFailure(
      EXIT.usage,
      `${join(out, standing.path)} exists; ${isNew ? 'name another --out, or add hosts with --add-host' : 'take it away first, if it is to be replaced'}`,
    )
  try {
    for (const folder of ['', 'keys', 'hosts']) made(join(out, folder))
    for (const { path, text } of files) writeForOwner(join(out, path), text)
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `cannot write to ${out}: ${(error as Error).message}`)
  }
}

function made(folder: string): void {
  if (makeDirectories(folder, 0o700)) keepFromOthers(folder)
}

function answerJson(files: readonly FileToBe[], out: string): string {
  const listed = files.map(({ path, secret: isSecret, text }) => ({
    path,
    secret: isSecret,
    ...(out === STDOUT && { text }),
  }))
  return toJson({ formatVersion: FORMAT_VERSION, ...(out !== STDOUT && { directory: out }), files: listed })
}

function answerText(files: readonly FileToBe[], out: string, options: Options): string {
  if (out === STDOUT) return files.map(({ path, text }) => `==> ${path} <==\n${text}\n`).join('')
  const list = files
    .map(({ path, secret: isSecret }) => `  ${join(out, path)}${isSecret ? '  (secret)' : ''}\n`)
    .join('')
  return `Written, for their owner alone:\n${list}${options.addHost === undefined ? nextSteps(files, out, options) : ''}`
}

function nextSteps(files: readonly FileToBe[], out: string, options: Options): string {
  const isTls = options.tls === true || options.mtls === true
  const [address] = addressesFrom(options)
  const host = files.find(({ path }) => path.startsWith('hosts/'))?.path ?? 'hosts/NAME.creds'
  const fleet = `--fleet ${isTls ? 'tls' : 'nats'}://${address}`
  const ca = isTls ? ` --fleet-ca ${join(out, 'ca.crt')}` : ''
  return `
${isTls ? 'Put certificates where the configurations say, then start' : 'Start'} each server in ${out}: nats-server -c server-1.conf
On each host, with its own credentials:
  wfpctl watch --git URL ${fleet} --fleet-creds ${join(out, host)}${ca}
Here:
  wfpctl fleet status ${fleet} --fleet-creds ${join(out, 'controller.creds')}${ca}
`
}
