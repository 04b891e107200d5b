/** Configuration of the fleet's servers: one, or three that keep everything three times. */

import { isLoopback } from '../../base/index.ts'
import type { Account } from './accounts.ts'

export interface ServersToBe {
  /** `HOST:PORT` of each: where hosts and controllers reach it; one or three */
  readonly addresses: readonly string[]
  /** `off`: no TLS; `tls`: servers show a certificate; `mtls`: clients, too */
  readonly tls: 'off' | 'tls' | 'mtls'
  readonly operatorJwt: string
  readonly system: Omit<Account, 'seed'>
  readonly fleet: Omit<Account, 'seed'>
}

/** Servers speak with each other here, that many above the port for clients. */
const ROUTE_ABOVE = 2000

/** @returns the text of `server-N.conf`, N from 1; holds no secret */
export function serverConfig(servers: ServersToBe, number: number): string {
  const { addresses, operatorJwt, system, fleet } = servers
  const address = addresses[number - 1] as string
  return `# nats-server ${number} of ${addresses.length} of a wfpctl fleet. Start it in this folder: nats-server -c server-${number}.conf
server_name: fleet-${number}
listen: "${listenOn(address)}"
max_payload: 1MB
jetstream { store_dir: "./store-${number}" }

operator: ${operatorJwt}
system_account: ${system.publicKey}
resolver: MEMORY
resolver_preload: {
  ${system.publicKey}: ${system.jwt}
  ${fleet.publicKey}: ${fleet.jwt}
}
${tlsText(servers, number)}${clusterText(servers, number)}`
}

/** An address of loopback stays there; any other is one of those that the machine has. */
function listenOn(address: string): string {
  const [host, port] = parts(address)
  return isLoopback(host) ? address : `0.0.0.0:${port}`
}

function parts(address: string): readonly [host: string, port: number] {
  const at = address.lastIndexOf(':')
  return [address.slice(0, at), Number(address.slice(at + 1))]
}

function routeOf(address: string): string {
  const [host, port] = parts(address)
  return `${host}:${port + ROUTE_ABOVE}`
}

function tlsText({ tls }: ServersToBe, number: number): string {
  if (tls === 'off') return '\n# Without TLS: for one machine alone. `wfpctl fleet init --tls` writes what it takes.\n'
  return `
# A certificate for the name or address that hosts call. With openssl, from an authority of your own (ca.crt, ca.key):
#   openssl req -newkey rsa:3072 -nodes -keyout server-${number}.key -out server-${number}.csr -subj /CN=fleet-${number}
#   openssl x509 -req -in server-${number}.csr -CA ca.crt -CAkey ca.key -days 365 -out server-${number}.crt -extfile names.txt
# names.txt: subjectAltName = DNS:NAME or IP:ADDRESS
${tlsBlock(number, tls === 'mtls')}
`
}

function tlsBlock(number: number, verify: boolean): string {
  const files = ['cert_file', 'key_file'].map((name, i) => `${name}: "./server-${number}.${i === 0 ? 'crt' : 'key'}"`)
  return `tls { ${[...files, 'ca_file: "./ca.crt"', `verify: ${verify}`].join(', ')} }`
}

/** Servers prove to each other who they are, wherever there is TLS. */
function clusterText({ addresses, tls }: ServersToBe, number: number): string {
  if (addresses.length === 1) return ''
  const own = addresses[number - 1] as string
  const routes = addresses.filter((address) => address !== own).map((address) => `"nats://${routeOf(address)}"`)
  return `
cluster {
  name: fleet
  listen: "${listenOn(routeOf(own))}"
  routes: [${routes.join(', ')}]
  ${tls === 'off' ? '' : tlsBlock(number, true)}
}
`
}
