/** Main mode and extended mode: who proves to be whom, and how the exchange is protected. */

import { complete, type SpecReader } from '../spec-reader.ts'
import { duration } from '../values/scalars.ts'
import { DH_MODULES } from './algorithms.ts'
import { readAuthentication } from './authentication.ts'
import { DEFAULTS, knows, readFlags, readOnce, type TunnelContext, warnIfWeak } from './context.ts'
import { MAIN_MODE_FLAGS } from './flags.ts'
import { warnIfTwice } from './quick-mode.ts'
import type { ExtendedMode, MainMode, MainModeProposal } from './spec.ts'

const { mainMode: defaults } = DEFAULTS

/** At least 120 seconds: https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_policy1 */
export const RETRANSMISSION = duration(120)

export const readMainMode = readOnce((place, context): MainMode | undefined => {
  if (place.value === undefined) return undefined
  const [retransmit, impersonation] = [place.child('retransmitFor'), place.child('impersonation')]
  onlyWith(retransmit, 'ikev2', context)
  // `none` is what the other modules have anyway
  if (impersonation.text() !== DEFAULTS.impersonation) onlyWith(impersonation, 'authip', context)
  const isIkev2 = context.module.word() === 'ikev2'
  return complete<Omit<MainMode, 'retransmitFor' | 'impersonation'>, Partial<MainMode>>(
    {
      authentication: readAuthentication(place.child('authentication'), context),
      proposals: readProposals(place.child('proposals'), context),
      maxDynamicFilters: place.child('maxDynamicFilters').number() ?? defaults.maxDynamicFilters,
      flags: readFlags(place.child('flags'), MAIN_MODE_FLAGS, context),
    },
    {
      retransmitFor: isIkev2 ? (retransmit.parsed(RETRANSMISSION) ?? defaults.retransmitFor) : undefined,
      impersonation: context.module.word() === 'authip' ? readImpersonation(place) : undefined,
    },
  )
})

export function readExtendedMode(place: SpecReader, context: TunnelContext): ExtendedMode | undefined {
  if (place.value === undefined) return undefined
  if (!onlyWith(place, 'authip', context)) return undefined
  return complete<ExtendedMode>({
    authentication: readAuthentication(place.child('authentication'), context),
    impersonation: readImpersonation(place),
  })
}

function readImpersonation(place: SpecReader): ExtendedMode['impersonation'] {
  return place.child('impersonation').word<ExtendedMode['impersonation']>() ?? DEFAULTS.impersonation
}

/** Reports a field that only one key module has. */
function onlyWith(place: SpecReader, module: 'ikev2' | 'authip', context: TunnelContext): boolean {
  if (place.value === undefined || knows(context, [module])) return true
  place.disagree(context.module, 'E232', `\`${place.path}\` exists with ${module} alone`, {
    help: `leave it out, or set keyModule to ${module}`,
  })
  return false
}

function readProposals(place: SpecReader, context: TunnelContext): MainModeProposal[] | undefined {
  if (!place.written) return [standardProposal()]
  const seen = new Map<string, SpecReader>()
  const proposals = place.items().map((item) => {
    const proposal = readProposal(item, context)
    warnIfTwice(item, JSON.stringify(proposal), seen)
    return proposal
  })
  return proposals.length > 0 ? proposals : undefined
}

function readProposal(place: SpecReader, context: TunnelContext): MainModeProposal {
  const [encryption, integrity, dh] = [place.child('encryption'), place.child('integrity'), place.child('dh')]
  warnIfWeak(encryption, 'mainModeEncryption')
  warnIfWeak(integrity, 'mainModeIntegrity')
  const modules = DH_MODULES[dh.text() ?? '']
  if (knows(context, modules)) warnIfWeak(dh, 'dh')
  else {
    dh.disagree(context.module, 'E229', `\`dh: ${dh.text()}\` exists with ${modules?.join(' and ')} alone`, {
      help: 'name a group, e.g. dh20',
    })
  }
  return {
    encryption: encryption.word<MainModeProposal['encryption']>() ?? defaults.encryption,
    integrity: integrity.word<MainModeProposal['integrity']>() ?? defaults.integrity,
    dh: dh.word<MainModeProposal['dh']>() ?? defaults.dh,
    lifetime: place.child('lifetime').parsed(duration()) ?? defaults.lifetime,
    quickModeLimit: place.child('quickModeLimit').number() ?? defaults.quickModeLimit,
  }
}

function standardProposal(): MainModeProposal {
  const { encryption, integrity, dh, lifetime, quickModeLimit } = defaults
  return { encryption, integrity, dh, lifetime, quickModeLimit }
}
