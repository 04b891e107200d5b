import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, type RawLibrary } from '../../../../src/providers/wfp/binding/call/bind.ts'
import type { ProbeAnswer } from '../../../../src/providers/wfp/doctor/finding.ts'
import { probe } from '../../../../src/providers/wfp/doctor/probe.ts'
import { Session } from '../../../../src/providers/wfp/engine/session.ts'
import { setSwitch, show } from '../../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'

let raw: ReturnType<typeof openSandbox>
beforeEach(() => {
  raw = openSandbox('memory')
})
afterEach(() => {
  raw.close?.()
  expect(raw.failures).toEqual([])
})

async function answers(library: RawLibrary = raw): Promise<ReadonlyMap<string, ProbeAnswer>> {
  const session = await Session.open(bind(library), 1000)
  try {
    return new Map((await probe(session)).map((answer) => [answer.id, answer]))
  } finally {
    await session.close()
  }
}
/** Everything but the sessions, of which looking makes one. */
async function objects(): Promise<object> {
  const { sessions: _, ...rest } = await show(raw)
  return rest
}
const answered = async (id: string, library?: RawLibrary): Promise<string | undefined> =>
  (await answers(library)).get(id)?.answer

describe('probe', () => {
  it('answers every question, and leaves the engine as it was', async () => {
    const before = await objects()

    const found = await answers()

    expect([...found.keys()]).toEqual([
      'add',
      'own-writes',
      'main-mode-key',
      'filters',
      'conditions',
      'preshared-key',
      'read-back',
      'accept-readback',
      'several-values',
      'ikev2-preshared-key',
      'ikev2-exemptions',
      'general-context',
      'delete',
      're-add',
      'delete-unknown',
      'no-conditions',
      'any-endpoints',
      'mixed-modules',
      'no-main-mode',
      'lifetime-1s',
      'lifetime-max',
      'abort',
    ])
    expect(found.get('abort')?.answer).toBe('yes')
    expect(await objects()).toEqual(before)
  })

  it('says what a set has to accept, as a line to paste, and nothing where the engine adds nothing', async () => {
    expect(await answered('accept-readback')).toBe('nothing')
    await setSwitch(raw, 'conditions', 'split')
    expect(await answered('accept-readback')).toBe('nothing')
    await setSwitch(raw, 'conditions', 'profile,interface')

    expect(await answered('accept-readback')).toBe('safety: { acceptReadback: [/traffic/interface, /traffic/profile] }')
    expect(await answered('several-values')).toBe('a filter carries all of them (2)')
    expect(await answered('ikev2-preshared-key')).toBe('yes')
    expect(await answered('ikev2-exemptions')).toMatch(/^none is seen/)
  })

  it('sees filters, a hidden key and a main-mode policy that outlives the delete where the engine keeps it', async () => {
    await setSwitch(raw, 'main-mode', 'kept')
    const found = await answers()

    expect(found.get('filters')?.answer).toMatch(/^9: ALE_AUTH_CONNECT_V4, /)
    expect(found.get('preshared-key')?.answer).toBe('no: its bytes are blanked')
    expect(found.get('delete')).toMatchObject({
      answer: 'the main-mode policy',
      details: { mainMode: true, quickMode: false, filters: 0 },
    })
    expect(found.get('re-add')?.answer).toBe('yes')
    expect(found.get('delete-unknown')?.answer).toBe('FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
  })

  it('sees that nothing outlives the delete where the engine takes the main-mode policy along', async () => {
    expect(await answered('delete')).toBe('nothing')
  })

  it('names the fields that an engine rewrites on read-back', async () => {
    await setSwitch(raw, 'rewrite', 'saIdleTimeout.idleTimeoutSeconds=600')

    expect(await answered('read-back')).toBe('no: /quickMode/idleTimeout/normal')
  })

  it('uses the call that there is', async () => {
    const { FwpmIPsecTunnelAdd3: _, ...calls } = raw.calls

    expect(await answered('add', { ...raw, calls })).toBe('yes')
    expect(await answered('mixed-modules', { ...raw, calls })).toBe(
      'no: FwpmIPsecTunnelAdd2 returned FWP_E_PROVIDER_CONTEXT_MISMATCH',
    )
  })

  it('aborts and answers on when the engine refuses the tunnel', async () => {
    const before = await objects()
    const refusing = { ...raw, calls: { ...raw.calls, FwpmIPsecTunnelAdd3: () => 0xc0000022 } }

    const found = await answers(refusing)

    expect(found.get('add')?.answer).toBe('no: FwpmIPsecTunnelAdd3 returned 0xC0000022')
    expect(found.get('own-writes')?.answer).toBe('no')
    expect(found.get('abort')?.answer).toBe('yes')
    expect(await objects()).toEqual(before)
  })
})
