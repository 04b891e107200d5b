/** Adds a tunnel to an engine and takes it back: what this engine does with what no document settles. */

import { randomUUID } from 'node:crypto'
import type { Guid, JsonObject } from '../../../base/index.ts'
import { ipsecTunnel } from '../../../kinds/ipsec-tunnel/kind.ts'
import type { QuickMode, TunnelSpec } from '../../../kinds/ipsec-tunnel/spec.ts'
import { diff, verify } from '../../../reconcile/plan/index.ts'
import * as constants from '../binding/tables/constants/index.ts'
import { EngineError } from '../binding/tables/status/index.ts'
import { contextByKey, contextsOf, filtersByHome, layerName, mainModeKeyOf, type Session } from '../engine/index.ts'
import { decodeTunnel, HIDDEN } from '../tunnels/codec/index.ts'
import { filtersOfTunnel } from '../tunnels/kind.ts'
import type { ProbeAnswer } from './finding.ts'
import {
  addProbeContext,
  addProbeProvider,
  addProbeTunnel,
  type Identity,
  type ProbeChange,
  PSK_POINTER,
  psk,
  spec,
} from './probe-tunnel.ts'

export interface Experiment {
  readonly id: string
  readonly question: string
  readonly spec: TunnelSpec
  readonly change: ProbeChange
}

const asItIs: ProbeChange = (encoded) => encoded

