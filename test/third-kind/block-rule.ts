/**
 * A kind that the package does not have: a filter that blocks what leaves for an address. It shows what a kind is made of, and that nothing
 * in `src` knows which kinds there are.
 */

import { uuidv5 } from '../../src/base/digest.ts'
import { WFPCTL_NAMESPACE } from '../../src/kinds/keys.ts'
import { Findings, given } from '../../src/kinds/spec-reader.ts'
import { parseAddress } from '../../src/kinds/values/address.ts'
import { displayText } from '../../src/kinds/values/scalars.ts'
import type { Kind } from '../../src/manifest/model.ts'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { unlessGone } from '../../src/providers/wfp/engine/contexts.ts'
import type { Condition, Filter } from '../../src/providers/wfp/engine/filters.ts'
import type { ObjectKind } from '../../src/providers/wfp/resources/kind.ts'

const name = { type: 'string', pattern: '^[a-z0-9.-]{1,63}$' }

/** The language: what a manifest says. */
export const blockRule: Kind = {
  name: 'BlockRule',
  noun: 'rule',
  lifetime: 'transactional',
  impacts: { '/description': 'cosmetic' },
  schema: {
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    properties: {
      apiVersion: { const: 'wfpctl/v1alpha1' },
      kind: { const: 'BlockRule' },
      metadata: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name, set: name, labels: { type: 'object' } },
      },
      spec: {
        type: 'object',
        required: ['remote'],
        additionalProperties: false,
        properties: { remote: { type: 'string' }, description: { type: 'string' } },
      },
    },
  },
  normalise(manifest) {
    const findings = new Findings(manifest)
    const spec = findings.spec()
    const remote = spec.child('remote').parsed(ipv4)
    const description = spec.child('description').parsed(displayText)
    const diagnostics = findings.list
    if (remote === undefined || diagnostics.length > 0) return { ok: false, diagnostics }
    return { ok: true, value: { remote, ...given({ description }) }, diagnostics }
  },
  secretPaths: () => [],
  keyOf: ({ set, name: called }) => uuidv5(WFPCTL_NAMESPACE, `${set}/BlockRule/${called}`),
}

function ipv4(text: string) {
  const read = parseAddress(text)
  return 'value' in read && read.value.family === 6
    ? ({ problem: { code: 'E223', message: `${text} is not an IPv4 address` } } as const)
    : 'value' in read
      ? { value: text.trim() }
      : read
}

/** The engine: one filter under the resource's own key. */
export const blockRules: ObjectKind = {
  kind: blockRule,
  purposes: { root: [] },
  companionsOf: () => [],
  unsupportedFields: () => [],
  isPersistent: () => false,
  add: async ({ engineHandle, fwp }, spec, { name: called, key, providerKey }) => {
    const filter: Filter = {
      filterKey: key,
      displayData: { name: called, description: typeof spec.description === 'string' ? spec.description : null },
      flags: 0,
      providerKey,
      providerData: new Uint8Array(),
      layerKey: C.FWPM_LAYER_ALE_AUTH_CONNECT_V4,
      subLayerKey: C.FWPM_SUBLAYER_UNIVERSAL,
      weight: { type: C.FWP_EMPTY },
      filterCondition: [remoteAddress(String(spec.remote))],
      action: { type: C.FWP_ACTION_BLOCK, filterType: C.GUID_NULL },
      rawContext: 0n,
      reserved: null,
      filterId: 0n,
      effectiveWeight: { type: C.FWP_EMPTY },
    }
    await fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null })
  },
  remove: ({ engineHandle, fwp }, key) => unlessGone(fwp.FwpmFilterDeleteByKey0({ engineHandle, key })),
  decode: ({ key, filters }) => {
    const filter = filters.find(({ filterKey }) => filterKey === key)
    const condition = filter?.filterCondition[0]
    if (!filter || !condition) return undefined
    const { description } = filter.displayData
    const spec = { remote: addressIn(condition), ...(description !== null && { description }) }
    return { spec, hidden: [], secrets: new Map() }
  },
  recorded: () => ({}),
}

export function remoteAddress(text: string): Condition {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  const uint32 = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  return {
    fieldKey: C.FWPM_CONDITION_IP_REMOTE_ADDRESS,
    matchType: C.FWP_MATCH_EQUAL,
    conditionValue: { type: C.FWP_UINT32, uint32 },
  }
}

function addressIn({ conditionValue }: Condition): string {
  if (conditionValue.type !== C.FWP_UINT32) return 'unknown'
  return [24, 16, 8, 0].map((shift) => (conditionValue.uint32 >>> shift) & 0xff).join('.')
}
