/** Values that are computed once for each object they depend on; they live as long as the object does. */

/** Results of pure functions that outlive a process, by a digest of all that they follow from. It saves work and changes no result. */
export interface Results {
  /** @returns undefined where nothing is known */
  get(digest: string): string | undefined
  /** @param result one line of text */
  put(digest: string, result: string): void
  /** Keeps what was put since. */
  save(): void
}

/** Of texts, which are many, and of trees of files, which are few: who knows the tree looks for none of its texts. */
export interface RememberedResults {
  readonly texts: Results
  readonly trees: Results
}

/** @returns what is known of the key; where nothing is, it is found out, and known from then on */
export function recall<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  if (known.has(key)) return known.get(key) as V
  const value = make()
  known.set(key, value)
  return value
}

/** A pure function of one text, of which the same is asked several times in a row. */
export function rememberingLast<V>(compute: (text: string) => V): (text: string) => V {
  let last: { readonly text: string; readonly value: V } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, value: compute(text) }
    return last.value
  }
}

/** A pure function of two objects, of which the same two are asked many times in a row. */
export function rememberingPair<A extends object, B extends object, V>(compute: (a: A, b: B) => V): (a: A, b: B) => V {
  let last: { readonly a: A; readonly b: B; readonly value: V } | undefined
  return (a, b) => {
    if (last?.a !== a || last.b !== b) last = { a, b, value: compute(a, b) }
    return last.value
  }
}

/** A pure function of one object, computed once for each. What is passed must never be changed afterwards, as nothing in the core is. */
export function remembering<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>()
  return (key) => recall(known, key, () => compute(key))
}
