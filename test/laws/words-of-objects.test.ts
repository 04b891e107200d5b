/** `constructor`, which every object of JavaScript has, in the place of each word of every seed: no table of ours has such a row. */

import { expect, it } from 'vitest'
import { READERS, type Reader } from '../fuzz/readers.ts'

/** Each seed once for each of its words, with the first of them replaced. */
function replaced({ seeds }: Reader): Buffer[] {
  return (seeds?.() ?? []).flatMap((seed) => {
    const text = seed.toString('latin1')
    const words = new Set(text.match(/[A-Za-z][A-Za-z0-9]*/g))
    return [...words].map((word) => Buffer.from(text.replace(word, 'constructor'), 'latin1'))
  })
}

it.each(['manifests', 'templates', 'imports'])('%s know no such word', async (name) => {
  const reader = READERS[name] as Reader
  const inputs = replaced(reader)
  expect(inputs.length).toBeGreaterThan(100)

  for (const bytes of inputs) await expect(Promise.resolve(bytes).then(reader.check)).resolves.toBeUndefined()
})
