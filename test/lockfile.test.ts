/** `npm ci` takes the lock file at its word, on every platform: what it leaves out cannot be installed there. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Entry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
  readonly resolved?: string
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }

/** Where Node looks for it: beside the parent, and beside everything that the parent lies in. */
function placesOf(parent: string, name: string): string[] {
  const above = parent.split('/node_modules/').map((_, i, all) => all.slice(0, all.length - i).join('/node_modules/'))
  return [...above.map((place) => `${place}/node_modules/${name}`), `node_modules/${name}`]
}

describe('package-lock.json', () => {
  it('has an entry for every optional package, other platforms’ binaries included', () => {
    const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !placesOf(parent, name).some((place) => packages[place]))
        .map((name) => `${parent} → ${name}`),
    )

    expect(missing).toEqual([])
  })

  it('names no registry, so that any mirror will do', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })
})
