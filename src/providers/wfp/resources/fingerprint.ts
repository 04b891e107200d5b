/** One digest of everything that looking at the sets of this engine depends on. Nothing is read: it is shown, and added up. */

import { hash } from 'node:crypto'
import { type Guid, OWN_DIGEST } from '../../../base/index.ts'
import type { Block, Fingerprint } from '../../../reconcile/provider.ts'
import { beginningOf, ContentDigest, GuidList } from '../binding/ctype/index.ts'
import { FWPM_GENERAL_CONTEXT } from '../binding/tables/constants/index.ts'
import {
  callVersionOf,
  digestKeyKeyOf,
  plain,
  providerKeyOf,
  type Session,
  type Shown,
  type ShownContext,
  type ShownFilter,
  showContexts,
  showFilters,
} from '../engine/index.ts'
import type { WfpKinds } from './kind.ts'
import { setsOf } from './list.ts'
import { asDigestKey } from './owner.ts'

/**
 * In the caller's transaction.
 *
 * Every provider, every context under an owner of ours, and every filter, whoever made it, in the order of the engine. What the engine
 * numbers, weighs and marks by itself is left out.
 *
 * @param answers what this machine has answered, on which findings depend
 */
export async function fingerprintOf(
  session: Session,
  { objects }: WfpKinds,
  answers: ReadonlyMap<string, string> | undefined,
): Promise<Fingerprint> {
  const digestKeys = new Map<string, Uint8Array>()
  const general = [FWPM_GENERAL_CONTEXT]
  const roots = objects.flatMap(({ purposes }) => purposes.root)
  const companions = objects.flatMap(({ purposes: { root: _, ...others } }) => Object.values(others).flat())
  const blocks = new Blocks(new Set(companions))
  try {
    for (const set of await setsOf(session)) {
      const key = digestKeyKeyOf(set)
      for (const types of [general, roots, companions])
        await showContexts(session, { providerKey: providerKeyOf(set), types }, (context, shown) => {
          blocks.addContext(context, shown)
          const own = context.providerContextKey === key ? asDigestKey(context.data) : undefined
          if (own) digestKeys.set(set, Buffer.from(own))
        })
      blocks.end()
    }
    await showFilters(session, (shown) => blocks.addFilter(shown))
    blocks.end()
  } finally {
    blocks.wipe()
  }
  const keys = [...digestKeys].map(([set, key]) => [set, hash(OWN_DIGEST, key)])
  const about = [callVersionOf(session.fwp), [...(answers ?? [])], await providersOf(session), keys]
  const rest = hash(OWN_DIGEST, JSON.stringify(about))
  const digest = hash(OWN_DIGEST, [rest, ...blocks.digests].join(' '))
  return { digest, digestKeys, rest, blocks: blocks.digests, keysIn: (index) => blocks.keysIn(index) }
}

/** Where a block ends is told by the key that follows: so what is added or goes makes other blocks of its neighbours alone. */
class Blocks {
  readonly digests: string[] = []
  /** of each block: how many keys of contexts, and of filters, there are up to its end */
  readonly #ends: (readonly [contexts: number, filters: number])[] = []
  readonly #contexts = new GuidList()
  /** of each filter its key, and that of the context that it refers to */
  readonly #filters = new GuidList()
  readonly #companionTypes: ReadonlySet<number>
  readonly #companions = new Set<Guid>()
  readonly #digest = new ContentDigest()
  /** what the last filter refers to, if that could begin a block */
  #lastFirst: Guid | undefined

  constructor(companionTypes: ReadonlySet<number>) {
    this.#companionTypes = companionTypes
  }

  addContext({ providerContextKey: key, type }: ShownContext, { collect, keysInto }: Shown): void {
    if (beginsWith(beginningOf(key))) this.end()
    if (this.#companionTypes.has(type)) this.#companions.add(key)
    keysInto(this.#contexts)
    this.#digest.add(collect)
  }

  /** The filters of one resource, which come together, are in one block: so the key of a companion begins none. */
  addFilter({ beginning, link, collect, keysInto }: ShownFilter): void {
    const first = beginning !== undefined && beginsWith(beginning) ? link() : undefined
    if (first !== undefined && first !== this.#lastFirst && !this.#companions.has(first)) this.end()
    this.#lastFirst = first
    if (beginning !== undefined) keysInto(this.#filters)
    this.#digest.add(collect)
  }

  end(): void {
    if (this.#digest.count === 0) return
    this.digests.push(this.#digest.end())
    this.#ends.push([this.#contexts.length, this.#filters.length])
  }

  keysIn(index: number): Block {
    const [contexts, filters] = this.#ends[index - 1] ?? [0, 0]
    const [lastContext, lastFilter] = this.#ends[index]!
    const parts: Guid[] = []
    for (let i = contexts; i < lastContext; i++) parts.push(this.#contexts.get(i))
    const referrers: [Guid, Guid][] = []
    for (let i = filters; i < lastFilter; i += 2) referrers.push([this.#filters.get(i), this.#filters.get(i + 1)])
    return { parts, referrers }
  }

  wipe(): void {
    this.#digest.wipe()
  }
}

/** One of eight: by the first 32 bits of its key. */
function beginsWith(beginning: number): boolean {
  return beginning >>> 29 === 0
}

async function providersOf(session: Session): Promise<unknown[]> {
  const { fwp } = session
  const found: unknown[] = []
  const pages = session.enumerate({
    create: (engineHandle) => fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: fwp.FwpmProviderEnum0,
    destroy: fwp.FwpmProviderDestroyEnumHandle0,
  })
  for await (const page of pages) found.push(...page.map(plain))
  return found
}
