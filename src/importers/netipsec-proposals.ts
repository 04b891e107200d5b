/**
 * Crypto sets of the Windows firewall → proposals.
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/msft-netikeqmcryptoproposal
 */

import { formatDuration, formatSize, type JsonObject, rowOf } from '../base/index.ts'
import {
  type Branch,
  type Draft,
  itemsOf,
  type Leaf,
  LeftOut,
  leafAt,
  leavesOf,
  member,
  type Node,
  textOf,
} from './source.ts'
import { algorithms, espOf, type Made } from './tunnel.ts'

/** Numbers and words of an enumeration → one word for each. */
export type Words = { readonly [written: string]: string }

/** What Windows proposes where nobody changed its default sets. */
const OF_WINDOWS = {
  quickMode: [
    { esp: { integrity: 'sha1' } },
    { esp: { encryption: 'aes128', integrity: 'sha1' } },
    { esp: { encryption: '3des', integrity: 'sha1' } },
    { ah: { integrity: 'sha1' } },
  ],
  mainMode: [
    { encryption: 'aes128', integrity: 'sha1', dh: 'dh2', lifetime: '8h' },
    { encryption: '3des', integrity: 'sha1', dh: 'dh2', lifetime: '8h' },
  ],
} as const

const CIPHERS: Words = {
  0: 'none',
  2: 'des',
  6: '3des',
  65001: 'aes128',
  65002: 'aes192',
  65003: 'aes256',
  65004: 'aes128gcm',
  65005: 'aes192gcm',
  65006: 'aes256gcm',
}
const HASHES: Words = {
  0: 'none',
  2: 'md5',
  3: 'sha1',
  65001: 'sha256',
  65002: 'sha384',
  65003: 'aes128gmac',
  65004: 'aes192gmac',
  65005: 'aes256gmac',
}
const ENCAPSULATIONS: Words = { 0: 'none', 1: 'ah', 2: 'esp', 3: 'ah esp' }

export function wordOf(leaf: Leaf | undefined, words: Words): string | undefined {
  const text = textOf(leaf)?.toLowerCase()
  return text === undefined ? undefined : (rowOf(words, text) ?? text)
}

/** The proposals that could be made; those that could not are told. */
function proposalsOf(
  set: Branch | undefined,
  make: (proposal: Branch) => Made<JsonObject>,
  draft: Draft,
): JsonObject[] {
  const proposals = itemsOf(member(set, 'Proposals')).flatMap((one) => (one.sort === 'branch' ? [one] : []))
  const made = proposals.flatMap((proposal) => {
    const result = make(proposal)
    if ('value' in result) draft.carried(proposal)
    else draft.dropped(proposal, `the proposal is left out: ${result.why}`)
    return 'value' in result ? [result.value] : []
  })
  if (made.length === 0)
    throw new LeftOut('none of its proposals could be made', set && (member(set, 'Proposals') ?? set))
  return made
}

export function quickModeProposals(set: Branch | undefined, draft: Draft): readonly JsonObject[] {
  if (set) return proposalsOf(set, quickModeProposal, draft)
  draft.remark('the default quick mode set is not in the source: the proposals are those of Windows as it is delivered')
  return OF_WINDOWS.quickMode
}

function quickModeProposal(proposal: Branch): Made<JsonObject> {
  const text = (name: string, words: Words = {}) => wordOf(leafAt(proposal, name), words)
  const parts = new Set((encapsulationOf(member(proposal, 'Encapsulation')) || 'esp').split(/[\s,/]+/))
  const esp = parts.has('esp')
    ? espOf(text('CipherAlgorithm', CIPHERS) ?? 'none', text('HashAlgorithmESP', HASHES) ?? 'none')
    : undefined
  const ah = parts.has('ah')
    ? algorithms({ integrity: ['ahIntegrity', text('HashAlgorithmAH', HASHES) ?? 'none'] })
    : undefined
  for (const made of [esp, ah]) if (made && 'why' in made) return made
  if (!esp && !ah) return { why: 'authentication without encapsulation is no tunnel' }
  const minutes = Number(text('MaxLifetimeMinutes') ?? 0)
  const data = Number(text('MaxLifetimeKilobytes') ?? 0)
  const lifetime = {
    ...(minutes > 0 && { time: formatDuration(minutes * 60) }),
    ...(data > 0 && { data: formatSize(data) }),
  }
  return {
    value: {
      ...(esp && 'value' in esp && { esp: esp.value }),
      ...(ah && 'value' in ah && { ah: ah.value }),
      ...(Object.keys(lifetime).length > 0 && { lifetime }),
    },
  }
}

function encapsulationOf(node: Node | undefined): string {
  return leavesOf(node)
    .map((leaf) => wordOf(leaf, ENCAPSULATIONS) ?? '')
    .join(' ')
}

export function mainModeProposals(set: Branch | undefined, draft: Draft): readonly JsonObject[] {
  if (!set) {
    draft.remark(
      'the default main mode set is not in the source: the proposals are those of Windows as it is delivered',
    )
    return OF_WINDOWS.mainMode
  }
  const [minutes, sessions] = ['MaxLifetimeMinutes', 'MaxLifetimeSessions'].map((name) => leafAt(set, name))
  draft.carried(minutes)
  draft.carried(sessions)
  const lifetime = Number(textOf(minutes) ?? 0) > 0 ? { lifetime: formatDuration(Number(textOf(minutes)) * 60) } : {}
  const limit = Number(textOf(sessions) ?? 0) > 0 ? { quickModeLimit: Number(textOf(sessions)) } : {}
  return proposalsOf(set, (proposal) => mainModeProposal(proposal, { ...lifetime, ...limit }), draft)
}

function mainModeProposal(proposal: Branch, rest: JsonObject): Made<JsonObject> {
  const text = (name: string, words: Words = {}) => wordOf(leafAt(proposal, name), words) ?? 'none'
  const made = algorithms({
    encryption: ['mainModeEncryption', text('CipherAlgorithm', CIPHERS)],
    integrity: ['mainModeIntegrity', text('HashAlgorithm', HASHES)],
    dh: ['dh', leafAt(proposal, 'GroupID') ? text('GroupID') : text('GroupId')],
  })
  return 'why' in made ? made : { value: { ...made.value, ...rest } }
}
