/** What a user may switch to make the engine misbehave in ways that real ones do. Kept in the store, so every process sees them. */
import { CONDITION_CHANGES } from './engine/shown-conditions.ts'
import { FAULT_EFFECTS, FAULT_SYNTAX, parseFaults } from './fault.ts'
import { Refusal } from './refusal.ts'
import { type Context, storedMainModePolicy, storedTunnelPolicy, withPolicy } from './values.ts'

export interface Switch {
  /** How a value is written. */
  readonly syntax: string
  readonly description: string
  /** Absent means this; setting it removes the switch. */
  readonly initial: string
  accepts(value: string): boolean
}

const oneOf = (...values: string[]) => ({
  syntax: values.join('|'),
  accepts: (value: string) => values.includes(value),
})
const PATH = String.raw`[A-Za-z0-9*]+(\.[A-Za-z0-9*]+)*`

export const SWITCHES = {
  hide: {
    syntax: 'PATH[,PATH…]',
    description: 'fields of the policy that read back empty, e.g. ipsecProposals.0.pfsGroup; * stands for every item',
    initial: '',
    accepts: (value: string) => new RegExp(`^(${PATH}(,${PATH})*)?$`).test(value),
  },
  rewrite: {
    syntax: 'PATH=NUMBER[,PATH=NUMBER…]',
    description: 'fields of the policy that read back with another number, e.g. saIdleTimeout.idleTimeoutSeconds=600',
    initial: '',
    accepts: (value: string) => new RegExp(`^(${PATH}=\\d+(,${PATH}=\\d+)*)?$`).test(value),
  },
  conditions: {
    syntax: 'CHANGE[,CHANGE…]',
    description: `how the filters of a new tunnel carry the conditions given: ${CONDITION_CHANGES.join(', ')}`,
    initial: '',
    accepts: (value: string) => value === '' || value.split(',').every((change) => CONDITION_CHANGES.includes(change)),
  },
  'main-mode': {
    ...oneOf('removed', 'kept'),
    description: 'kept: FwpmIPsecTunnelDeleteByKey0 leaves the main-mode policy standing',
    initial: 'removed',
  },
  templates: {
    ...oneOf('any', 'strict'),
    description: 'strict: an enumeration template of a provider that is not there gives FWP_E_PROVIDER_NOT_FOUND',
    initial: 'any',
  },
  retransmission: {
    ...oneOf('optional', 'strict'),
    description: 'strict: IKEv2 without retransmitDurationSecs, 120 or more, gives FWP_E_OUT_OF_BOUNDS',
    initial: 'optional',
  },
  'manager-list': {
    ...oneOf('anywhere', 'outside', 'denied'),
    description:
      'outside: IPsecKeyManagersGet0 in a transaction gives FWP_E_TXN_IN_PROGRESS; denied: it always gives ERROR_ACCESS_DENIED',
    initial: 'anywhere',
  },
  integrity: {
    ...oneOf('ok', 'fail'),
    description: 'fail: registering a key manager gives SEC_E_CANNOT_INSTALL, as for an image without FORCE_INTEGRITY',
    initial: 'ok',
  },
  'reader-wait': {
    syntax: 'MILLISECONDS',
    description:
      "how long a read outside a transaction waits for another session's writer before FWP_E_TIMEOUT; 0: it does not",
    initial: '0',
    accepts: (value: string) => /^\d{1,7}$/.test(value),
  },
  notifications: {
    ...oneOf('on', 'off'),
    description: 'off: change notifications are lost, as the documentation allows',
    initial: 'on',
  },
  fault: {
    syntax: FAULT_SYNTAX,
    description: `what the Nth call (+: and each later one) of a process does instead: ${FAULT_EFFECTS}`,
    initial: '',
    accepts: (value: string) => value === '' || parseFaults(value) !== undefined,
  },
} as const satisfies Readonly<Record<string, Switch>>

export type SwitchName = keyof typeof SWITCHES

export type SwitchValues = ReadonlyMap<string, string>

export function switchValue(values: SwitchValues, name: SwitchName): string {
  return values.get(name) ?? SWITCHES[name].initial
}

export function isSwitch(name: string): name is SwitchName {
  return Object.hasOwn(SWITCHES, name)
}

/** @throws Refusal when the switch does not take that value. */
export function checkSwitch(name: SwitchName, value: string): void {
  const { accepts, syntax } = SWITCHES[name]
  if (!accepts(value)) throw new Refusal('ERROR_INVALID_PARAMETER', `${name} takes ${syntax}, not \`${value}\``)
}

/** Does every context read back as it was stored? */
export function readsBackUnchanged(values: SwitchValues): boolean {
  return listOf(values, 'hide').length + listOf(values, 'rewrite').length === 0
}

/** How a context reads back under `hide` and `rewrite`: its tunnel or main-mode policy, where the path exists. */
export function readBack(context: Context, values: SwitchValues): Context {
  const hidden = listOf(values, 'hide')
  const rewritten = listOf(values, 'rewrite')
  const policy = storedTunnelPolicy(context) ?? storedMainModePolicy(context)
  if (policy === undefined) return context
  const changed = structuredClone(policy)
  for (const path of hidden) change(changed, path.split('.'), emptied)
  for (const [path = '', number] of rewritten.map((item) => item.split('='))) {
    change(changed, path.split('.'), (field) => (typeof field === 'bigint' ? BigInt(number ?? 0) : Number(number)))
  }
  return withPolicy(context, changed)
}

function listOf(values: SwitchValues, name: SwitchName): string[] {
  return switchValue(values, name)
    .split(',')
    .filter((item) => item !== '')
}

function change(target: unknown, [name = '', ...rest]: readonly string[], by: (field: unknown) => unknown): void {
  if (target === null || typeof target !== 'object') return
  const fields = target as Record<string, unknown>
  for (const key of name === '*' ? Object.keys(fields) : [name]) {
    if (!(key in fields)) continue
    if (rest.length === 0) fields[key] = by(fields[key])
    else change(fields[key], rest, by)
  }
}

function emptied(field: unknown): unknown {
  if (typeof field === 'number') return 0
  if (typeof field === 'bigint') return 0n
  if (field instanceof Uint8Array) return new Uint8Array(0)
  return Array.isArray(field) ? [] : null
}
