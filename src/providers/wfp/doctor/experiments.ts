/** Adds whose outcome is not documented. wfpctl does none of them; knowing helps to read what others have made. */

import type { QuickMode, TunnelSpec } from '../../../kinds/ipsec-tunnel/spec.ts'
import { type ProbeChange, spec } from './probe-tunnel.ts'

export interface Experiment {
  readonly id: string
  readonly question: string
  readonly spec: TunnelSpec
  readonly change: ProbeChange
}

const asItIs: ProbeChange = (encoded) => encoded

export const EXPERIMENTS: readonly Experiment[] = [
  {
    id: 'no-conditions',
    question: 'Is a tunnel without any condition accepted?',
    spec,
    change: (encoded) => ({ ...encoded, filterConditions: [] }),
  },
  {
    id: 'any-endpoints',
    question: 'Are endpoints of any address (0.0.0.0) accepted?',
    spec: { ...spec, endpoints: { local: '0.0.0.0', remote: '0.0.0.0' } },
    change: asItIs,
  },
  {
    id: 'mixed-modules',
    question: 'Is a main mode of another keying module accepted?',
    spec,
    change: (encoded, encode) => ({
      ...encoded,
      mainModePolicy: encode(ofIkev1()).mainModePolicy,
    }),
  },
  {
    id: 'no-main-mode',
    question: 'Is the add accepted without a main-mode policy?',
    spec: withoutMainMode(),
    change: asItIs,
  },
  {
    id: 'lifetime-1s',
    question: 'Is a quick-mode lifetime of one second accepted?',
    spec: living('1s'),
    change: asItIs,
  },
  {
    id: 'lifetime-max',
    question: 'Is a quick-mode lifetime of 4294967295 seconds accepted?',
    spec: living('4294967295s'),
    change: asItIs,
  },
]

function withoutMainMode(): TunnelSpec {
  const { mainMode: _, ...rest } = spec
  return rest
}

/** The time of retransmission is a field of IKEv2 alone. */
function ofIkev1(): TunnelSpec {
  const { retransmitFor: _, ...mainMode } = spec.mainMode!
  return { ...spec, keyModule: 'ikev1', mainMode }
}

function living(time: string): TunnelSpec {
  const [proposal] = spec.quickMode.proposals
  const quickMode: QuickMode = {
    ...spec.quickMode,
    proposals: [{ ...proposal, lifetime: { time, data: '100MB', packets: 2_147_483_647 } }],
  }
  return { ...spec, quickMode }
}
