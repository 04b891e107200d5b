/**
 * docs/one-tunnel.md is run: its manifest goes through the steps that the page tells, and each block shows what the code gives there.
 * After a change, `npx vitest run test/one-tunnel.test.ts -u` writes the blocks anew.
 */

import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Json } from '../src/base/json.ts'
import { paintFor } from '../src/cli/render/paint.ts'
import { renderPlan } from '../src/cli/render/plan.ts'
import { kindsByName } from '../src/kinds/index.ts'
import { loadDesired } from '../src/manifest/load.ts'
import { addressOf, type Resource } from '../src/manifest/model.ts'
import { bind, type Library, type RawCall } from '../src/providers/wfp/binding/call/bind.ts'
import { type AnyContext, dataOf } from '../src/providers/wfp/engine/contexts.ts'
import { WfpProvider } from '../src/providers/wfp/provider.ts'
import { decodeRecord } from '../src/providers/wfp/resources/owner.ts'
import { tamper } from '../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../src/providers/wfp/sandbox/library.ts'
import type { AppliedRecord } from '../src/reconcile/plan/index.ts'
import { type Approval, type Reconciled, reconcile } from '../src/reconcile/reconcile.ts'

const PAGE = 'docs/one-tunnel.md'
const text = readFileSync(PAGE, 'utf8')
/** A block, with the comment before it that names what it shows. */
const BLOCK = /(<!-- shown: ([^>]+) -->\n\n```\w+\n)([\s\S]*?)(^```$)/gm
/** `` `function` in `file` ``, as the page names a place in the source. */
const PLACE = /`(\w+)` in\s+`((?:src|schemas)\/[^`]+)`/g

describe('docs/one-tunnel.md', () => {
  it('shows at each step what the code gives', async () => {
    const shown = await everyStep(blockOf('manifest'))
    const written = text.replace(BLOCK, (block, head: string, title: string, _old, end: string) => {
      if (title === 'manifest') return block
      expect([...shown.keys()]).toContain(title)
      return `${head}${shown.get(title)}\n${end}`
    })

    await expect(written).toMatchFileSnapshot(`../${PAGE}`)
  })

  it('leaves no step out', async () => {
    const titles = [...text.matchAll(BLOCK)].map(([, , title]) => title)

    expect(titles).toEqual(['manifest', ...(await everyStep(blockOf('manifest'))).keys()])
  })

  it.each([...text.matchAll(PLACE)].map(([, name, file]) => [name as string, file as string]))(
    'finds %s in %s',
    (name, file) => {
      expect(readFileSync(file, 'utf8')).toMatch(
        new RegExp(
          `(function|const|class|async|static|export) [^\\n]*\\b${name}\\b|^ +#?${name}[(<]|^  ${name}: `,
          'm',
        ),
      )
    },
  )
})

function blockOf(wanted: string): string {
  const found = [...text.matchAll(BLOCK)].find(([, , title]) => title === wanted)
  if (!found) throw new Error(`${PAGE} has no block ${wanted}`)
  return found[3] as string
}

/** What each step gives, by the title of its block, in the order of the page. */
async function everyStep(manifest: string): Promise<Map<string, string>> {
  const { desired, diagnostics } = loadDesired([{ path: 'hq.yaml', text: manifest }], kindsByName)
  expect(diagnostics).toEqual([])
  const resource = desired.resources[0] as Resource
  const engine = await openWatched()
  const { provider, calls } = engine
  const pass = async (approval?: Approval) =>
    accepted(
      await reconcile({
        load: async () => ({ ok: true, value: desired, diagnostics: [] }),
        open: async () => provider,
        policy: { host: 'gw01' },
        approve: async () => approval,
      }),
    )

  const key = resource.kind.keyOf(resource)
  const [before] = await provider.observe([{ set: resource.set, wanted: [key] }])
  const { planned } = await pass()
  calls.length = 0
  expect((await pass(() => ({ mode: 'commit' }))).reports).toMatchObject([{ result: 'applied', verified: true }])
  const made = [...calls]
  const shown = await provider.transaction(resource.set, async (tx) => ({
    commit: false,
    value: await tx.readBack([{ resource, key }], new Uint8Array(32)),
  }))
  await tamper(engine.raw, key)
  const drifted = await pass()

  const [change] = planned.plans[0]?.changes ?? []
  const add = made.find(({ name }) => name === 'FwpmIPsecTunnelAdd3')
  return new Map([
    ['resource', json({ address: addressOf(resource), set: resource.set, key, labels: resource.labels })],
    ['normal form', json(resource.spec)],
    ['observed, before', json({ ...before, resources: {}, foreign: {}, registered: [] })],
    ['change', json({ ...change, after: 'the resource', ...('form' in change! && { form: 'the normal form' }) })],
    ['plan', renderPlan(planned, paintFor(false)).trimEnd()],
    ['calls', listOf(made.map(({ name }) => name))],
    ['arguments', json(add?.args)],
    ['words', (add?.words ?? []).map(wordText).join(', ')],
    ['read back', json({ ...shown.get(key), parts: A_DIGEST })],
    ['record', json(made.flatMap(recordIn).map(({ key, record }) => ({ key, record: withoutChance(record) }))[0])],
    ['drift', renderPlan(drifted.planned, paintFor(false)).trimEnd()],
  ])
}

