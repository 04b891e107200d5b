/** Findings about the library and the engine behind it: what it exports, whether it answers, and what others have in it. */

import type { Guid } from '../../../base/index.ts'
import type { Library, RawLibrary } from '../binding/call/bind.ts'
import type { Parameters } from '../binding/call/signature.ts'
import { IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY } from '../binding/tables/constants/index.ts'
import { type CFunction, functions } from '../binding/tables/functions.ts'
import { EngineError } from '../binding/tables/status/index.ts'
import { type AnyContext, callVersionOf, contextsOf, isStatus, type Session } from '../engine/index.ts'
import { tunnels as tunnelKind } from '../tunnels/kind.ts'
import { type Finding, finding } from './finding.ts'

/** What else asks for a newer library than the tunnel calls tell. */
const KEY_MANAGER_CALL = 'IPsecKeyManagerAddAndRegister0'

export function libraryFindings(raw: RawLibrary, fwp: Library): Finding[] {
  const missing = Object.keys(functions).filter((name) => raw.calls[name] === undefined)
  const needed = missing.filter((name) => !(functions as Record<string, CFunction<Parameters>>)[name]?.options.optional)
  const version = callVersionOf(fwp)
  return [
    needed.length === 0
      ? finding('exports', 'ok', `${raw.name} has every call that tunnels need`, { details: { missing } })
      : finding('exports', 'error', `${raw.name} lacks ${needed.join(', ')}`, {
          fix: 'tunnels need Windows 7 or Windows Server 2008 R2, or later',
          details: { missing },
        }),
    finding('calls', version === 3 ? 'ok' : 'info', `tunnels are added with FwpmIPsecTunnelAdd${version}`, {
      ...(version < 3 && { fix: `fields that need a newer call are refused at their line (E401)` }),
      details: { version, keyManagers: raw.calls[KEY_MANAGER_CALL] !== undefined },
    }),
  ]
}

/** Rights are known by using them: a write transaction is begun and aborted. Opening alone succeeds for everybody. */
export async function rightsFinding(session: Session): Promise<Finding> {
  try {
    await session.transaction('write', async () => ({ commit: false, value: undefined }))
    return finding('rights', 'ok', 'this account may write: a write transaction was begun and aborted')
  } catch (error) {
    if (isStatus(error, 'ERROR_ACCESS_DENIED')) {
      return finding('rights', 'error', 'this account may not write to the engine', {
        fix: 'run from an elevated prompt, as a member of Administrators, or as LocalSystem',
      })
    }
    if (isStatus(error, 'FWP_E_TIMEOUT')) {
      return finding('rights', 'warning', 'somebody else holds the engine’s write lock', {
        fix: 'try again; a security product may hold it long: raise --lock-timeout',
      })
    }
    return refusedFinding('rights', error)
  }
}

/** @throws what is not a refusal of the engine */
export function refusedFinding(check: string, error: unknown): Finding {
  if (!(error instanceof EngineError)) throw error
  const fix = FIXES[error.name] ?? error.help
  return finding(check, 'error', error.message, { fix })
}

const FIXES: { readonly [status: string]: string } = {
  EPT_S_NOT_REGISTERED: 'start the Base Filtering Engine: sc start BFE',
  ERROR_MOD_NOT_FOUND: 'the real engine is on Windows only; elsewhere use --engine sandbox',
}

/** Tunnels by their owner; ours are those of the given providers. */
export async function tunnelFindings(session: Session, ours: ReadonlySet<Guid>): Promise<Finding[]> {
  const byOwner = new Map<Guid | null, AnyContext[]>()
  for (const context of await contextsOf(session, null, tunnelKind.purposes.root)) {
    if (context.providerKey !== null && ours.has(context.providerKey)) continue
    byOwner.set(context.providerKey, [...(byOwner.get(context.providerKey) ?? []), context])
  }
  if (byOwner.size === 0) return [finding('foreign', 'ok', 'no tunnels of others')]
  const findings: Finding[] = []
  for (const [providerKey, tunnels] of byOwner) {
    const provider = await providerName(session, providerKey)
    const count = tunnels.length === 1 ? '1 tunnel' : `${tunnels.length} tunnels`
    findings.push(
      finding('foreign', 'info', `${count} of ${provider}: wfpctl leaves them alone`, {
        details: {
          provider,
          providerKey,
          tunnels: tunnels.map((t) => ({ key: t.providerContextKey, name: t.displayData.name })),
        },
      }),
    )
  }
  return findings
}

async function providerName({ engineHandle, fwp }: Session, key: Guid | null): Promise<string> {
  if (key === null) return 'no provider'
  try {
    const { provider } = await fwp.FwpmProviderGetByKey0({ engineHandle, key })
    return provider.displayData.name ?? key
  } catch (error) {
    if (error instanceof EngineError) return key // not readable for us: its key is all we know
    throw error
  }
}

/** Outside of every transaction: whether the list is allowed in one is not documented. */
export async function keyManagerFinding(session: Session): Promise<Finding> {
  try {
    return await keyManagersFound(session)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return finding('keyManagers', 'skipped', `key managers cannot be listed: ${error.message}`)
  }
}

async function keyManagersFound({ engineHandle, fwp }: Session): Promise<Finding> {
  if (!fwp.IPsecKeyManagersGet0) {
    return finding('keyManagers', 'info', 'this Windows has no key managers', {
      fix: 'they came with Windows 8 and Windows Server 2012',
    })
  }
  const { entries } = await fwp.IPsecKeyManagersGet0({ engineHandle })
  const details = {
    keyManagers: entries.map((e) => ({
      key: e.keyManagerKey,
      name: e.displayData.name,
      dictates: (e.flags & IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY) !== 0,
    })),
  }
  const dictators = details.keyManagers.filter((k) => k.dictates).length
  if (entries.length === 0) return finding('keyManagers', 'info', 'no key manager is registered', { details })
  const count = entries.length === 1 ? '1 key manager is' : `${entries.length} key managers are`
  const dictating = dictators > 0 ? ', one of which dictates keys: no other may' : ''
  return finding('keyManagers', 'info', `${count} registered${dictating}`, { details })
}
