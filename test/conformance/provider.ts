/**
 * What the provider makes of an engine, whatever engine that is: the spine's promises, with an injected library. Runs on the sandbox
 * and on the test DLLs; what an engine's version lacks is skipped with the reason in the title.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { keyManager } from '../../src/kinds/key-manager.ts'
import type { Desired, Resource } from '../../src/manifest/model.ts'
import { bind, type RawLibrary } from '../../src/providers/wfp/binding/call/bind.ts'
import { liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import { recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { callVersionOf } from '../../src/providers/wfp/engine/contexts.ts'
import { WfpProvider } from '../../src/providers/wfp/provider.ts'
import { FOREIGN_SHAPES, type ForeignShape } from '../../src/providers/wfp/sandbox/foreign.ts'
import type { SwitchName } from '../../src/providers/wfp/sandbox/switches.ts'
import { manifestYaml } from '../../src/reconcile/export.ts'
import type { Claim, WatchableProvider } from '../../src/reconcile/provider.ts'
import { type Administrator, asAdministrator } from '../laws/administrator.ts'
import { desiredOf, desiredOfFiles, type Lab, openLab, setDocument, WRITING } from '../laws/lab.ts'
import { manifestOf } from '../support/manifest.ts'
import { addForeign } from './foreign.ts'
import { registerKeyManager } from './key-managers.ts'
import { living } from './life.ts'
import { Machine } from './machine.ts'
import { describeFaults } from './provider-faults.ts'
import {
  applied,
  everything,
  FWP_E_OUT_OF_BOUNDS,
  FWP_E_SESSION_ABORTED,
  keyOf,
  NOTHING,
  OTHERS,
  PLAIN_SPEC,
  SET,
  synced,
  TWO,
  tunnel,
} from './scene.ts'
import { SETTINGS, type Setting, type Test, testsUnder } from './settings.ts'

/** An engine that nobody else changes meanwhile, and that is empty. */
export interface OpenEngine {
  readonly raw: RawLibrary
  /** Makes it behave otherwise, until it is opened again. */
  set(name: SwitchName, value: string): Promise<void>
}

export interface Scope {
  /** Why this engine's version has none: their tests are skipped. */
  readonly keyManagers?: string
  /** Only as the engine comes: another build of it is tested under every setting. */
  readonly asItComes?: boolean
}

/** The provider's promises on one engine, however it behaves (SETTINGS), and when its calls fail. */
export function describeProvider(name: string, openEngine: () => OpenEngine, scope: Scope = {}): void {
  for (const setting of SETTINGS.slice(0, scope.asItComes ? 1 : undefined))
    describeUnder(setting, name, openEngine, scope)
  describeFaults(`${name}, when calls fail`, openEngine)
  describe(`${name}, where no document says`, () => unsettledPoints(openEngine, it))
}

function describeUnder(setting: Setting, name: string, openEngine: () => OpenEngine, scope: Scope): void {
  const test = testsUnder(setting)
  describe(`${name}, ${setting.title}`, () => {
    let lab: Lab
    let set: OpenEngine['set']
    let allocations: number

    beforeEach(async () => {
      allocations = liveAllocations()
      const engine = openEngine()
      const { raw } = engine
      set = engine.set
      for (const [name, value] of Object.entries(setting.switches)) await set(name as SwitchName, value)
      lab = accepting(await openLab(raw), setting.accept ?? [])
    })
    afterEach(async () => {
      await lab.close()
      expect(liveAllocations()).toBe(allocations)
    })

    applying(() => lab, test)
    minding(() => lab, test)
    living(() => lab, test)
    versions(() => lab, test)
    watching(() => lab, test)
    const missing = scope.keyManagers
    describe.skipIf(missing)(missing ? `key managers (${missing})` : 'key managers', () =>
      keyManagers(() => ({ lab, set }), test),
    )
  })
}

