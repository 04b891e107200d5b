/** What the sets of a host have to do with each other: names that move between them, sets that only the engine knows, trees of others. */

import { type Address, addressOf, type Desired, type Resource } from '../../manifest/index.ts'
import {
  type AppliedRecord,
  type Arrival,
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
  const held = new Map(states.map((state) => [state.set, state]))
  const standing = states.filter((state) => state.resources.size > 0)
  const moving: Moving[] = []
  for (const resource of resources) {
    const { set: to, kind } = resource
    if (!here.has(to) || kind.lifetime !== 'transactional') continue
    if (held.get(to)?.resources.has(addressOf(resource))) continue
    const origin = originOf(resource, standing)
    if (origin) moving.push({ to, address: addressOf(resource), arrival: origin })
  }
  return ({ set }) => ({
    here: new Map(moving.filter(({ to }) => to === set).map(({ address, arrival }) => [address, arrival])),
    away: new Set(moving.flatMap(({ arrival: { observed } }) => (observed.set === set ? [addressOf(observed)] : []))),
  })
}

interface Moving {
  readonly to: string
  readonly address: Address
  readonly arrival: Arrival
}

/** What a resource was until now: of the same name in another set, or of a former name in any. Its own set comes first. */
function originOf({ kind, name, set, formerly = [] }: Resource, states: readonly SetState[]): Arrival | undefined {
  const ordered = [...states].sort((a, b) => Number(b.set === set) - Number(a.set === set))
  for (const address of [name, ...formerly].map((one) => addressOf({ kind, name: one })))
    for (const { resources, digestKey } of ordered) {
      const observed = resources.get(address)
      if (observed) return { observed, ...(digestKey && { digestKey }) }
    }
  return undefined
}

/** The keys of digests under which a set's declared secrets are to be compared. */
export interface DigestKeys {
  /** undefined: secrets are only looked for, and nothing stands for them */
  readonly own: Uint8Array | undefined
  /** of what has digests of where it comes from; absent: nothing has */
  readonly arriving?: ReadonlyMap<Address, Uint8Array | undefined>
}

export function digestKeysOf({ digestKey }: SetState, moves: Moves | undefined): DigestKeys {
  const here = [...(moves?.here ?? [])]
  if (here.length === 0) return { own: digestKey }
  return { own: digestKey, arriving: new Map(here.map(([address, arrival]) => [address, arrival.digestKey])) }
}

/** What the engine holds of sets that no manifest names, but for what becomes something that is declared. */
export function undeclaredSets(
  states: readonly SetState[],
  { sets }: Desired,
  moves?: (state: SetState) => Moves,
): UndeclaredSet[] {
  const declared = new Set(sets.map(({ name }) => name))
  return states
    .filter(({ set }) => !declared.has(set))
    .flatMap((state) => {
      const away = moves?.(state).away
      const left = [...state.resources.values()].filter((observed) => !away?.has(addressOf(observed)))
      return left.length > 0 || state.abandoned ? [{ set: state.set, orphans: left.map(orphan) }] : []
    })
}

export function orphan(observed: Observed): Orphan {
  return {
    address: addressOf(observed),
    key: observed.key,
    protected: observed.record.protect !== 'none',
    missing: !stands(observed) && !observed.record.off,
    ...(observed.record.off && !stands(observed) && { off: true as const }),
    ...(observed.leftover && { leftover: true }),
    source: observed.record.source,
  }
}

/** Two clones of one repository are one root, and so are a directory and what is below it. A record that says nothing is nobody's. */
export function isOfOtherRoot({ source }: Pick<AppliedRecord, 'source'>, { root, takeOver }: Policy): boolean {
  if (takeOver || root === undefined || source.root === undefined) return false
  return ![`${root}/`.startsWith(`${source.root}/`), `${source.root}/`.startsWith(`${root}/`)].includes(true)
}

/** Where single files are given, what another file declares is not missing. */
export function isOfOtherFile({ source }: Pick<AppliedRecord, 'source'>, { files }: Policy): boolean {
  return files !== undefined && !files.includes(source.file)
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
