/**
 * A pure function of one object, computed once for each object. What is passed must never be changed afterwards, as nothing in the core is;
 * what was computed lives as long as the object does.
 */
export function remembering<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>()
  return (key) => {
    const found = known.get(key)
    if (found) return found.value
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}
