/** The whole program but its command line, over an in-memory sandbox whose every call is counted and can be made to fail. */

import type { JsonObject } from '../../src/base/json.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import type { Desired } from '../../src/manifest/model.ts'
import { bind, type RawCall, type RawLibrary } from '../../src/providers/wfp/binding/call/bind.ts'
import { WfpProvider } from '../../src/providers/wfp/provider.ts'
import type { WfpKind } from '../../src/providers/wfp/resources/kind.ts'
import { openSandbox } from '../../src/providers/wfp/sandbox/library.ts'
import type { SetReport } from '../../src/reconcile/apply/report.ts'
import type { SetPlan } from '../../src/reconcile/plan/model.ts'
import type { Policy } from '../../src/reconcile/plan/policy.ts'
import type { Provider } from '../../src/reconcile/provider.ts'
import { type Reconciled, reconcile } from '../../src/reconcile/reconcile.ts'
import { SECRET_VARIABLES, textOf } from '../arbitraries/manifests.ts'

export const POLICY: Policy = { host: 'gw01' }

/** Every secret that generated manifests refer to. */
for (const [i, name] of SECRET_VARIABLES.entries()) process.env[name] = `test-secret-number-${i}`

export interface Lab {
  readonly provider: WfpProvider
  readonly raw: RawLibrary
  /** names of the engine calls made so far, in order */
  readonly calls: string[]
  /** from here on, the call with this 0-based number (counted from now) answers with the status instead of being made */
  failAt(call: number, status: number): void
  healthy(): void
  plan(desired: Desired, policy?: Policy): Promise<readonly SetPlan[]>
  /** @param between happens after the plan was made and before it is carried out */
  apply(desired: Desired, policy?: Policy, between?: () => Promise<unknown>): Promise<readonly SetReport[]>
  close(): Promise<void>
}

/** Calls that change something, by what their names begin with. */
export const WRITING =
  /^Fwpm(IPsecTunnelAdd|IPsecTunnelDelete|ProviderAdd|ProviderDelete|ProviderContextAdd|ProviderContextDelete|FilterAdd|FilterDelete)/

/**
 * @param raw the engine; a sandbox of its own when nothing is said
 * @param kinds of the provider; those of the package when nothing is said
 */
export async function openLab(raw: RawLibrary = openSandbox('memory'), kinds?: readonly WfpKind[]): Promise<Lab> {
  const calls: string[] = []
  const fault = { at: Number.POSITIVE_INFINITY, status: 0 }
  const watched: RawLibrary = {
    name: raw.name,
    calls: Object.fromEntries(
      Object.entries(raw.calls).map(([name, call]) => [name, call && watchedCall(name, call, calls, fault)]),
    ),
  }
  const provider = await WfpProvider.open(bind(watched), {
    name: 'sandbox',
    lockTimeoutMilliseconds: 1000,
    ...(kinds && { kinds }),
    closeLibrary: async () => raw.close?.(),
  })
  return {
    provider,
    raw,
    calls,
    failAt: (call, status) => {
      fault.at = calls.length + call
      fault.status = status
    },
    healthy: () => {
      fault.at = Number.POSITIVE_INFINITY
    },
    plan: async (desired, policy = POLICY) => (await planOf(desired, provider, policy)).planned.plans,
    apply: (desired, policy = POLICY, between) => applyTo(provider, desired, policy, between),
    close: () => provider.close(),
  }
}

async function planOf(desired: Desired, provider: Provider, policy: Policy) {
  return accepted(await reconcile({ ...passOf(desired, provider, policy), approve: async () => undefined }))
}

/** One pass that approves everything. */
export async function applyTo(
  provider: Provider,
  desired: Desired,
  policy: Policy,
  between: () => Promise<unknown> = async () => {},
): Promise<readonly SetReport[]> {
  const approve = async () => {
    await between()
    return () => ({ mode: 'commit' }) as const
  }
  return accepted(await reconcile({ ...passOf(desired, provider, policy), approve })).reports ?? []
}

function passOf(desired: Desired, provider: Provider, policy: Policy) {
  const load = async () => ({ ok: true, value: desired, diagnostics: [] }) as const
  return { load, open: async () => provider, policy }
}

function accepted(result: Reconciled) {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('; '))
  return result
}

/** FwpmFreeMemory0 never fails and is not a call on the engine. */
function watchedCall(name: string, call: RawCall, calls: string[], fault: { at: number; status: number }): RawCall {
  if (name === 'FwpmFreeMemory0' || name === 'LocalFree') return call
  return (...words) => {
    calls.push(name)
    return calls.length - 1 === fault.at ? fault.status : call(...words)
  }
}

/** A lab for one case, closed however that ends. */
export async function inLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await openLab()
  try {
    return await work(lab)
  } finally {
    await lab.close()
  }
}

/** Documents → desired state; throws on any error, since generated manifests are valid. */
export function desiredOf(documents: readonly JsonObject[], path = 'generated.yaml'): Desired {
  return desiredOfFiles([{ path, text: textOf(documents) }])
}

export function desiredOfFiles(files: readonly { readonly path: string; readonly text: string }[]): Desired {
  const { desired, diagnostics } = loadDesired(files, kindsByName)
  const errors = diagnostics.filter((d) => d.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((d) => `${d.code} ${d.message}`).join('; '))
  return desired
}

export function setDocument(name: string, spec: JsonObject = { prune: true }): JsonObject {
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'TunnelSet', metadata: { name }, spec }
}
