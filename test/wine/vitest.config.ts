/** Tests on this side that run the command line on the other: scripts/wine/test.sh calls them, one after the other. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['test/wine/cli/*.cli.ts'], fileParallelism: false, testTimeout: 300_000, hookTimeout: 60_000 },
})
