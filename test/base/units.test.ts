import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, formatSize, parseBudget, parseDuration, parseSize } from '../../src/base/units.ts'

describe('durations', () => {
  it.each([
    ['8h', 28_800],
    ['90s', 90],
    ['1h30m', 5_400],
    ['1d', 86_400],
    ['0s', 0],
  ])('reads %s as %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  it.each(['', '8', 'h', '8 h', '-1h', '1.5h', '30m1h', '8H', '9007199254740993s', '8hours'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it.each([
    [5_400, '90m'],
    [86_400, '1d'],
    [90, '90s'],
    [0, '0s'],
  ])('spells %i seconds %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('reads back what it spells', () => {
    fc.assert(fc.property(fc.nat(2 ** 31), (n) => parseDuration(formatDuration(n)) === n))
  })
})

describe('data volumes', () => {
  it.each([
    ['500KB', 500],
    ['100MB', 100_000],
    ['2GB', 2_000_000],
  ])('reads %s as %i kilobytes', (text, kilobytes) => {
    expect(parseSize(text)).toBe(kilobytes)
  })

  it.each(['', '100', '100mb', '1.5GB', '100 MB', '1TB', 'MB'])('refuses %j', (text) => {
    expect(parseSize(text)).toBeUndefined()
  })

  it('reads back what it spells', () => {
    fc.assert(fc.property(fc.nat(2 ** 31), (n) => parseSize(formatSize(n)) === n))
  })
})

describe('budgets', () => {
  it.each([
    [0, { count: 0 }],
    [3, { count: 3 }],
    ['25%', { share: 0.25 }],
    ['100%', { share: 1 }],
  ])('reads %j', (value, budget) => {
    expect(parseBudget(value)).toEqual(budget)
  })

  it.each([-1, 1.5, '3', '0%', '101%', 'all', null, true])('refuses %j', (value) => {
    expect(parseBudget(value)).toBeUndefined()
  })
})
