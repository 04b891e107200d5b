import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meet, type Reach } from '../../src/manifest/model.ts'

const POINTS = [0, 1, 2, 3]
const range = fc
  .tuple(fc.constantFrom(...POINTS), fc.constantFrom(...POINTS))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)])
const boxes: fc.Arbitrary<Reach> = fc.array(
  fc.tuple(fc.constantFrom('a', 'b'), range, range).map(([space, x, y]): Reach[number] => [space, ...x, ...y]),
  { maxLength: 3 },
)

/** Whether a point of a space lies in one of the boxes. */
const covers = (reach: Reach, at: { readonly space: string; readonly x: number; readonly y: number }): boolean =>
  reach.some(([space, left, right, low, high]) => {
    const isWithin = (value: number, from?: number, to?: number) => value >= Number(from) && value <= Number(to)
    return space === at.space && isWithin(at.x, left, right) && isWithin(at.y, low, high)
  })

describe('what two resources reach', () => {
  it('meets where a point of one space lies in a box of both', () => {
    const all = ['a', 'b'].flatMap((space) => POINTS.flatMap((x) => POINTS.map((y) => ({ space, x, y }))))
    fc.assert(
      fc.property(boxes, boxes, (one, other) => {
        expect(meet(one, other)).toBe(all.some((point) => covers(one, point) && covers(other, point)))
      }),
      { numRuns: 1_000 },
    )
  })
})
