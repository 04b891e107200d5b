/** Quick mode: what the security associations of the tunnel are made of. */

import { formatSize, parseSize } from '../../base/index.ts'
import { complete, type SpecReader } from '../spec-reader.ts'
import { dataSize, duration } from '../values/scalars.ts'
import { AEAD_TRANSFORMS } from './algorithms.ts'
import { DEFAULTS, knows, readFlags, readOnce, type TunnelContext, warnIfWeak } from './context.ts'
import { KEY_MANAGER_FLAGS, POLICY_FLAGS } from './flags.ts'
import type { QuickMode, QuickModeProposal, TrafficSelectorPolicy } from './spec.ts'
import { readSelector } from './traffic.ts'

const { quickMode: defaults } = DEFAULTS

export const readQuickMode = readOnce((place, context): QuickMode | undefined => {
  const idle = place.child('idleTimeout')
  const selectors = place.child('trafficSelectors').items().map(readSelectorPolicy)
  warnIfWeak(place.child('pfs'), 'pfs')
  return complete<Omit<QuickMode, 'forwardPathLifetime' | 'trafficSelectors'>, Partial<QuickMode>>(
    {
      pfs: place.child('pfs').word<QuickMode['pfs']>() ?? defaults.pfs,
      proposals: readProposals(place.child('proposals')),
      idleTimeout: {
        normal: idle.child('normal').parsed(duration()) ?? defaults.idleTimeout.normal,
        failover: idle.child('failover').parsed(duration()) ?? defaults.idleTimeout.failover,
      },
      flags: readFlags(place.child('flags'), POLICY_FLAGS, context),
      keyManagers: readKeyManagers(place.child('keyManagers'), context),
    },
    {
      forwardPathLifetime: place.child('forwardPathLifetime').parsed(duration()),
      trafficSelectors: selectors.length > 0 ? selectors.filter((policy) => policy !== undefined) : undefined,
    },
  )
})

function readKeyManagers(place: SpecReader, context: TunnelContext): QuickMode['keyManagers'] {
  const dictate = place.child('dictate')
  if (dictate.boolean() && !knows(context, KEY_MANAGER_FLAGS.dictate?.modules)) {
    dictate.disagree(context.module, 'E233', 'keys can be dictated to authip tunnels alone', {
      help: 'leave out `dictate`, or set keyModule to authip; `notify` works with every key module',
    })
  }
  return { notify: place.child('notify').boolean() ?? false, dictate: dictate.boolean() ?? false }
}

function readProposals(place: SpecReader): QuickModeProposal[] | undefined {
  const seen = new Map<string, SpecReader>()
  const proposals = place.items().flatMap((item) => {
    const proposal = readProposal(item)
    if (proposal) warnIfTwice(item, JSON.stringify(proposal), seen)
    return proposal ? [proposal] : []
  })
  return proposals.length > 0 ? proposals : undefined
}

/** The same proposal again is never chosen. */
export function warnIfTwice(place: SpecReader, text: string, seen: Map<string, SpecReader>): void {
  // where a value could not be read its default stands, and that is nothing to compare
  if (!place.sound) return
  const first = seen.get(text)
  if (first) place.report('W221', 'the same proposal stands above', { related: [first.where()] })
  else seen.set(text, place)
}

function readProposal(place: SpecReader): QuickModeProposal | undefined {
  const [esp, ah] = [place.child('esp'), place.child('ah')]
  if (!esp.written && !ah.written) {
    place.missing('E239', 'the proposal protects nothing', { help: 'add `esp` or `ah`, or both' })
  }
  warnIfWeak(ah.child('integrity'), 'integrity')
  const ahIntegrity = ah.child('integrity').text()
  return complete<Pick<QuickModeProposal, 'lifetime'>, Omit<QuickModeProposal, 'lifetime'>>(
    { lifetime: readLifetime(place.child('lifetime')) },
    { esp: readEsp(esp), ah: ahIntegrity === undefined ? undefined : { integrity: ahIntegrity } },
  )
}

function readLifetime(place: SpecReader): QuickModeProposal['lifetime'] {
  return {
    time: place.child('time').parsed(duration()) ?? defaults.lifetime.time,
    data: place.child('data').parsed(dataSize) ?? formatSize(parseSize(defaults.lifetime.data) ?? 0),
    packets: place.child('packets').number() ?? defaults.lifetime.packets,
  }
}

/** `{ aead }`, `{ encryption, integrity }`, `{ encryption }` or `{ integrity }`: nothing else is a transform of the engine. */
function readEsp(place: SpecReader): QuickModeProposal['esp'] | undefined {
  if (place.value === undefined) return undefined
  const [aead, encryption, integrity] = [place.child('aead'), place.child('encryption'), place.child('integrity')]
  if (!aead.written && !encryption.written && !integrity.written) {
    place.missing('E239', '`esp` names no algorithm', {
      help: 'write e.g. { aead: aes256gcm } or { encryption: aes256, integrity: sha256 }',
    })
    return undefined
  }
  checkTransforms(aead, encryption, integrity)
  warnIfWeak(encryption, 'encryption')
  warnIfWeak(integrity, 'integrity')
  const [a, e, i] = [aead.text(), encryption.text(), integrity.text()]
  if (a !== undefined) return { aead: a }
  if (e !== undefined) return { encryption: e, ...(i !== undefined && { integrity: i }) }
  return i === undefined ? undefined : { integrity: i }
}

function checkTransforms(aead: SpecReader, encryption: SpecReader, integrity: SpecReader): void {
  const word = aead.text()
  const gmac = integrity.text()?.endsWith('gmac') ? integrity.text() : undefined
  if (word !== undefined) checkAead(aead, word, encryption, integrity)
  else if (encryption.value !== undefined && gmac) {
    integrity.disagree(encryption, 'E235', `\`${gmac}\` authenticates without encryption`, {
      help: `for encryption write { aead: ${gmac.replace('gmac', 'gcm')} }, or use sha256 as integrity`,
    })
  } else if (encryption.value !== undefined && !integrity.written) {
    encryption.report(
      'W220',
      'weak cryptography: encryption without integrity must not be used (RFC 8221, section 4)',
      {
        help: 'add `integrity: sha256`, or use an aead',
      },
    )
  }
}

/** An AEAD brings its own integrity; naming that one again is harmless. */
function checkAead(aead: SpecReader, word: string, encryption: SpecReader, integrity: SpecReader): void {
  const own = (AEAD_TRANSFORMS as { readonly [word: string]: { readonly integrity: string } })[word]?.integrity
  if (encryption.value !== undefined) {
    encryption.disagree(aead, 'E235', '`aead` and `encryption` exclude each other', { help: 'keep one of them' })
  } else if (integrity.value !== undefined && integrity.text() !== own) {
    integrity.disagree(aead, 'E235', `\`${word}\` brings its own integrity, not \`${integrity.text()}\``, {
      help: 'leave out `integrity`',
    })
  }
}

function readSelectorPolicy(place: SpecReader): TrafficSelectorPolicy | undefined {
  const selectors = (side: string) => {
    const items = place.child(side).items()
    const read = items.map(readSelector).filter((selector) => selector !== undefined)
    return read.length === items.length ? read : undefined
  }
  return complete<TrafficSelectorPolicy>({
    flags: place.child('flags').number() ?? 0,
    local: selectors('local'),
    remote: selectors('remote'),
  })
}
