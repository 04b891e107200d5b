/** What the sets of a host have to do with each other: names that move between them, sets that only the engine knows, trees of others. */

import { type Address, addressOf, type Desired } from '../../manifest/index.ts'
import {
  type AppliedRecord,
  type Moves,
  type Observed,
  type Orphan,
  type SetState,
  stands,
  type UndeclaredSet,
} from './model.ts'
import { type Blocked, isForHost, type Policy } from './policy.ts'

/** @returns the moves of each set, made once for all of them */
export function movesBetween(
  states: readonly SetState[],
  { sets, resources }: Desired,
  policy: Policy,
): (state: SetState) => Moves {
  const here = new Set(sets.filter((set) => isForHost(set, policy)).map(({ name }) => name))
  const home = new Map<Address, string>()
  for (const resource of resources) if (here.has(resource.set)) home.set(addressOf(resource), resource.set)
  const held = new Map(states.map(({ set, resources }) => [set, resources]))
  const moving = states.flatMap((state) =>
    [...state.resources].flatMap(([address, observed]): Moving[] => {
      const to = home.get(address)
      const moves = to !== undefined && to !== state.set && !held.get(to)?.has(address)
      return moves ? [{ from: state.set, to, address, observed }] : []
    }),
  )
  return ({ set }) => ({
    here: new Map(moving.filter(({ to }) => to === set).map(({ address, observed }) => [address, observed])),
    away: new Set(moving.filter(({ from }) => from === set).map(({ address }) => address)),
  })
}

interface Moving {
  readonly from: string
  readonly to: string
  readonly address: Address
  readonly observed: Observed
}

/** What the engine holds of sets that no manifest names. */
export function undeclaredSets(states: readonly SetState[], { sets }: Desired): UndeclaredSet[] {
  const declared = new Set(sets.map(({ name }) => name))
  return states
    .filter(({ set, resources, abandoned }) => !declared.has(set) && (resources.size > 0 || abandoned))
    .map(({ set, resources }) => ({ set, orphans: [...resources.values()].map(orphan) }))
}

export function orphan(observed: Observed): Orphan {
  return {
    address: addressOf(observed),
    key: observed.key,
    protected: observed.record.protect !== 'none',
    missing: !stands(observed),
    ...(observed.leftover && { leftover: true }),
    source: observed.record.source,
  }
}

/** Two clones of one repository are one root, and so are a directory and what is below it. A record that says nothing is nobody's. */
export function isOfOtherRoot({ source }: Pick<AppliedRecord, 'source'>, { root, takeOver }: Policy): boolean {
  if (takeOver || root === undefined || source.root === undefined) return false
  return ![`${root}/`.startsWith(`${source.root}/`), `${source.root}/`.startsWith(`${root}/`)].includes(true)
}

/** The refusal to delete or move what somebody else's files may still declare. */
export function otherRoot(observed: Observed): Blocked {
  const address = addressOf(observed)
  const { file, root } = observed.record.source
  return {
    scope: 'object',
    reason: 'otherRoot',
    address,
    message: `${address} of set ${observed.set} was applied from ${file} of ${root}, and stays: it may still be declared there`,
    help: 'give both trees in one run, or pass --take-over if this tree is the one that counts from now on',
  }
}
