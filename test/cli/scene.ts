/** A sandbox in a state before and a state after, and processes that are killed on the way from one to the other. */

import { cpSync, rmSync } from 'node:fs'
import { expect } from 'vitest'
import { show } from '../../src/providers/wfp/sandbox/admin.ts'
import { type Workbench, workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'

export const SET = tunnelSet('lab', 'prune: true')
export const lab = (name: string, net: number, time?: string) =>
  tunnel(name, { set: 'lab', net, ...(time && { time }) })

/** Everything the engine holds but what it numbers itself and who is connected. */
export async function stateOf(directory: string): Promise<string> {
  const { providers, contexts, filters, keyManagers } = await show({ directory })
  return JSON.stringify({ providers, contexts, filters, keyManagers }, (key, value) =>
    key === 'providerContextId' ? undefined : value,
  )
}

/** A sandbox in its state before, kept aside so that every kill starts from the same bytes. */
export class Scene {
  readonly bench: Workbench = workbench()
  before = ''
  after = ''

  get saved(): string {
    return `${this.bench.sandbox}.saved`
  }

  async prepare(first: string, second: string): Promise<void> {
    const { bench } = this
    await bench.write('m.yaml', first)
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
    this.before = await stateOf(bench.sandbox)
    cpSync(bench.sandbox, this.saved, { recursive: true })
    await bench.write('m.yaml', second)
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
    this.after = await stateOf(bench.sandbox)
    expect(this.after).not.toBe(this.before)
  }

  restore(): void {
    rmSync(this.bench.sandbox, { recursive: true, force: true })
    cpSync(this.saved, this.bench.sandbox, { recursive: true })
  }

  /** @returns whether the process died of it, and the state it left */
  async killAt(fault: string): Promise<{ readonly killed: boolean; readonly state: string }> {
    this.restore()
    const ran = await this.bench.runWith({ WFPCTL_SANDBOX_FAULT: fault }, 'apply', '--auto-approve')
    return { killed: ran.signal === 'SIGKILL', state: await stateOf(this.bench.sandbox) }
  }
}
