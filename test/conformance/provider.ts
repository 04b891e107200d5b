/**
 * What the provider makes of an engine, whatever engine that is: the spine's promises, with an injected library. Runs on the sandbox
 * and on the test DLLs; what an engine's version lacks is skipped with the reason in the title.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import type { TunnelSpec } from '../../src/kinds/ipsec-tunnel/spec.ts'
import { keyManager } from '../../src/kinds/key-manager/kind.ts'
import type { Resource } from '../../src/manifest/model.ts'
import { bind, type Library, type RawLibrary } from '../../src/providers/wfp/binding/call/bind.ts'
import { liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import { callVersionOf } from '../../src/providers/wfp/engine/contexts.ts'
import { encodeTunnel } from '../../src/providers/wfp/tunnels/codec/index.ts'
import type { Claim, WatchableProvider } from '../../src/reconcile/provider.ts'
import { pointToPoint } from '../fixtures/specs.ts'
import { type Administrator, asAdministrator } from '../laws/administrator.ts'
import { desiredOf, type Lab, openLab, setDocument, WRITING } from '../laws/lab.ts'
import { manifestOf } from '../support/manifest.ts'
import { Machine, newKey } from './machine.ts'

/** Opens a library on an engine that nobody else changes meanwhile, and that is empty. */
export type RawLibraryOpener = () => RawLibrary

/** @param lacks what this engine's version cannot do, with the reason: those tests are skipped */
export function describeProvider(
  name: string,
  openRaw: RawLibraryOpener,
  lacks: { readonly keyManagers?: string } = {},
): void {
  describe(name, () => {
    let lab: Lab
    let allocations: number

    beforeEach(async () => {
      allocations = liveAllocations()
      lab = await openLab(openRaw())
    })
    afterEach(async () => {
      await lab.close()
      expect(liveAllocations()).toBe(allocations)
    })

    applying(() => lab)
    minding(() => lab)
    versions(() => lab)
    watching(() => lab)
    describe.skipIf(lacks.keyManagers)(lacks.keyManagers ? `key managers (${lacks.keyManagers})` : 'key managers', () =>
      keyManagers(() => lab),
    )
  })
}

const SET = 'default'
const FWP_E_SESSION_ABORTED = 0x80320010
/** Two ends without a main mode: a tunnel that every version of the call can express. */
const { mainMode: _, description: __, ...PLAIN } = pointToPoint
const PLAIN_SPEC = PLAIN as unknown as JsonObject

function tunnel(name: string, change: JsonObject = {}): JsonObject {
  const spec = { ...PLAIN_SPEC, ...change }
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name, set: SET }, spec }
}

const WITH_MAIN_MODE = { mainMode: { authentication: [{ certificate: { trust: { store: 'trustedRoot' } } }] } }
const TWO = desiredOf([setDocument(SET), tunnel('a'), tunnel('b', WITH_MAIN_MODE)])
const OTHERS = desiredOf([setDocument(SET), tunnel('b', { ...WITH_MAIN_MODE, persistence: 'static' }), tunnel('c')])
const NOTHING = desiredOf([setDocument(SET)])
const MAY_BE_EMPTY = { host: 'gw01', allowEmpty: true }

const keyOf = (name: string) => ipsecTunnel.keyOf({ set: SET, name, spec: {} })

async function applied(lab: Lab, desired = TWO): Promise<void> {
  const reports = await lab.apply(desired, MAY_BE_EMPTY)
  expect(reports.map(({ result }) => result).filter((result) => result !== 'unchanged')).toEqual(['applied'])
}

async function synced(lab: Lab, desired = TWO): Promise<void> {
  const plans = await lab.plan(desired, MAY_BE_EMPTY)
  expect(plans.flatMap(({ changes }) => changes)).toEqual([])
}

/** Everything in the engine but the numbers it gives itself. */
async function everything(lab: Lab): Promise<string> {
  const listed = await lab.provider.list({ all: true })
  return asAdministrator(lab.raw, async ({ fwp, session }) => {
    const filters = await new Machine(fwp).filters(session.engineHandle)
    const plain = (key: string, value: unknown) =>
      key === 'filterId' || key === 'rawContext' ? undefined : typeof value === 'bigint' ? String(value) : value
    return JSON.stringify([listed, filters.map((filter) => JSON.stringify(filter, plain)).sort()], plain)
  })
}

