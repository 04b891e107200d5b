/** What a review reads of a tunnel that is new to it: who talks to whom about what, and how it is protected. No secret, and no reference to one. */

import type { JsonObject } from '../../base/index.ts'
import type { Outline } from '../../manifest/index.ts'
import type { Authentication, Endpoints, MainModeProposal, QuickModeProposal, Traffic, TunnelSpec } from './spec.ts'

/** @param form a normal form, or a live one in which digests stand for secrets */
export function outlineTunnel(form: JsonObject): Outline {
  const spec = form as unknown as TunnelSpec
  const { endpoints, traffic, quickMode } = spec
  const suites = (spec.mainMode?.proposals ?? []).map(suite)
  const protections = [...new Set(quickMode.proposals.map(protection))].join(', ')
  const ends = { local: endpoints.local, remote: remoteEnd(endpoints) }
  return {
    ends,
    facts: [
      ['peer', `${ends.local} → ${ends.remote}`],
      ['traffic', `${traffic.local.join(', ')} ↔ ${traffic.remote.join(', ')}${narrowing(traffic)}`],
      ['crypto', `${[spec.keyModule, ...suites].join(' ')}; ${protections}; pfs ${quickMode.pfs}`],
      ['authentication', authentication(spec)],
    ],
  }
}

function remoteEnd({ remote, remoteFqdn }: Endpoints): string {
  return remoteFqdn ?? [remote ?? []].flat().join(', ')
}

/** ` (tcp, local port 443)` */
function narrowing({ protocol, localPort, remotePort }: Traffic): string {
  const words = [
    ...(protocol === undefined ? [] : [typeof protocol === 'number' ? `protocol ${protocol}` : protocol]),
    ...(localPort === undefined ? [] : [`local port ${localPort}`]),
    ...(remotePort === undefined ? [] : [`remote port ${remotePort}`]),
  ]
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

function suite({ encryption, integrity, dh }: MainModeProposal): string {
  return [encryption, integrity, dh].join('-')
}

/** `esp aes256gcm`, `ah sha256 + esp aes256` */
function protection({ esp, ah }: QuickModeProposal): string {
  const inner = esp && ('aead' in esp ? esp.aead : Object.values({ encryption: 'null', ...esp }).join('-'))
  return [...(ah ? [`ah ${ah.integrity}`] : []), ...(inner === undefined ? [] : [`esp ${inner}`])].join(' + ')
}

function authentication({ mainMode, extendedMode }: TunnelSpec): string {
  if (!mainMode) return "the machine's own main-mode policy"
  const second = extendedMode ? `, then ${methods(extendedMode.authentication)}` : ''
  return methods(mainMode.authentication) + second
}

function methods(all: readonly Authentication[]): string {
  return [...new Set(all.map(method))].join(' or ')
}

function method(one: Authentication): string {
  if ('certificate' in one) return `certificate (${one.certificate.signature})`
  if ('ssl' in one) return `ssl certificate (${one.ssl.signature})`
  return 'presharedKey' in one ? 'preshared key' : Object.keys(one).join()
}
