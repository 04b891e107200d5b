import { describe, expect, it } from 'vitest'
import { type FilterGroup, withFilter, withoutFilter } from '../../../../src/providers/wfp/engine/filters.ts'

const GROUP: FilterGroup = { keys: ['a', 'b', 'c'], digests: ['1', '2', '3'] }

describe('a group of filters', () => {
  it('is the same one when what is read again says what it said', () => {
    expect(withFilter(GROUP, 'b', '2')).toBe(GROUP)
  })

  it('keeps the place of one that says something else', () => {
    expect(withFilter(GROUP, 'b', '9')).toEqual({ keys: ['a', 'b', 'c'], digests: ['1', '9', '3'] })
  })

  it('takes a new one at its end, as the engine enumerates them', () => {
    expect(withFilter(GROUP, 'd', '4')).toEqual({ keys: ['a', 'b', 'c', 'd'], digests: ['1', '2', '3', '4'] })
  })

  it('loses the one that is gone, with its digest', () => {
    expect(withoutFilter(GROUP, 'b')).toEqual({ keys: ['a', 'c'], digests: ['1', '3'] })
    expect(GROUP.keys).toEqual(['a', 'b', 'c'])
  })
})
