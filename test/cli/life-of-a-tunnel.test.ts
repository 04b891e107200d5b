import { expect, it } from 'vitest'
import { runPage } from './page.ts'

it('docs/life-of-a-tunnel.md shows what happens', async () => {
  expect((await runPage('docs/life-of-a-tunnel.md')).blocks).toBeGreaterThan(10)
})
