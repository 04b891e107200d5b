/** What one tree would change after another, on each host: no engine is asked. */

import { describe, expect, it } from 'vitest'
import { kindsByName } from '../../../src/kinds/index.ts'
import { loadDesired } from '../../../src/manifest/load.ts'
import { plansBetween } from '../../../src/reconcile/plan/index.ts'
import { many, tunnel, tunnelSet } from '../../cli/manifests.ts'
import { exampleFiles, exampleNames } from '../../support/examples.ts'

const desiredOf = (...documents: string[]) =>
  loadDesired([{ path: 'a.yaml', text: many(...documents) }], kindsByName).desired
const NOTHING = { sets: [], resources: [] }

/** `['GW1', 'replace IPsecTunnel/a']` */
function told(before: ReturnType<typeof desiredOf>, after: ReturnType<typeof desiredOf>) {
  return plansBetween(before, after).map(({ host = 'any', plans, undeclared }) => [
    host,
    ...plans.flatMap(({ changes }) => changes.map(({ action, address }) => `${action} ${address}`)),
    ...plans.flatMap(({ skipped, orphans }) =>
      orphans.map(({ address }) => `${skipped ? 'skipped' : 'orphan'} ${address}`),
    ),
    ...undeclared.flatMap(({ orphans }) => orphans.map(({ address }) => `undeclared ${address}`)),
  ])
}

const setOn = (name: string, host: string, prune = true) => tunnelSet(name, `prune: ${prune}, host: ${host}`)
const one = (name: string, set: string, more: object = {}) => tunnel(name, { set, ...more })
const manager = (set: string, file: string) =>
  `apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: audit, set: ${set} }\nspec: { role: notify, handler: { builtin: audit-log, file: ${file} } }\n`

describe('between two trees', () => {
  it.each(exampleNames)('nothing changes from the example %s to itself, and all of it from nothing', (name) => {
    const { desired } = loadDesired(exampleFiles(name), kindsByName)
    expect(told(desired, desired).flatMap(([, ...changes]) => changes)).toEqual([])
    const created = plansBetween(NOTHING, desired).flatMap(({ plans }) => plans.flatMap(({ changes }) => changes))
    expect(created.map(({ address }) => address).sort()).toEqual(
      desired.resources.map(({ kind, name: own }) => `${kind.name}/${own}`).sort(),
    )
  })

  it('each host that is named has its own changes; a set without one is told once', () => {
    const before = desiredOf(
      setOn('a', 'GW1'),
      setOn('b', 'GW2'),
      one('a1', 'a'),
      one('b1', 'b', { net: 2 }),
      tunnel('free', { net: 3 }),
    )
    const after = desiredOf(
      setOn('a', 'GW1'),
      setOn('b', 'GW2'),
      one('a1', 'a', { time: '2h' }),
      one('b1', 'b', { net: 2 }),
      tunnel('free', { net: 3, time: '3h' }),
    )

    expect(told(before, after)).toEqual([
      ['any', 'replace IPsecTunnel/free'],
      ['GW1', 'replace IPsecTunnel/a1'],
      ['GW2'],
    ])
  })

  it('a tunnel that goes to another host is deleted here and made there; within a host it moves', () => {
    const sets = [setOn('a', 'GW1'), setOn('b', 'GW2'), setOn('c', 'GW1')]
    const before = desiredOf(...sets, one('x', 'a'), one('y', 'a', { net: 2 }))
    const after = desiredOf(...sets, one('x', 'b'), one('y', 'c', { net: 2 }))

    expect(told(before, after)).toEqual([
      ['GW1', 'delete IPsecTunnel/x', 'move IPsecTunnel/y'],
      ['GW2', 'create IPsecTunnel/x'],
    ])
  })

  it('what a host keeps of a set that left it, or that is declared no more, is said', () => {
    const before = desiredOf(setOn('a', 'GW1'), setOn('b', 'GW1'), one('x', 'a'), one('y', 'b', { net: 2 }))

    expect(told(before, desiredOf(setOn('a', 'GW2'), one('x', 'a')))).toEqual([
      ['GW1', 'skipped IPsecTunnel/x', 'undeclared IPsecTunnel/y'],
      ['GW2', 'create IPsecTunnel/x'],
    ])
  })

  it('a rename, a set that does not prune, and one that is off are what they are in a plan', () => {
    const before = desiredOf(
      setOn('a', 'GW1', false),
      one('old', 'a'),
      one('gone', 'a', { net: 2 }),
      one('off', 'a', { net: 3 }),
    )
    const after = desiredOf(
      setOn('a', 'GW1', false),
      one('new', 'a', { formerly: 'old' }),
      one('off', 'a', { net: 3, enabled: false }),
    )

    expect(told(before, after)).toEqual([
      ['GW1', 'disable IPsecTunnel/off', 'move IPsecTunnel/new', 'orphan IPsecTunnel/gone'],
    ])
    expect(told(after, after).flatMap(([, ...changes]) => changes)).toEqual([])
  })

  it('budgets and protection are told, since they would refuse it', () => {
    const set = tunnelSet('a', 'prune: true, safety: { maxDelete: 0 }')
    const before = desiredOf(set, one('x', 'a'), one('kept', 'a', { net: 2, protect: 'delete' }))
    const [{ plans }] = plansBetween(before, desiredOf(set)) as [ReturnType<typeof plansBetween>[number]]

    expect(plans[0]?.blocked.map(({ reason }) => reason).sort()).toEqual(['empty', 'maxDelete', 'protected'])
  })

  it('key managers are compared, and count for no budget', () => {
    const set = tunnelSet('a', 'prune: false, safety: { maxDelete: 0, maxReplace: 0 }')
    const [first, second] = [desiredOf(set, manager('a', './x')), desiredOf(set, manager('a', './y'))]

    expect(told(first, first)).toEqual([['any']])
    expect(told(first, second)).toEqual([['any', 'replace KeyManager/audit']])
    expect(told(first, desiredOf(set))).toEqual([['any', 'delete KeyManager/audit']])
    expect(plansBetween(first, second)[0]?.plans[0]?.blocked).toEqual([])
  })

  it('a secret that is kept elsewhere counts as changed, one that is kept where it was does not', () => {
    const [a, b] = [desiredOf(tunnel('x', { psk: 'env: A' })), desiredOf(tunnel('x', { psk: 'env: B' }))]
    const differences = plansBetween(a, b)[0]?.plans[0]?.changes[0]?.differences

    expect(told(a, a)).toEqual([['any']])
    expect(differences).toEqual([
      { path: '/mainMode/authentication/0/presharedKey', sensitive: true },
      { path: '/mainMode/authentication/0/presharedKey/env', before: 'A', after: 'B', sensitive: false },
    ])
  })
})
