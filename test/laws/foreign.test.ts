/** L3: what is not ours is untouched, byte for byte, whatever we do and whatever somebody does to ours. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Guid, JsonObject } from '../../src/base/json.ts'
import type { Library } from '../../src/providers/wfp/binding/call/bind.ts'
import { pack, type StructType } from '../../src/providers/wfp/binding/ctype/index.ts'
import * as sdk from '../../src/providers/wfp/binding/tables/constants/index.ts'
import {
  FWPM_FILTER0,
  FWPM_PROVIDER_CONTEXT3,
  FWPM_PROVIDER0,
} from '../../src/providers/wfp/binding/tables/structs/index.ts'
import { providerKeyOf, recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { addForeign, remove, tamper } from '../../src/providers/wfp/sandbox/admin.ts'
import { manifests } from '../arbitraries/manifests.ts'
import { general, filter as sampleFilter, provider as sampleProvider } from '../conformance/samples.ts'
import { gateway } from '../fixtures/specs.ts'
import { type Administrator, addTunnel, asAdministrator } from './administrator.ts'
import { desiredOf, type Lab, openLab, setDocument } from './lab.ts'

const SETS = ['default', 'lab'] as const
const ALLOW = { host: 'gw01', allowEmpty: true }
const OURS = providerKeyOf('default')
/** A tunnel under our provider's key, but without a record: somebody's, who borrowed the owner. */
const BORROWED: Guid = 'b0220000-0000-4000-8000-000000000001'
const NOTE: Guid = 'b0220000-0000-4000-8000-000000000002'

type Step =
  | { readonly what: 'apply'; readonly documents: readonly JsonObject[] }
  | { readonly what: Meddling | 'destroy' }
type Meddling = 'tamper' | 'remove'

const documents = manifests({ maxLength: 3, sets: SETS }).map((generated) => [
  setDocument('lab'),
  setDocument('default'),
  ...generated,
])
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: documents.map((all): Step => ({ what: 'apply', documents: all })) },
    { weight: 2, arbitrary: fc.constantFrom<Step>({ what: 'tamper' }, { what: 'remove' }, { what: 'destroy' }) },
  ),
  { minLength: 2, maxLength: 5 },
)

it('L3: foreign objects are untouched, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(documents, steps, async (first, following) => {
      const lab = await openLab()
      try {
        await lab.apply(desiredOf(first), ALLOW)
        const own = await imagesOf(lab)
        await addForeign(lab.raw)
        await addForeign(lab.raw)
        await asAdministrator(lab.raw, addStrangers)
        const foreign = new Map([...(await imagesOf(lab))].filter(([key]) => !own.has(key) && !key.endsWith(OURS)))
        // three tunnels with their filters, three contexts and a filter that stand alone, and their owners
        expect(foreign.size).toBeGreaterThan(20)

        for (const step of following) {
          await take(lab, step)

          const now = await imagesOf(lab)
          expect(new Map([...foreign.keys()].map((key) => [key, now.get(key)]))).toEqual(foreign)
        }
      } finally {
        await lab.close()
      }
    }),
    { numRuns: 15 },
  )
})

async function take(lab: Lab, step: Step): Promise<void> {
  if (step.what === 'apply') {
    const reports = await lab.apply(desiredOf(step.documents), ALLOW)
    expect(reports.flatMap((r) => r.diagnostics)).toEqual([])
  } else if (step.what === 'destroy') {
    await lab.apply(desiredOf([setDocument('lab'), setDocument('default')]), ALLOW)
  } else {
    const [own] = (await lab.provider.list({ all: false })).filter((l) => l.kind.name === 'IPsecTunnel')
    if (own) await (step.what === 'tamper' ? tamper(lab.raw, own.key) : remove(lab.raw, own.key))
  }
}

/** Contexts with and without an owner, one that calls itself a record, a filter, and a tunnel under our own provider. */
async function addStrangers({ write }: Administrator): Promise<void> {
  await write(async (engineHandle, fwp) => {
    const stranger = sampleProvider({ providerData: Uint8Array.of(1, 2, 3) })
    await fwp.FwpmProviderAdd0({ engineHandle, provider: stranger, sd: null })
    const { providerKey } = stranger
    await addContext(fwp, engineHandle, general(Uint8Array.of(9), { providerKey }))
    await addContext(fwp, engineHandle, general(Uint8Array.of(8)))
    await addContext(fwp, engineHandle, general(Buffer.from('{"magic":"wfpctl-record"}'), { providerKey }))
    await fwp.FwpmFilterAdd0({ engineHandle, filter: sampleFilter({ providerKey }), sd: null })
  })
  await write(async (engineHandle, fwp) => {
    const owner = { ...sampleProvider(), providerKey: OURS, flags: sdk.FWPM_PROVIDER_FLAG_PERSISTENT }
    await fwp.FwpmProviderAdd0({ engineHandle, provider: owner, sd: null }).catch(() => undefined) // ours may be there
    const spec = { ...gateway, persistence: 'persistent' } as unknown as JsonObject
    await addTunnel(fwp, engineHandle, spec, { name: 'borrowed', key: BORROWED, providerKey: OURS })
    // says that it is about the tunnel above, and is no record
    const note = { providerContextKey: NOTE, providerKey: OURS, flags: sdk.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT }
    await addContext(fwp, engineHandle, general(Buffer.from(recordKeyOf(BORROWED)), note))
  })
}

async function addContext(fwp: Library, engineHandle: number, context: ReturnType<typeof general>): Promise<void> {
  const providerContext = { ...context } as Parameters<
    Library['FwpmProviderContextAdd2'] & object
  >[0]['providerContext']
  await fwp.FwpmProviderContextAdd2!({ engineHandle, providerContext, sd: null })
}

/** Every object of the engine as the bytes of its structure, by what it is and its key. */
function imagesOf(lab: Lab): Promise<Map<string, string>> {
  return asAdministrator(lab.raw, async ({ session, fwp }) => {
    const images = new Map<string, string>()
    const note = <T>(type: StructType<T>, key: Guid, value: T) =>
      images.set(`${type.name} ${key}`, pack(type, value).toString('hex'))
    const contexts = session.enumerate({
      create: (engineHandle) => fwp.FwpmProviderContextCreateEnumHandle0({ engineHandle, enumTemplate: null }),
      next: (args) => fwp.FwpmProviderContextEnum3!(args),
      destroy: (args) => fwp.FwpmProviderContextDestroyEnumHandle0(args),
    })
    for await (const page of contexts) for (const it of page) note(FWPM_PROVIDER_CONTEXT3, it.providerContextKey, it)
    const filters = session.enumerate({
      create: (engineHandle) => fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null }),
      next: (args) => fwp.FwpmFilterEnum0(args),
      destroy: (args) => fwp.FwpmFilterDestroyEnumHandle0(args),
    })
    for await (const page of filters) for (const it of page) note(FWPM_FILTER0, it.filterKey, it)
    const providers = session.enumerate({
      create: (engineHandle) => fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
      next: (args) => fwp.FwpmProviderEnum0(args),
      destroy: (args) => fwp.FwpmProviderDestroyEnumHandle0(args),
    })
    for await (const page of providers) for (const it of page) note(FWPM_PROVIDER0, it.providerKey, it)
    return images
  })
}
