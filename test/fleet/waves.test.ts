import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseWaves, placeWaves, waveOf } from '../../src/fleet/waves.ts'

const hostsOf = (count: number) => Array.from({ length: count }, (_, i) => `host-${i}`)

/** How many hosts are in each wave and in none before it. */
function sizes(text: string, count: number): number[] {
  const waves = placeWaves(parseWaves(text), hostsOf(count))
  const found = hostsOf(count).map((host) => waveOf(waves, host))
  return waves.map((_, i) => found.filter((wave) => wave === i + 1).length)
}

describe('waves', () => {
  it.each([
    ['100%', 7, [7]],
    ['canary:2,10%,50%,100%', 100, [2, 8, 40, 50]],
    ['canary:2,10%,50%,100%', 3, [2, 0, 0, 1]],
    ['1,2,4', 10, [1, 1, 2]],
    ['1%,100%', 3, [1, 2]],
    ['50', 3, [3]],
    ['10%', 5, [1]],
  ])('%s of %i hosts: %j', (text, count, expected) => {
    expect(sizes(text, count)).toEqual(expected)
  })

  it('hold those before them, whoever appears later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.stringMatching(/^[a-z]{1,8}$/)), (count, late) => {
        const waves = placeWaves(parseWaves('canary:2,10%,50%,100%'), hostsOf(count))
        const wavesOfLate = late.map((host) => waveOf(waves, host))
        // the last takes everybody, and where a wave ends grows
        return (
          !wavesOfLate.includes(undefined) &&
          waves.every(({ upTo }, i) => i === 0 || upTo >= (waves[i - 1]?.upTo ?? ''))
        )
      }),
    )
  })

  it('take no notice of the order in which hosts are found', () => {
    const shares = parseWaves('canary:2,50%,100%')

    expect(placeWaves(shares, hostsOf(20).reverse())).toEqual(placeWaves(shares, hostsOf(20)))
  })

  it.each([
    ['canary:0', '`canary:0`, at character 1, is no wave'],
    ['canary:2,,100%', '``, at character 10, is no wave'],
    ['10%,101%', '`101%`, at character 5, is no wave'],
    ['10%,ten', '`ten`, at character 5, is no wave'],
    ['Canary:2', '`Canary:2`, at character 1, is no wave'],
    ['-1', '`-1`, at character 1, is no wave'],
    ['50%,10%', 'wave 10% is no larger than one before it'],
    ['4,canary:2', 'wave canary is no larger than one before it'],
    ['10%,10%', 'wave 10% is no larger than one before it'],
    [
      hostsOf(21)
        .map((_, i) => i + 1)
        .join(),
      '21 waves; at most 20',
    ],
  ])('%s: %s', (text, message) => {
    expect(() => parseWaves(text)).toThrow(message)
  })
})
