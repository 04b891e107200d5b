/** Resources that were held against each other, and had no finding. Of what changes afterwards, that alone is held against what it may meet. */

import { isSameList, type JsonObject, recall } from '../base/index.ts'
import type { Manifest } from './document.ts'
import { meet, type Reach, type Resource } from './model.ts'

/** What is held against each other, by texts: see `Declared.unplaced`. */
export interface Assembly {
  /** documents of sets, which say what is on one host */
  readonly sets: readonly Manifest[]
  readonly members: ReadonlyMap<Manifest, Resource>
}

/** More of them are held against each other as all are. */
const MOST = 500

export class Agreement {
  #last: { readonly sets: readonly Manifest[]; readonly members: ReadonlySet<Manifest> } | undefined
  readonly #reaches = new WeakMap<Manifest, Reach>()

  /** Nothing was found. That holds of these for good, whatever comes beside them. */
  settle({ sets, members }: Assembly): void {
    this.#last = { sets, members: new Set(members.keys()) }
  }

  /** @returns those that changed since nothing was found, and all that they may meet; undefined: any may have a finding */
  inDoubt({ sets, members }: Assembly): readonly Resource[] | undefined {
    const last = this.#last
    if (!last || !isSameList(last.sets, sets)) return undefined
    const fresh: [Manifest, Resource][] = []
    for (const member of members) if (!last.members.has(member[0])) fresh.push(member)
    if (fresh.length === 0) return []
    const reaches = fresh.map(([text, resource]) => this.#reachOf(text, resource))
    if (fresh.length > MOST || !reaches.every((reach) => reach !== undefined)) return undefined
    const neighbours: Resource[] = []
    for (const [text, resource] of members) {
      const own = last.members.has(text) ? this.#reachOf(text, resource) : undefined
      if (own && reaches.some((reach) => meet(own, reach))) neighbours.push(resource)
    }
    return neighbours.length > MOST ? undefined : [...fresh.map(([, resource]) => resource), ...neighbours]
  }

  #reachOf(text: Manifest, resource: Resource): Reach | undefined {
    const { kind, form } = resource
    if (!kind.reach) return undefined
    // what is read for this alone is not kept
    const reach = kind.reach.bind(kind)
    return recall(this.#reaches, text, () => reach(form ? (JSON.parse(form.text) as JsonObject) : resource.spec))
  }
}