function applying(lab: () => Lab): void {
  it('has an empty plan after an apply, and after another', async () => {
    await applied(lab())
    await synced(lab())

    await applied(lab(), OTHERS)
    await synced(lab(), OTHERS)
  })

  it('writes nothing when it is applied twice', async () => {
    await applied(lab())
    const before = lab().calls.length

    await lab().apply(TWO)

    const made = lab().calls.slice(before)
    expect(made.filter((call) => WRITING.test(call))).toEqual([])
    expect(made).not.toEqual([])
  })

  it('leaves the engine as it was when any call of an apply fails', async () => {
    await applied(lab())
    const before = await everything(lab())
    const failed: number[] = []

    for (let call = 1; ; call += 4) {
      lab().failAt(call, FWP_E_OUT_OF_BOUNDS)
      const ended = await lab()
        .apply(OTHERS)
        .then(
          (reports) => reports.map(({ result }) => result).join(),
          () => 'thrown',
        )
      lab().healthy()
      if (ended === 'applied') break
      failed.push(call)
      expect(await everything(lab()), `call ${call}: ${ended}`).toBe(before)
    }

    expect(failed.length).toBeGreaterThan(3)
    await synced(lab(), OTHERS)
  })

  it('leaves nothing of a set that is emptied', async () => {
    const before = await everything(lab())
    await applied(lab())
    expect(await lab().provider.ownedSets()).toEqual([SET])

    await applied(lab(), NOTHING)

    expect(await lab().provider.ownedSets()).toEqual([])
    expect(await everything(lab())).toBe(before)
  })
}

const FWP_E_OUT_OF_BOUNDS = 0x80320028

function minding(lab: () => Lab): void {
  it('leaves a foreign tunnel alone, from the first apply to the last', async () => {
    const key = await asAdministrator(lab().raw, addForeignTunnel)
    const before = await everything(lab())

    await applied(lab())
    await applied(lab(), OTHERS)
    await applied(lab(), NOTHING)

    expect(await everything(lab())).toBe(before)
    expect(await lab().provider.list({ all: true })).toMatchObject([{ key, managed: false }])
  })

  it('finds a tunnel that somebody deleted, and makes it again', async () => {
    await applied(lab())

    await asAdministrator(lab().raw, ({ write }) =>
      write(
        async (engineHandle, fwp) => void (await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: keyOf('a') })),
      ),
    )

    const [plan] = await lab().plan(TWO)
    expect(plan?.changes).toMatchObject([{ action: 'create', cause: 'drift', key: keyOf('a') }])
    await applied(lab())
    await synced(lab())
  })

  it('finds a tunnel that lost one of its filters, and makes it again', async () => {
    await applied(lab())

    await asAdministrator(lab().raw, ({ fwp, session, write }) =>
      write(async (engineHandle) => {
        const [filter] = await new Machine(fwp).filtersOf(session.engineHandle, keyOf('b'))
        await fwp.FwpmFilterDeleteByKey0({ engineHandle, key: filter!.filterKey })
      }),
    )

    const [plan] = await lab().plan(TWO)
    expect(plan?.changes).toMatchObject([{ action: 'replace', cause: 'drift', key: keyOf('b') }])
    await applied(lab())
    await synced(lab())
  })
}

/** A tunnel of another owner, by the call that every Windows has. */
async function addForeignTunnel({ write }: Administrator): Promise<string> {
  const [key, providerKey] = [newKey(), newKey()]
  const identity = { name: 'theirs', key, providerKey }
  await write(async (engineHandle, fwp) => {
    await fwp.FwpmProviderAdd0({ engineHandle, provider: foreignProvider(providerKey), sd: null })
    const call = encodeTunnel(PLAIN as TunnelSpec, identity, () => new Uint8Array(), 1)
    await fwp.FwpmIPsecTunnelAdd1({ engineHandle, ...call, sd: null })
  })
  return key
}

