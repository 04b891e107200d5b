/** The kind `IPsecTunnel`, and what is said of a word of another tool or a number where a text belongs. */

import { type Json, type JsonObject, type Pointer, remembering, rowOf } from '../../base/index.ts'
import { type Advice, type Advise, type Kind, readSchema } from '../../manifest/index.ts'
import { tunnelKeyOf } from '../keys.ts'
import { authorityName } from '../values/authority.ts'
import { parseAddressSet } from '../values/network.ts'
import { type Parsed, readWritten } from '../values/reading.ts'
import { dataSize, duration, guidText, hostName, luid, oid, portOrRange } from '../values/scalars.ts'
import { mainModeHelp, quickModeHelp } from './algorithms.ts'
import { CGA_MODIFIER, environmentName } from './authentication.ts'
import { thumbprint } from './certificate.ts'
import { crossCheckTunnels } from './contradictions.ts'
import { parseLocalEnd, parseRemoteEnd } from './endpoints.ts'
import { RETRANSMISSION } from './main-mode.ts'
import { normaliseTunnel } from './normalise.ts'
import { outlineTunnel } from './outline.ts'
import { reachOf } from './reach.ts'
import { tunnelDescriptor } from './security-descriptor.ts'
import { isSameTraffic, presentTunnel } from './traffic.ts'
import { adviseWord } from './vocabularies.ts'

/** The readers behind each `x-form` of the schema that a number or a word of YAML may be meant for. */
export const FORMS: { readonly [form: string]: (text: string) => Parsed<unknown> } = {
  addressSet: parseAddressSet,
  authority: authorityName,
  data: dataSize,
  descriptor: tunnelDescriptor,
  duration: duration(),
  environment: environmentName,
  guid: guidText,
  hostName,
  localEnd: parseLocalEnd,
  luid,
  modifier: CGA_MODIFIER,
  oid,
  port: portOrRange,
  remoteEnd: parseRemoteEnd,
  retransmission: RETRANSMISSION,
  thumbprint,
}

/** Mappings that other tools write as one word. */
const SUITES: { readonly [form: string]: (text: string) => string | undefined } = {
  mainModeProposal: mainModeHelp,
  quickModeProposal: quickModeHelp,
}

const adviseTunnel: Advise = (vocabulary, written) => adviseWord(vocabulary, written) ?? adviseForm(vocabulary, written)

/** The value is not text: either it is right as soon as it is, or its reader knows what it may mean. */
function adviseForm(form: string, written: string): Advice | undefined {
  const suite = rowOf(SUITES, form)?.(written)
  if (suite !== undefined) return { help: suite }
  const parse = rowOf(FORMS, form)
  if (!parse || written === '') return undefined
  const reading = readWritten(written, parse)
  if ('value' in reading) return { help: `put it in quotes: "${written}"` }
  const { help } = reading.problem
  return help === undefined ? undefined : { help }
}

export const ipsecTunnel: Kind = {
  name: 'IPsecTunnel',
  noun: 'tunnel',
  lifetime: 'transactional',
  get schema() {
    return readSchema('IPsecTunnel')
  },
  impacts: { '/description': 'cosmetic', '/protect': 'none', '/acceptReadback': 'none' },
  columns: columnsOf,
  isSame: isSameTraffic,
  present: presentTunnel,
  advise: adviseTunnel,
  normalise: normaliseTunnel,
  crossCheck: crossCheckTunnels,
  reach: reachOf,
  review: outlineTunnel,
  secretPaths: remembering(secretPaths),
  keyOf: remembering(({ set, name, spec }) => (typeof spec.key === 'string' ? spec.key : tunnelKeyOf(set, name))),
}

/** Where it leads to, and what goes through it: `{ peer: '198.51.100.7', traffic: '10.1.0.0/16 → 10.2.0.0/16' }` */
function columnsOf({ endpoints, traffic }: JsonObject): { readonly [column: string]: string } {
  const { remote, remoteFqdn } = (endpoints ?? {}) as JsonObject
  const { local: inside, remote: outside } = (traffic ?? {}) as JsonObject
  return { peer: listText(remoteFqdn ?? remote), traffic: `${listText(inside)} → ${listText(outside)}` }
}

const MOST_LISTED = 2

/** `10.1.0.0/16,10.2.0.0/16,+3` */
function listText(value: Json | undefined): string {
  const all = [value ?? []].flat().map(String)
  const more = all.length - MOST_LISTED
  return [...all.slice(0, MOST_LISTED), ...(more > 0 ? [`+${more}`] : [])].join(',') || '-'
}

/** `['/mainMode/authentication/0/presharedKey']`: where a normal form refers to secrets. */
function secretPaths(spec: JsonObject): Pointer[] {
  return ['mainMode', 'extendedMode'].flatMap((phase) => {
    const methods = (spec[phase] as { readonly authentication?: readonly Json[] } | undefined)?.authentication ?? []
    return methods.flatMap((method, i) =>
      Object.hasOwn(method as object, 'presharedKey') ? [`/${phase}/authentication/${i}/presharedKey`] : [],
    )
  })
}