/** Every set accepts these places. */
function accepting(lab: Lab, places: readonly string[]): Lab {
  const allowed = (desired: Desired): Desired => ({
    ...desired,
    sets: desired.sets.map((set) => ({ ...set, safety: { ...set.safety, acceptReadback: places } })),
  })
  return {
    ...lab,
    plan: (desired, policy) => lab.plan(allowed(desired), policy),
    apply: (desired, policy, between) => lab.apply(allowed(desired), policy, between),
  }
}

function applying(lab: () => Lab, test: Test): void {
  test('has an empty plan after an apply, and after another', async () => {
    await applied(lab())
    await synced(lab())

    await applied(lab(), OTHERS)
    await synced(lab(), OTHERS)
  })

  test('writes nothing when it is applied twice', async () => {
    await applied(lab())
    const before = lab().calls.length

    await lab().apply(TWO)

    const made = lab().calls.slice(before)
    expect(made.filter((call) => WRITING.test(call))).toEqual([])
    expect(made).not.toEqual([])
  })

  test('leaves the engine as it was, or applies, when any call of an apply fails', async () => {
    await applied(lab())
    let before = await everything(lab().raw)
    const failed: number[] = []

    for (let call = 1; ; call += 4) {
      const made = lab().calls.length
      lab().failAt(call, FWP_E_OUT_OF_BOUNDS)
      const ended = await lab()
        .apply(OTHERS)
        .then(
          (reports) => reports.map(({ result }) => result).join(),
          () => 'thrown',
        )
      lab().healthy()
      if (ended === 'applied') {
        await synced(lab(), OTHERS)
        if (lab().calls.length - made <= call) break
        await applied(lab())
        before = await everything(lab().raw) // filters made anew have other keys
      } else {
        failed.push(call)
        expect(await everything(lab().raw), `call ${call}: ${ended}`).toBe(before)
      }
    }

    expect(failed.length).toBeGreaterThan(3)
    await synced(lab(), OTHERS)
  })

  test('leaves nothing of a set that is emptied', async () => {
    const before = await everything(lab().raw)
    await applied(lab())
    expect(await lab().provider.ownedSets()).toEqual([SET])

    await applied(lab(), NOTHING)

    expect(await lab().provider.ownedSets()).toEqual([])
    expect(await everything(lab().raw)).toBe(before)
  })
}

const SHAPES = Object.keys(FOREIGN_SHAPES) as ForeignShape[]
const addTo = ({ raw }: Lab, shape: ForeignShape) => asAdministrator(raw, foreignTunnel(shape))

