/**
 * The other administrator: what somebody beside us may do to the machine. Everything goes through the engine's rules, in a
 * session of its own, so that other processes are told of it.
 */
import * as C from '../binding/tables/constants/index.ts'
import { Engine } from './engine/engine.ts'
import { addFilter } from './engine/filters.ts'
import { addProvider, decodeProvider } from './engine/providers.ts'
import type { EngineSession } from './engine/session.ts'
import { addedFilters, deleteTunnel, findTunnel, storeTunnel, tunnelFilters } from './engine/tunnels.ts'
import { FOREIGN_SHAPES, furtherFilters, isForeignShape } from './foreign.ts'
import { decodeContext, decodeFilter, encodeContext } from './images.ts'
import { engineAt, engineOf, type SandboxLocation } from './location.ts'
import { Refusal, refuse } from './refusal.ts'
import { describeValue, type SandboxState } from './show.ts'
import { removeSandbox } from './store/directory.ts'
import type { StoredObject } from './store/store.ts'
import { UnusableSandbox } from './store/unusable.ts'
import { checkSwitch, isSwitch, SWITCHES } from './switches.ts'
import { storedTunnelPolicy, type TunnelPolicy, withPolicy } from './values.ts'

export type { SandboxState } from './show.ts'

/** A sandbox directory, or a library that `openSandbox` made in this process. */
export type Sandbox = SandboxLocation | object

/** Kept among the switches, and no switch: the lifetime the last `tamper` wrote. */
const LAST_TAMPERED = '.tampered'
const SHORTEST_SECONDS = 300
const LONGEST_SECONDS = 172_800
const STEP_SECONDS = 60

/** Everything in the engine, as plain JSON. */
export function show(sandbox: Sandbox): Promise<SandboxState> {
  return asAdministrator(sandbox, (session, engine) => session.read(() => describeValue(engine, session.connection)))
}

/** Back to an empty engine: every object of every session, and every switch; also where the files cannot be read. */
export async function reset(sandbox: Sandbox): Promise<void> {
  try {
    await removeAll(sandbox)
  } catch (error) {
    if (!(error instanceof UnusableSandbox) || error.cure !== 'reset') throw error
    removeSandbox(error.directory)
    await removeAll(sandbox)
  }
}

function removeAll(sandbox: Sandbox): Promise<void> {
  return asAdministrator(sandbox, (session) =>
    session.write(() => {
      for (const kind of ['filter', 'context', 'provider', 'keyManager'] as const) {
        for (const object of session.connection.select(kind)) session.remove(object)
      }
      session.connection.clear()
    }),
  )
}

/** The machine starts anew: what is not persistent is gone. */
export function restart(sandbox: Sandbox): Promise<void> {
  return asAdministrator(sandbox, (session) =>
    session.write(() => {
      const { connection } = session
      const isStatic: { readonly [kind in 'filter' | 'context' | 'provider']: (object: StoredObject) => boolean } = {
        filter: (object) => (decodeFilter(object).flags & C.FWPM_FILTER_FLAG_PERSISTENT) === 0,
        context: (object) => (decodeContext(object).flags & C.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT) === 0,
        provider: (object) => (decodeProvider(object).flags & C.FWPM_PROVIDER_FLAG_PERSISTENT) === 0,
      }
      for (const kind of ['filter', 'context', 'provider'] as const)
        for (const object of connection.select(kind)) if (isStatic[kind](object)) session.remove(object)
    }),
  )
}

/** Deletes a tunnel by FwpmIPsecTunnelDeleteByKey0, and the filters that its owner added to it. Whatever else stands beside it stays. */
export function remove(sandbox: Sandbox, key: string): Promise<void> {
  return asAdministrator(sandbox, (session) =>
    session.write(() => {
      findTunnel(session.connection, key)
      for (const filter of addedFilters(session.connection, key)) session.remove(filter)
      deleteTunnel(session, key)
    }),
  )
}