/** Of the keys that the engine chose for its filters, too: another one each time. */
const A_DIGEST = 'a digest of its contexts and filters'

function withoutChance(record: AppliedRecord) {
  return { ...record, ...(record.seen && { seen: { ...record.seen, digest: 'a keyed digest' } }) }
}

interface Made {
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  words: readonly (number | bigint)[]
}

/** A provider over a sandbox that lists each call: its arguments, and the words that they became. */
async function openWatched() {
  const calls: Made[] = []
  const raw = openSandbox('memory')
  const listing = (name: string, call: RawCall): RawCall => {
    return (...words) => {
      const made = calls.findLast((one) => one.name === name)
      if (made) made.words = words.map(Number)
      return call(...words)
    }
  }
  const listed = Object.entries(raw.calls).map(([name, call]) => [name, call && listing(name, call)])
  const library = bind({ ...raw, calls: Object.fromEntries(listed) })
  const methods = Object.entries(library).map(([name, method]) => [
    name,
    (args: Made['args'], ...look: readonly unknown[]) => {
      calls.push({ name, args, words: [] })
      return (method as (args: Made['args'], ...look: readonly unknown[]) => unknown)(args, ...look)
    },
  ])
  const provider = await WfpProvider.open(Object.fromEntries(methods) as Library, {
    name: 'sandbox',
    lockTimeoutMilliseconds: 1000,
    closeLibrary: async () => raw.close?.(),
  })
  onTestFinished(() => provider.close())
  return { raw, provider, calls }
}

function accepted(result: Reconciled) {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('; '))
  return result
}

/** The record that a call adds. */
function recordIn({ name, args }: Made) {
  if (name !== 'FwpmProviderContextAdd3') return []
  return decodeRecord(dataOf(args.providerContext as AnyContext)) ?? []
}

/** Call after call; one that follows itself is counted. */
function listOf(names: readonly string[]): string {
  const runs: { name: string; times: number }[] = []
  for (const name of names) {
    const last = runs.at(-1)
    if (last?.name === name) last.times += 1
    else runs.push({ name, times: 1 })
  }
  return runs.map(({ name, times }) => (times === 1 ? name : `${name}   ${times} times`)).join('\n')
}

/** Where something is put differs from run to run. */
function wordText(word: number | bigint): string {
  return word > 0xffff ? 'address' : String(word)
}

/** JSON; 64-bit numbers as text, bytes in hex, and short lists and objects in one line. */
function json(value: unknown): string {
  return lines(JSON.parse(JSON.stringify(value, plain)) as Json, '')
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? `hex ${Buffer.from(value).toString('hex')}` : value
}

const WIDTH = 110

function lines(value: Json, indent: string): string {
  const short = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')
  if (typeof value !== 'object' || value === null || short.length + indent.length <= WIDTH) return short
  const deeper = `${indent}  `
  const members = Array.isArray(value)
    ? value.map((member: Json) => lines(member, deeper))
    : Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${lines(member as Json, deeper)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${members.map((member) => deeper + member).join(',\n')}\n${indent}${close}`
}
