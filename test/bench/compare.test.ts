import { describe, expect, it } from 'vitest'

type Rows = Readonly<Record<string, typeof row>>
const { compared } = (await import(new URL('./compare.mjs', import.meta.url).href)) as {
  compared(baseline: Rows, rows: Rows): string[]
}

const row = { elapsed: 4, cpu: 4, milliseconds: 160, peak: 100 }
const told = (now: Partial<typeof row>) => compared({ plan: row }, { plan: { ...row, ...now } })

describe('the comparison of a run with its baseline', () => {
  it('says what takes more processor time or memory than noise explains', () => {
    expect(told({ cpu: 5.1 })).toEqual(['plan: 5.1 bare nodes of processor time, 4 in the baseline'])
    expect(told({ peak: 126 })).toEqual(['plan: 126 MB, 100 in the baseline'])
  })

  it('is silent about noise, about what became better, and about what was not measured', () => {
    expect(told({ cpu: 4.9, peak: 124 })).toEqual([])
    expect(told({ cpu: 1, peak: 10, elapsed: 40, milliseconds: 9999 })).toEqual([])
    expect(compared({ plan: row }, {})).toEqual([])
  })
})
