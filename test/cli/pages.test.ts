/** Pages of the documentation, run word by word: files are written and edited, and each command answers what the page shows. */

import { expect, it, onTestFinished, vi } from 'vitest'
import { workbench } from './harness.ts'
import { runPage } from './page.ts'

vi.setConfig({ testTimeout: 300_000 })

it.each([
  ['docs/confirm.md', 7],
  ['docs/from-new-netipsecrule.md', 1],
  ['docs/tutorial.md', 11],
])('%s shows what happens', async (page, atLeast) => {
  const bench = workbench()
  onTestFinished(async () => void (await bench.run('confirm'))) // nobody waits on
  expect((await runPage(page, bench)).blocks).toBeGreaterThan(atLeast)
})