/** Gives the first quick-mode proposal another valid lifetime, never the same twice in a row; nothing else changes. The seconds it wrote. */
export function tamper(sandbox: Sandbox, key: string): Promise<number> {
  return asAdministrator(sandbox, (session) =>
    session.write(() => {
      const { connection } = session
      const object = findTunnel(connection, key)
      const context = decodeContext(object)
      const policy = storedTunnelPolicy(context)
      const [first, ...rest] = policy?.ipsecProposals ?? []
      if (policy === undefined || first === undefined)
        refuse('FWP_E_PROVIDER_CONTEXT_NOT_FOUND', `${key} is not a tunnel`)
      const last = Number(connection.switches().get(LAST_TAMPERED) ?? 0)
      const lifetimeSeconds = anotherLifetime(first.lifetime.lifetimeSeconds, last)
      const changed: TunnelPolicy = {
        ...policy,
        ipsecProposals: [{ ...first, lifetime: { ...first.lifetime, lifetimeSeconds } }, ...rest],
      }
      session.replaceImage(object, encodeContext(withPolicy(context, changed)))
      connection.setSwitch(LAST_TAMPERED, String(lifetimeSeconds))
      return lifetimeSeconds
    }),
  )
}

/**
 * Adds a tunnel of another owner; the tunnel's key.
 *
 * @throws Refusal when there is no such shape
 */
export function addForeign(sandbox: Sandbox, shape = 'product'): Promise<string> {
  return asAdministrator(sandbox, (session) => {
    if (!isForeignShape(shape)) {
      const known = Object.keys(FOREIGN_SHAPES).join(', ')
      throw new Refusal('ERROR_INVALID_PARAMETER', `no foreign tunnel is called ${shape}; there are ${known}`)
    }
    const foreign = FOREIGN_SHAPES[shape]()
    const { key, provider, tunnel } = foreign
    return session.write(() => {
      if (provider !== null) addProvider(session, provider, null)
      storeTunnel(session, tunnel)
      const made = tunnelFilters(session.connection, key).map((filter) => decodeFilter(filter))
      for (const filter of furtherFilters(made, foreign)) addFilter(session, filter, null)
      return key
    })
  })
}

/** @throws Refusal when there is no such switch or it does not take the value. */
export function setSwitch(sandbox: Sandbox, name: string, value: string): Promise<void> {
  return asAdministrator(sandbox, async (session, engine) => {
    if (!isSwitch(name)) {
      throw new Refusal('ERROR_INVALID_PARAMETER', `no switch ${name}; there are ${Object.keys(SWITCHES).join(', ')}`)
    }
    checkSwitch(name, value)
    const kept = value === SWITCHES[name].initial ? null : value
    await session.write(() => session.connection.setSwitch(name, kept))
    engine.faults.restart() // of this process; others count from their own first call
  })
}

/** Runs a step in a session of its own; on an engine of this process, or on one that is opened for it. */
export async function asAdministrator<T>(
  sandbox: Sandbox,
  step: (session: EngineSession, engine: Engine) => Promise<T>,
): Promise<T> {
  const shared = sandbox instanceof Engine ? sandbox : typeof sandbox === 'object' ? engineOf(sandbox) : undefined
  const engine = shared ?? engineAt(sandbox as SandboxLocation)
  try {
    return await inSession(engine, step)
  } finally {
    if (shared === undefined) engine.shutDown()
  }
}

async function inSession<T>(engine: Engine, step: (session: EngineSession, engine: Engine) => Promise<T>): Promise<T> {
  const handle = engine.open({
    sessionKey: C.GUID_NULL,
    displayData: { name: 'another administrator', description: null },
    flags: 0,
    txnWaitTimeoutInMSec: 0,
    processId: 0,
    sid: null,
    username: null,
    kernelMode: 0,
  })
  try {
    return await step(engine.find(handle).session, engine)
  } finally {
    await engine.close(handle)
  }
}

/** The next step up that is neither the present value nor the last one written. */
function anotherLifetime(present: number, last: number): number {
  for (let candidate = present + STEP_SECONDS; ; candidate += STEP_SECONDS) {
    const valid = candidate > LONGEST_SECONDS ? SHORTEST_SECONDS + (candidate % STEP_SECONDS) : candidate
    if (valid !== present && valid !== last) return valid
    candidate = valid
  }
}
