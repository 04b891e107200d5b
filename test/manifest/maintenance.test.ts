/** Maintenance windows: by the clock on the wall, also on the two days of the year on which that is not a day of 24 hours. */

import { describe, expect, it } from 'vitest'
import { positionOf } from '../../src/base/source.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { isOpen, maintenanceWindows, nextOpening } from '../../src/manifest/maintenance.ts'

const at = (text: string) => new Date(text)
const windows = (...all: readonly { readonly [field: string]: string | string[] }[]) =>
  maintenanceWindows([...all]) ?? []

describe('a window', () => {
  const night = windows({ days: ['sat'], from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' })

  it.each([
    ['2026-11-28T20:59:59Z', false],
    ['2026-11-28T21:00:00Z', true],
    ['2026-11-29T02:59:59Z', true],
    ['2026-11-29T03:00:00Z', false],
    ['2026-11-29T22:30:00Z', false],
    ['2026-11-27T23:30:00Z', false],
    ['2026-07-04T20:00:00Z', true],
    ['2026-07-04T19:59:00Z', false],
  ])('over midnight, by the time of its zone: %s → %s', (now, open) => {
    expect(isOpen(night, at(now))).toBe(open)
  })

  it.each([
    [{}, '2026-11-27T12:00:00Z', true],
    [{ from: '00:00', to: '24:00' }, '2026-11-27T23:59:59Z', true],
    [{ days: ['fri'] }, '2026-11-27T23:59:59Z', true],
    [{ days: ['fri'] }, '2026-11-28T00:00:00Z', false],
    [{ from: '08:00', to: '08:01', timeZone: 'Asia/Kathmandu' }, '2026-11-27T02:15:30Z', true],
    [{ from: '08:00', to: '08:01', timeZone: 'Asia/Kathmandu' }, '2026-11-27T02:16:00Z', false],
  ])('%j at %s: %s', (window, now, open) => {
    expect(isOpen(windows(window), at(now))).toBe(open)
  })

  it('that falls into the hour that is left out does not come on that day', () => {
    const early = windows({ from: '02:00', to: '03:00', timeZone: 'Europe/Berlin' })
    const halfHours = Array.from({ length: 48 }, (_, i) => new Date(Date.UTC(2026, 2, 28, 23) + i * 1_800_000))

    expect(halfHours.filter((now) => isOpen(early, now)).map((now) => now.toISOString())).toEqual(
      ['2026-03-30T00:00:00.000Z', '2026-03-30T00:30:00.000Z'].filter((text) =>
        halfHours.some((now) => now.toISOString() === text),
      ),
    )
    expect(nextOpening(early, at('2026-03-28T23:00:00Z'))?.toISOString()).toBe('2026-03-30T00:00:00.000Z')
  })

  it('in the hour that comes twice is open twice', () => {
    const early = windows({ from: '02:00', to: '03:00', timeZone: 'Europe/Berlin' })

    expect(
      ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'].map((t) => isOpen(early, at(t))),
    ).toEqual([true, true, false])
  })

  it('that is open over a change of the clock begins and ends by the wall', () => {
    const night = windows({ from: '22:00', to: '04:00', timeZone: 'America/New_York' })

    // 2026-03-08 02:00 → 03:00: from 03:00Z to 08:00Z, five hours long
    expect(
      ['2026-03-08T02:59Z', '2026-03-08T03:00Z', '2026-03-08T07:59Z', '2026-03-08T08:00Z'].map((t) =>
        isOpen(night, at(t)),
      ),
    ).toEqual([false, true, true, false])
  })
})

describe('the next opening', () => {
  it('is found to the minute, within two weeks', () => {
    const sunday = windows({ days: ['sun'], from: '03:30', to: '04:00', timeZone: 'UTC' })
    expect(nextOpening(sunday, at('2026-11-27T18:24:31Z'))?.toISOString()).toBe('2026-11-29T03:30:00.000Z')
    expect(nextOpening(sunday, at('2026-11-29T03:59:59Z'))?.toISOString()).toBe('2026-12-06T03:30:00.000Z')
    expect(nextOpening(windows({ days: [] }), at('2026-11-27T18:00:00Z'))).toBeUndefined()
  })
})

describe('a manifest', () => {
  const findings = (text: string) =>
    loadDesired(
      [
        {
          path: 's.yaml',
          text: `apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: a }\nspec:\n  prune: true\n  drift:\n    windows:\n${text}`,
        },
      ],
      kindsByName,
    ).diagnostics.map(({ code, message, span }) => {
      const { line, column } = span ? positionOf(span.file, span.start) : { line: 0, column: 0 }
      return `${code} ${line}:${column} ${message}`
    })

  it('has its windows read', () => {
    expect(findings("    - { days: [sat], from: '22:00', to: '04:00', timeZone: Europe/Berlin }\n")).toEqual([])
  })

  it.each([
    ['    - { timeZone: Europe/Atlantis }\n', 'E263 8:19 `Europe/Atlantis` is not a time zone'],
    ["    - { from: '08:00', to: '08:00' }\n", 'E264 8:28 the window ends when it begins'],
    ["    - { from: '00:00', to: '00:00' }\n", 'E264 8:28 the window ends when it begins'],
    ["    - { from: '25:00' }\n", expect.stringContaining('8:15')],
    ['    - { days: [saturday] }\n', expect.stringMatching(/^E204 8:16 /)],
    ['    - { day: sat }\n', expect.stringMatching(/^E200 8:9 /)],
  ])('with %j is told where it is wrong', (text, finding) => {
    expect(findings(text)).toEqual([finding])
  })
})
