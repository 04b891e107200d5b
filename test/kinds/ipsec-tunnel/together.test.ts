/** Sections that stand in many tunnels in the same words are read once (`readOnce`, `Sections`). Nobody is to see that. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { JsonObject } from '../../../src/base/index.ts'
import { kindsByName } from '../../../src/kinds/index.ts'
import { loadDesired } from '../../../src/manifest/index.ts'
import { tunnelSpecs } from '../../arbitraries/manifests.ts'

/** What others declare is another matter. */
const kinds = new Map([...kindsByName].map(([name, { crossCheck: _, ...kind }]) => [name, kind]))

interface Tunnel {
  readonly name: string
  readonly text: string
}

const tunnelOf = (spec: JsonObject, i: number): Tunnel => {
  const name = `t${i}`
  return {
    name,
    text: `---\n${stringify({ apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name }, spec })}`,
  }
}

/** What the documents of a file mean, and what is wrong with each, by offsets into it. */
function readingOf(tunnels: readonly Tunnel[]) {
  const { desired, diagnostics } = loadDesired([{ path: 'a', text: tunnels.map(({ text }) => text).join('') }], kinds)
  let end = 0
  return tunnels.map(({ name, text }) => {
    const start = end
    end += text.length
    return {
      spec: desired.resources.find((resource) => resource.name === name)?.spec,
      found: diagnostics
        .filter(({ span }) => span && span.start >= start && span.start < end)
        .map(({ code, message, label, help, span, related }) => ({
          ...{ code, message, label, help, from: span!.start - start, to: span!.end - start },
          related: related?.map(({ text, at }) => [text, at.start - start]),
        })),
    }
  })
}

/** A few sections and what decides about the rest, in every combination: some of them contradict each other. */
const mixed = fc.array(tunnelSpecs(), { minLength: 2, maxLength: 3 }).map((specs) =>
  specs.flatMap((one) =>
    specs.flatMap(({ mainMode, extendedMode, quickMode }) =>
      specs.map(({ keyModule }) => {
        const sections = { ...(mainMode && { mainMode }), ...(extendedMode && { extendedMode }) }
        return { ...one, ...sections, quickMode: quickMode!, keyModule: keyModule! }
      }),
    ),
  ),
)

describe('a tunnel', () => {
  it('means the same, and has the same findings, whatever tunnels are read with it', () => {
    const seen = { whole: 0, found: 0 }
    fc.assert(
      fc.property(mixed, (specs) => {
        const tunnels = specs.map(tunnelOf)
        const together = readingOf(tunnels)
        for (const { spec, found } of together) {
          seen.found += found.length
          if (spec) seen.whole++
        }

        expect(together).toEqual(tunnels.flatMap((one) => readingOf([one])))
      }),
      { numRuns: 60 },
    )
    expect(seen.whole).toBeGreaterThan(100)
    expect(seen.found).toBeGreaterThan(100)
  })
})