function minding(lab: () => Lab, test: Test): void {
  for (const shape of SHAPES) {
    test(`leaves two foreign tunnels (${shape}) alone, from the first apply to the last, and lists them by their keys`, async () => {
      const keys = [await addTo(lab(), shape), await addTo(lab(), shape)]
      const before = await everything(lab().raw)

      await applied(lab())
      await applied(lab(), OTHERS)
      await applied(lab(), NOTHING)

      expect(await everything(lab().raw)).toBe(before)
      const listed = await lab().provider.list({ all: true })
      expect(listed.map(({ key }) => key).sort()).toEqual(keys.sort())
      expect(listed).toMatchObject([{ managed: false }, { managed: false }])
    })
  }

  test('gives each foreign tunnel a name of its own, which a manifest may have', async () => {
    for (const shape of [...SHAPES, ...SHAPES]) await addTo(lab(), shape)

    const names = (await lab().provider.list({ all: true })).map(({ name }) => name)
    expect(new Set(names).size).toBe(2 * SHAPES.length)
    expect(desiredOf(names.map((name) => tunnel(name))).resources).toHaveLength(2 * SHAPES.length)
  })

  test('exports foreign tunnels as manifests that are valid, and says what they cannot say', async () => {
    for (const shape of [...SHAPES, ...SHAPES]) await addTo(lab(), shape)

    const yaml = manifestYaml(await lab().provider.list({ all: true }))

    expect(desiredOfFiles([{ path: 'exported.yaml', text: yaml }]).resources).toHaveLength(2 * SHAPES.length)
    expect(yaml).toContain('# its maker calls it "WAN Miniport (IKEv2) [site to site]"')
    expect(yaml).toContain('description: WAN Miniport (IKEv2) [site to site]')
    expect(yaml).toContain('# /traffic/local has no condition: it is everything that is led to this tunnel')
    expect(yaml.match(/# one more set of conditions for the same policy/g)).toHaveLength(4)
  })

  test('shows the main mode of a foreign tunnel, under whatever key it stands', async () => {
    const key = await addTo(lab(), 'firewall')

    const listed = await lab().provider.list({ all: true })
    expect(listed.find((one) => one.key === key)?.spec).toMatchObject({ mainMode: { authentication: [{}] } })
  })

  for (const [name, what] of [
    ['a', 'a tunnel'],
    ['b', 'a tunnel with a main mode'],
  ] as const) {
    test(`finds ${what} that somebody deleted, and makes it again`, async () => {
      await applied(lab())

      await asAdministrator(lab().raw, ({ write }) =>
        write(
          async (engineHandle, fwp) => void (await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: keyOf(name) })),
        ),
      )

      const [plan] = await lab().plan(TWO)
      expect(plan?.changes).toMatchObject([{ action: 'create', cause: 'drift', key: keyOf(name) }])
      await applied(lab())
      await synced(lab())
    })
  }

  test('leaves nothing of a set that is emptied after somebody deleted one of its tunnels', async () => {
    const before = await everything(lab().raw)
    await applied(lab())

    await asAdministrator(lab().raw, ({ write }) =>
      write(
        async (engineHandle, fwp) => void (await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: keyOf('b') })),
      ),
    )
    await applied(lab(), NOTHING)

    expect(await lab().provider.ownedSets()).toEqual([])
    expect(await everything(lab().raw)).toBe(before)
  })

  for (const [what, desired] of [
    ['an emptied set', NOTHING],
    ['a tunnel that is declared again', TWO],
  ] as const) {
    test(`clears what is left of a tunnel that somebody deleted with its record, for ${what}`, async () => {
      const before = await everything(lab().raw)
      await applied(lab())

      await asAdministrator(lab().raw, ({ write }) =>
        write(async (engineHandle, fwp) => {
          await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: keyOf('b') })
          await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key: recordKeyOf(keyOf('b')) })
        }),
      )
      await applied(lab(), desired)
      await synced(lab(), desired)
      await lab().apply(NOTHING, { host: 'gw01', allowEmpty: true })

      expect(await everything(lab().raw)).toBe(before)
    })
  }

  test('finds a tunnel that lost one of its filters, and makes it again', async () => {
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

function foreignTunnel(shape: ForeignShape): (other: Administrator) => Promise<string> {
  return async ({ fwp, session }) => (await addForeign(new Machine(fwp), session.engineHandle, shape)).key
}

function versions(lab: () => Lab, test: Test): void {
  test('names the fields that its version of the call lacks, each at its line', async () => {
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

/** Not of the sandbox, which does what its rules say. */
function unsettledPoints(openEngine: () => OpenEngine, test: Test): void {
  test('warns of what no document settles, once a question, until the probe has answered it', async () => {
    const [local] = [['10.1.0.0/16', '10.3.0.0/16']]
    const psk = { mainMode: { authentication: [{ presharedKey: { env: 'WFPCTL_TEST_SECRET_0' } }] } }
    const traffic = { local, remote: ['10.2.0.0/16'] }
    const { resources } = desiredOf([setDocument(SET), ...['a', 'b'].map((name) => tunnel(name, { ...psk, traffic }))])
    const checkedWith = async (answers: ReadonlyMap<string, string> | undefined) => {
      const { raw } = openEngine()
      const closeLibrary = async () => raw.close?.()
      const options = { name: 'wfp', lockTimeoutMilliseconds: 1000, answers, closeLibrary }
      const provider = await WfpProvider.open(bind(raw), options)
      const found = provider.check(resources).map(({ code, severity }) => `${code} ${severity}`)
      await provider.close()
      return found
    }

    expect(await checkedWith(new Map())).toEqual(['W401 warning', 'W401 warning', 'W401 warning'])
    expect(
      await checkedWith(
        new Map([
          ['several-values', 'yes'],
          ['ikev2-exemptions', 'yes'],
        ]),
      ),
    ).toHaveLength(1)
    expect(await checkedWith(undefined)).toEqual([])
  })
}

function watching(lab: () => Lab, test: Test): void {
  const watchable = (): WatchableProvider => lab().provider

  test('hints at what somebody else changes, and is silent once closed', async () => {
    let hints = 0
    const subscription = await watchable().onChange(() => void hints++)
    await asAdministrator(lab().raw, foreignTunnel('product'))
    await until(() => hints > 0)

    await subscription.close()
    const heard = hints
    await asAdministrator(lab().raw, foreignTunnel('product'))

    await new Promise((settle) => setTimeout(settle, 100))
    expect(hints).toBe(heard)
  })

  test('says that the engine went away, instead of opening another session in silence', async () => {
    const subscription = await watchable().onChange(() => {})
    lab().failAt(0, FWP_E_SESSION_ABORTED)
    await expect(lab().provider.observe([])).rejects.toMatchObject({ sort: 'unavailable' })

    await subscription.close()
    lab().failAt(0, FWP_E_SESSION_ABORTED)
    await expect(lab().provider.observe([])).resolves.toEqual([])
  })

  test('goes on saying so while a set is claimed, also when it listens no longer', async () => {
    const claim = await lab().provider.claim(SET)
    const subscription = await lab().provider.onChange(() => {})
    await subscription.close()

    lab().failAt(0, FWP_E_SESSION_ABORTED)
    await expect(lab().provider.observe([])).rejects.toMatchObject({ sort: 'unavailable' })
    if (claim.held) await claim.release()
  })

  test('claims a set once at a time', async () => {
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

function keyManagers(scene: () => { readonly lab: Lab } & Pick<OpenEngine, 'set'>, test: Test): void {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wfpctl-provider-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const register = () => {
    const spec = { role: 'notify', handler: { builtin: 'audit-log', file: 'log.ndjson' } }
    const manifest = manifestOf('KeyManager', spec, { name: 'sa-audit', path: join(folder, 'a.yaml') })
    const resource: Resource = { kind: keyManager, name: 'sa-audit', set: SET, labels: {}, spec, manifest }
    return scene().lab.provider.register(resource)
  }

  test('are listed while they are registered', async () => {
    const { provider } = scene().lab

    const registration = await register()
    expect(await provider.list({ all: true })).toMatchObject([{ address: 'KeyManager/sa-audit', managed: true }])

    await registration.unregister()
    expect(await provider.list({ all: true })).toEqual([])
  })

  test('know whether their session stands', async () => {
    const registration = await register()
    expect(await registration.stands()).toBe(true)

    await scene().set('fault', 'FwpmProviderGetByKey0#1=lost:1726')

    expect(await registration.stands()).toBe(false)
    await scene().set('fault', '')
    await registration.unregister()
  })

  test('of others have names of their own, whatever their makers call them', async () => {
    const names = ['x\r\nKeyManager/hq   default   yes', 'Contoso Agent', 'Contoso Agent', '\u202e']
    const listed = await asAdministrator(scene().lab.raw, async ({ fwp, session: { engineHandle } }) => {
      for (const [i, name] of names.entries()) {
        const keyManagerKey = `0000000${i}-0000-4000-8000-000000000000`
        await registerKeyManager({ fwp }, engineHandle, { keyManagerKey, displayData: { name, description: null } })
      }
      return scene().lab.provider.list({ all: true })
    })

    expect(listed.map(({ address, displayName, managed }) => [address, displayName, managed])).toEqual([
      ['KeyManager/contoso-agent-00000001', 'Contoso Agent', false],
      ['KeyManager/contoso-agent-00000002', 'Contoso Agent', false],
      ['KeyManager/key-manager', '\u202e', false],
      ['KeyManager/x-keymanager-hq-default-yes', names[0], false],
    ])
    expect(manifestYaml(listed)).not.toMatch(/[\r\u202e]/)
  })
}