function foreignProvider(providerKey: string): Parameters<Library['FwpmProviderAdd0']>[0]['provider'] {
  return {
    providerKey,
    displayData: { name: 'Contoso VPN', description: null },
    flags: 1,
    providerData: new Uint8Array(),
    serviceName: null,
  }
}

function versions(lab: () => Lab): void {
  it('names the fields that its version of the call lacks, each at its line', async () => {
    const version = callVersionOf(bind(lab().raw))
    const [local, quickMode] = ['10.0.0.1', PLAIN_SPEC.quickMode as JsonObject]
    const fields: readonly (readonly [JsonObject, string, number])[] = [
      [{ endpoints: { local, remote: ['10.0.0.2', '10.0.0.3'] } }, '/endpoints/remote', 2],
      [{ endpoints: { local, remote: '10.0.0.2', compartment: 2 } }, '/endpoints/compartment', 3],
      [{ quickMode: { ...quickMode, trafficSelectors: [{ flags: 1 }] } }, '/quickMode/trafficSelectors', 3],
    ]
    for (const [change, pointer, needs] of fields) {
      const { resources } = desiredOf([setDocument(SET), tunnel('a', change)])

      const findings = lab().provider.check(resources)

      const expected = { code: 'E401', span: resources[0]!.manifest.at(`/spec${pointer}`) }
      expect(findings).toMatchObject(needs > version ? [expected] : [])
    }
  })
}

function watching(lab: () => Lab): void {
  const watchable = (): WatchableProvider => lab().provider

  it('hints at what somebody else changes, and is silent once closed', async () => {
    let hints = 0
    const subscription = await watchable().onChange(() => void hints++)
    await asAdministrator(lab().raw, addForeignTunnel)
    await until(() => hints > 0)

    await subscription.close()
    const heard = hints
    await asAdministrator(lab().raw, addForeignTunnel)

    await new Promise((settle) => setTimeout(settle, 100))
    expect(hints).toBe(heard)
  })

  it('says that the engine went away, instead of opening another session in silence', async () => {
    const subscription = await watchable().onChange(() => {})
    lab().failAt(0, FWP_E_SESSION_ABORTED)
    await expect(lab().provider.observe([])).rejects.toMatchObject({ sort: 'unavailable' })

    await subscription.close()
    lab().failAt(0, FWP_E_SESSION_ABORTED)
    await expect(lab().provider.observe([])).resolves.toEqual([])
  })

  it('goes on saying so while a set is claimed, also when it listens no longer', async () => {
    const claim = await lab().provider.claim(SET)
    const subscription = await lab().provider.onChange(() => {})
    await subscription.close()

    lab().failAt(0, FWP_E_SESSION_ABORTED)
    await expect(lab().provider.observe([])).rejects.toMatchObject({ sort: 'unavailable' })
    if (claim.held) await claim.release()
  })

  it('claims a set once at a time', async () => {
    const [claim, another] = [await watchable().claim(SET), await watchable().claim('another')]
    expect([claim.held, another.held]).toEqual([true, true])
    expect(await watchable().claim(SET)).toMatchObject({ held: false, holder: expect.stringMatching(/process/) })

    await release(claim)
    const again = await watchable().claim(SET)

    expect(again.held).toBe(true)
    await release(again)
    await release(another)
  })
}

async function release(claim: Claim): Promise<void> {
  if (claim.held) await claim.release()
}

async function until(there: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !there(); tries++) await new Promise((settle) => setTimeout(settle, 10))
  expect(there()).toBe(true)
}

function keyManagers(lab: () => Lab): void {
  it('are listed while they are registered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wfpctl-provider-'))
    const spec = { role: 'notify', handler: { builtin: 'audit-log', file: 'log.ndjson' } }
    const manifest = manifestOf('KeyManager', spec, { name: 'sa-audit', path: join(folder, 'a.yaml') })
    const resource: Resource = { kind: keyManager, name: 'sa-audit', set: SET, labels: {}, spec, manifest }

    const registration = await lab().provider.register(resource)
    expect(await lab().provider.list({ all: true })).toMatchObject([{ address: 'KeyManager/sa-audit', managed: true }])

    await registration.unregister()
    expect(await lab().provider.list({ all: true })).toEqual([])
    rmSync(folder, { recursive: true })
  })
}
