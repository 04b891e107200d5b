/**
 * Manifest → the normal form of an `IPsecTunnel`. Pure.
 *
 * A value that cannot be read is reported once, on its own leaf; what hangs on it is left alone, so no finding is the echo of another.
 */

import { type Checked, hasErrors } from '../../base/index.ts'
import type { Manifest } from '../../manifest/index.ts'
import { complete, Findings, given, type SpecReader, switchedOff } from '../spec-reader.ts'
import { displayText, guidText } from '../values/scalars.ts'
import { DEFAULTS, type TunnelContext, warnIfWeak } from './context.ts'
import { warnOfContradictions } from './contradictions.ts'
import { readEndpoints } from './endpoints.ts'
import { readExtendedMode, readMainMode } from './main-mode.ts'
import { readQuickMode } from './quick-mode.ts'
import { tunnelDescriptor } from './security-descriptor.ts'
import { warnOfSelectors } from './selectors.ts'
import type { KeyModule, TunnelSpec } from './spec.ts'
import { hasReadableConditions, readTraffic, warnBeyondEndpoints } from './traffic.ts'

type Required = Pick<
  TunnelSpec,
  'mode' | 'keyModule' | 'virtualInterface' | 'persistence' | 'protect' | 'endpoints' | 'traffic' | 'quickMode'
>

export function normaliseTunnel(manifest: Manifest): Checked<TunnelSpec> {
  const findings = new Findings(manifest)
  const value = readTunnel(findings.spec())
  const diagnostics = findings.list
  if (value.whole === undefined || manifest.broken.size > 0 || hasErrors(diagnostics)) {
    return { ok: false, diagnostics, partial: value.claims }
  }
  return { ok: true, value: value.whole, diagnostics }
}

/** What a tunnel claims that no other may have: known even where the rest of it has mistakes. */
type Claims = Partial<Pick<TunnelSpec, 'enabled' | 'key' | 'traffic'>>

function readTunnel(spec: SpecReader): { readonly whole: TunnelSpec | undefined; readonly claims: Claims } {
  const context: TunnelContext = { module: spec.child('keyModule'), mode: spec.child('mode') }
  warnIfWeak(context.module, 'keyModule')
  const endpoints = readEndpoints(spec.child('endpoints'))
  warnBeyondEndpoints(spec, endpoints, context)
  const traffic = readTraffic(spec.child('traffic'), context)
  warnOfContradictions(spec, context)
  warnOfSelectors(spec, context)
  const key = spec.child('key').parsed(guidText)
  const whole = complete<Required, Omit<TunnelSpec, keyof Required>>(
    {
      mode: context.mode.word<TunnelSpec['mode']>(),
      keyModule: context.module.word<KeyModule>(),
      virtualInterface: spec.child('virtualInterface').boolean() ?? DEFAULTS.virtualInterface,
      persistence: spec.child('persistence').word<TunnelSpec['persistence']>() ?? DEFAULTS.persistence,
      protect: spec.child('protect').word<TunnelSpec['protect']>() ?? DEFAULTS.protect,
      endpoints,
      traffic,
      quickMode: readQuickMode(spec.child('quickMode'), context),
    },
    {
      enabled: switchedOff(spec),
      // an empty description is none
      description: spec.child('description').parsed(displayText) || undefined,
      key,
      acceptReadback: acceptedPlaces(spec.child('acceptReadback')),
      mainMode: readMainMode(spec.child('mainMode'), context),
      extendedMode: readExtendedMode(spec.child('extendedMode'), context),
      securityDescriptor: spec.child('securityDescriptor').parsed(tunnelDescriptor),
    },
  )
  const claimed = hasReadableConditions(spec.child('traffic')) ? traffic : undefined
  return { whole, claims: given<Claims>({ enabled: switchedOff(spec), key, traffic: claimed }) }
}

/** Sorted; none is the same as no list. */
function acceptedPlaces(list: SpecReader): string[] | undefined {
  const places = list.items().flatMap((item) => item.text() ?? [])
  return places.length === 0 ? undefined : [...new Set(places)].sort()
}
