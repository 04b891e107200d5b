/** What the record beside a tunnel says, when it alone is rewritten, and what is read before it is written. */

import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../../../src/base/json.ts'
import { FORM } from '../../../../src/reconcile/plan/comparable.ts'
import { desiredOf, openLab, WRITING } from '../../../laws/lab.ts'

const tunnel = (description: string, team: string): JsonObject => ({
  apiVersion: 'wfpctl/v1alpha1',
  kind: 'IPsecTunnel',
  metadata: { name: 'hq-dallas', labels: { team } },
  spec: {
    description,
    mode: 'gateway',
    keyModule: 'ikev2',
    endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
    traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
    quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }] },
  },
})

async function lab() {
  const opened = await openLab()
  onTestFinished(() => opened.close())
  const record = async () => {
    const [state] = await opened.provider.observe([{ set: 'default', wanted: [] }])
    return state?.resources.get('IPsecTunnel/hq-dallas')?.record
  }
  return { ...opened, record }
}

describe('the record', () => {
  it('says what was applied: name, set, labels, description, digest and its form, protection, source, filters', async () => {
    const { apply, record } = await lab()
    await apply(desiredOf([tunnel('HQ to Dallas', 'net')], 'gw/hq.yaml'))
    expect(await record()).toEqual({
      kind: 'IPsecTunnel',
      name: 'hq-dallas',
      set: 'default',
      labels: { team: 'net' },
      description: 'HQ to Dallas',
      protect: 'none',
      filterList: expect.stringMatching(/^([0-9a-f]{8}:[0-9a-f]{6} ?)+$/),
      form: FORM,
      digest: expect.stringMatching(/^sha256:/),
      secrets: {},
      shadows: expect.any(Object),
      filters: expect.stringMatching(/^sha256:/),
      seen: {
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        spec: expect.stringContaining('"keyModule":"ikev2"'),
        unverified: ['/virtualInterface'],
      },
      source: { file: 'gw/hq.yaml' },
    })
  })

  it('keeps the description that stands beside the tunnel when a label alone is rewritten', async () => {
    const { apply, calls, record } = await lab()
    await apply(desiredOf([tunnel('HQ to Dallas', 'net')]))
    calls.length = 0
    await apply(desiredOf([tunnel('another text', 'ops')]))
    expect(await record()).toMatchObject({ labels: { team: 'ops' }, description: 'HQ to Dallas' })
    expect(calls.filter((call) => WRITING.test(call))).toEqual([
      'FwpmProviderContextDeleteByKey0',
      'FwpmProviderContextAdd3',
    ])
  })
})

describe('read-back', () => {
  it('gets each changed tunnel by its key and enumerates the filters anew, after the add and before the record', async () => {
    const { apply, calls } = await lab()
    await apply(desiredOf([tunnel('HQ to Dallas', 'net')]))
    const added = calls.indexOf('FwpmIPsecTunnelAdd3')
    const between = calls.slice(added + 1, calls.indexOf('FwpmProviderContextAdd3', added))
    expect(between.filter((call) => call === 'FwpmProviderContextGetByKey3')).toHaveLength(2) // quick mode, main mode
    expect(between).toContain('FwpmFilterCreateEnumHandle0')
    expect(between).not.toContain('FwpmProviderContextCreateEnumHandle0')
  })
})