const EXPERIMENTS: readonly Experiment[] = [
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

type Reply = string | { readonly answer: string; readonly details: JsonObject }

export async function probe(session: Session): Promise<ProbeAnswer[]> {
  const identity = { key: randomUUID(), providerKey: randomUUID() }
  const answers = await session.transaction('write', async () => ({
    commit: false,
    value: await asked(session, identity),
  }))
  const left = await session.read(() => contextByKey(session, identity.key))
  const gone = left ? 'no: the tunnel is still there; delete it by hand' : 'yes'
  return [...answers, { id: 'abort', question: 'Does the abort take everything back?', answer: gone }]
}

async function asked(session: Session, identity: Identity): Promise<ProbeAnswer[]> {
  const answers: ProbeAnswer[] = []
  const ask = async (id: string, question: string, find: () => Promise<Reply>): Promise<void> => {
    const reply = await find().catch(refusal)
    answers.push({ id, question, ...(typeof reply === 'string' ? { answer: reply } : reply) })
  }
  for (const [id, question, find] of QUESTIONS) await ask(id, question, () => find(session, identity))
  for (const { id, question, spec: other, change } of EXPERIMENTS) {
    const fresh = { ...identity, key: randomUUID() }
    await ask(id, question, async () => {
      await addProbeTunnel(session, fresh, other, change)
      return 'yes'
    })
  }
  return answers
}

/** @throws what is not a refusal of the engine */
function refusal(error: unknown): string {
  if (error instanceof EngineError) return `no: ${error.call} returned ${error.name}`
  throw error
}

type Question = readonly [id: string, question: string, find: (session: Session, identity: Identity) => Promise<Reply>]

/** In order: each leaves the transaction as the next one needs it. */
const QUESTIONS: readonly Question[] = [
  ['add', 'Is a persistent tunnel accepted in a transaction?', added],
  ['own-writes', 'Does a transaction see the tunnel it added?', seesTunnel],
  ['main-mode-key', 'Is the main-mode policy stored under the key we gave it?', seesMainMode],
  ['filters', 'Which filters does the add make?', filters],
  ['conditions', 'Do the filters show the traffic that was declared?', traffic],
  ['preshared-key', 'Does read-back show the preshared key?', presharedKey],
  ['read-back', 'Does everything else read back as it was written?', readBack],
  ['accept-readback', 'What has a set to accept, for its first apply to read back as written?', accepting],
  ['several-values', 'How are several values of one field shown?', severalValues],
  ['ikev2-preshared-key', 'Is a preshared key accepted for ikev2 without a virtual interface?', seesMainMode],
  [
    'ikev2-exemptions',
    'Are UDP 500 and 4500 exempt from other filters, now that an ikev2 main mode stands?',
    exemptions,
  ],
  ['general-context', 'Does a transaction see the general context it added?', generalContext],
  ['delete', 'What does deleting the tunnel leave behind?', afterDelete],
  ['re-add', 'Can the same key be added again in the same transaction?', readded],
  ['delete-unknown', 'What does deleting an unknown tunnel return?', deletedUnknown],
]

async function added(session: Session, identity: Identity): Promise<Reply> {
  await addProbeProvider(session, identity.providerKey)
  await addProbeTunnel(session, identity)
  return 'yes'
}

async function seesTunnel(session: Session, { key }: Identity): Promise<Reply> {
  return yes((await contextByKey(session, key)) !== undefined)
}

async function seesMainMode(session: Session, { key }: Identity): Promise<Reply> {
  return yes((await contextByKey(session, mainModeKeyOf(key))) !== undefined)
}

async function filters(session: Session, { key, providerKey }: Identity): Promise<Reply> {
  const made = await filtersOfTunnel(session, key)
  const layers = made.map((filter) => layerName(filter.layerKey)).sort()
  return {
    answer: made.length === 0 ? 'none that refers to the tunnel' : `${made.length}: ${[...new Set(layers)].join(', ')}`,
    details: {
      filters: made.map((filter) => ({
        layer: layerName(filter.layerKey),
        ours: filter.providerKey === providerKey,
        persistent: (filter.flags & constants.FWPM_FILTER_FLAG_PERSISTENT) !== 0,
        conditions: filter.filterCondition.length,
      })),
    },
  }
}

async function traffic(session: Session, { key }: Identity): Promise<Reply> {
  const live = await liveTunnel(session, key)
  const differences = diff(spec.traffic as JsonObject, live.spec.traffic as JsonObject)
  return differences.length === 0 ? 'yes' : { answer: 'no', details: { shown: live.spec.traffic ?? null } }
}

async function presharedKey(session: Session, { key }: Identity): Promise<Reply> {
  const { secrets } = await liveTunnel(session, key)
  const shown = secrets.get(PSK_POINTER)
  if (shown === undefined) return 'no: the method is not shown'
  if (shown === null) return 'no: its bytes are blanked'
  return Buffer.from(shown).equals(psk) ? 'yes, its very bytes' : 'no: other bytes are shown'
}

async function readBack(session: Session, { key }: Identity): Promise<Reply> {
  const { spec: live } = await liveTunnel(session, key)
  const unseen = [...HIDDEN, '/traffic', PSK_POINTER]
  const differences = diff(spec as JsonObject, live)
    .map(({ path }) => path)
    .filter((path) => !unseen.some((hidden) => path === hidden || path.startsWith(`${hidden}/`)))
  return differences.length === 0 ? 'yes' : { answer: `no: ${differences.join(', ')}`, details: { differences } }
}

/** The line to paste into a TunnelSet's spec. */
async function accepting(session: Session, { key }: Identity): Promise<Reply> {
  const live = await liveTunnel(session, key)
  const shown = { live: live.spec, hidden: live.hidden, filters: '', filterList: () => '' }
  const form = spec as unknown as JsonObject
  const { mismatches } = verify(form, shown, { kind: ipsecTunnel, spec: form, accepted: [] })
  const paths = mismatches.map(({ path }) => path).filter((path) => !path.startsWith(PSK_POINTER))
  if (paths.length === 0) return 'nothing'
  return { answer: `safety: { acceptReadback: [${paths.join(', ')}] }`, details: { acceptReadback: paths } }
}

async function severalValues(session: Session, { key }: Identity): Promise<Reply> {
  const locals = (await filtersOfTunnel(session, key)).map(
    ({ filterCondition }) =>
      filterCondition.filter(({ fieldKey }) => fieldKey === constants.FWPM_CONDITION_IP_LOCAL_ADDRESS).length,
  )
  const most = Math.max(0, ...locals)
  return most > 1 ? `a filter carries all of them (${most})` : 'a filter carries one of them'
}

/** The engine's own filters for IKE name the protocol UDP and one of its ports. */
async function exemptions(session: Session): Promise<Reply> {
  const all = await filtersByHome(session, ({ filterKey }) => filterKey)
  const found = [...all.values()].flat().filter(({ filterCondition }) => {
    const ports = filterCondition.flatMap(({ conditionValue: value }) => ('uint16' in value ? [value.uint16] : []))
    const isUdp = filterCondition.some(({ conditionValue: value }) => 'uint8' in value && value.uint8 === UDP)
    return isUdp && ports.some((port) => IKE_PORTS.includes(port))
  })
  return found.length > 0
    ? `yes: ${found.length} filters`
    : 'none is seen: let UDP 500 and 4500 in where IKE gets no answer'
}

const UDP = 17
const IKE_PORTS: readonly number[] = [500, 4500]

async function generalContext(session: Session, { providerKey }: Identity): Promise<Reply> {
  const key = randomUUID()
  await addProbeContext(session, { key, providerKey })
  const byKey = (await contextByKey(session, key)) !== undefined
  const listed = await contextsOf(session, providerKey, [constants.FWPM_GENERAL_CONTEXT])
  const byEnumeration = listed.some((context) => context.providerContextKey === key)
  return { answer: yes(byKey && byEnumeration) as string, details: { byKey, byEnumeration } }
}

async function afterDelete(session: Session, { key }: Identity): Promise<Reply> {
  const { engineHandle, fwp } = session
  await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key })
  const mainMode = await contextByKey(session, mainModeKeyOf(key))
  const left = {
    quickMode: (await contextByKey(session, key)) !== undefined,
    mainMode: mainMode !== undefined,
    filters: (await filtersOfTunnel(session, key)).length,
  }
  if (mainMode) await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key: mainModeKeyOf(key) })
  const words = [
    left.quickMode && 'the quick-mode policy',
    left.mainMode && 'the main-mode policy',
    left.filters > 0 && `${left.filters} filters`,
  ].filter((word) => word !== false)
  return { answer: words.length === 0 ? 'nothing' : words.join(', '), details: left }
}

async function readded(session: Session, identity: Identity): Promise<Reply> {
  await addProbeTunnel(session, identity)
  const made = (await filtersOfTunnel(session, identity.key)).length
  return { answer: 'yes', details: { filters: made } }
}

async function deletedUnknown({ engineHandle, fwp }: Session): Promise<Reply> {
  try {
    await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: randomUUID() })
    return 'success'
  } catch (error) {
    if (error instanceof EngineError) return error.name
    throw error
  }
}

async function liveTunnel(session: Session, key: Guid): Promise<ReturnType<typeof decodeTunnel>> {
  const tunnelPolicy = await contextByKey(session, key)
  if (!tunnelPolicy) throw new EngineError('FwpmProviderContextGetByKey', 0x80320006)
  const mainModePolicy = (await contextByKey(session, mainModeKeyOf(key))) ?? null
  return decodeTunnel({ tunnelPolicy, mainModePolicy, filters: await filtersOfTunnel(session, key) })
}

function yes(so: boolean): Reply {
  return so ? 'yes' : 'no'
}
