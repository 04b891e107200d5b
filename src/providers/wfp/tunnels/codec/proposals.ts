/**
 * Proposals ⇄ IKEEXT_PROPOSAL0 (main mode) and IPSEC_PROPOSAL0 (quick mode).
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_proposal0
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_proposal0
 */

import type { Json, JsonObject } from '../../../../base/json.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../../base/units.ts'
import {
  DH_GROUPS,
  MAIN_MODE_ENCRYPTION,
  MAIN_MODE_INTEGRITY,
  PFS_GROUPS,
} from '../../../../kinds/ipsec-tunnel/algorithms.ts'
import type { MainModeProposal, QuickMode, QuickModeProposal } from '../../../../kinds/ipsec-tunnel/spec.ts'
import { decodeTransform, encodeTransforms } from './transforms.ts'
import type { IkeProposal, IpsecProposal } from './values.ts'
import { constant, unknown, wordOf } from './words.ts'

export function encodeMainModeProposal(proposal: MainModeProposal): IkeProposal {
  return {
    // keyLen and rounds must be 0: the identifier says it all
    cipherAlgorithm: { algoIdentifier: constant(MAIN_MODE_ENCRYPTION[proposal.encryption]), keyLen: 0, rounds: 0 },
    integrityAlgorithm: { algoIdentifier: constant(MAIN_MODE_INTEGRITY[proposal.integrity]) },
    maxLifetimeSeconds: parseDuration(proposal.lifetime)!,
    dhGroup: constant(DH_GROUPS[proposal.dh]),
    quickModeLimit: proposal.quickModeLimit,
  }
}

export function decodeMainModeProposal(proposal: IkeProposal): JsonObject {
  const { algoIdentifier, keyLen, rounds } = proposal.cipherAlgorithm
  const cipher = wordOf(MAIN_MODE_ENCRYPTION, algoIdentifier)
  return {
    encryption: keyLen === 0 && rounds === 0 ? cipher : unknown(cipher, `keyLen ${keyLen}`, `rounds ${rounds}`),
    integrity: wordOf(MAIN_MODE_INTEGRITY, proposal.integrityAlgorithm.algoIdentifier),
    dh: wordOf(DH_GROUPS, proposal.dhGroup),
    lifetime: formatDuration(proposal.maxLifetimeSeconds),
    quickModeLimit: proposal.quickModeLimit,
  }
}

/** A proposal carries its own PFS group; a manifest has one for the tunnel. */
export function encodeQuickModeProposal(proposal: QuickModeProposal, pfs: QuickMode['pfs']): IpsecProposal {
  const { time, data, packets } = proposal.lifetime
  return {
    lifetime: {
      lifetimeSeconds: parseDuration(time)!,
      lifetimeKilobytes: parseSize(data)!,
      lifetimePackets: packets,
    },
    saTransforms: encodeTransforms(proposal),
    pfsGroup: constant(PFS_GROUPS[pfs]),
  }
}

export function decodeQuickModeProposal({ lifetime, saTransforms }: IpsecProposal): JsonObject {
  const decoded = saTransforms.map(decodeTransform)
  const names = new Set(decoded.map(([name]) => name))
  const isBundle = names.size === decoded.length
  const transforms: { readonly [name: string]: Json } = isBundle
    ? Object.fromEntries(decoded)
    : { transforms: decoded.map(([name, value]) => ({ [name]: value })) }
  return {
    ...transforms,
    lifetime: {
      time: formatDuration(lifetime.lifetimeSeconds),
      data: formatSize(lifetime.lifetimeKilobytes),
      packets: lifetime.lifetimePackets,
    },
  }
}

/** The PFS group of all proposals; `unknown(dh14, dh20)` when they differ. */
export function decodePfs(proposals: readonly IpsecProposal[]): string {
  const groups = [...new Set(proposals.map((proposal) => wordOf(PFS_GROUPS, proposal.pfsGroup)))]
  return groups.length === 1 ? groups[0]! : unknown(...groups)
}
