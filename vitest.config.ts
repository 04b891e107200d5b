import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Properties over many states, and the provider under every switch of the engine: in this process, and long. */
const LAWS = ['test/laws/**/*.test.ts', 'test/providers/wfp/provider.test.ts']
/** They start the built program. */
const PROCESSES = ['test/cli/**/*.test.ts', 'test/providers/wfp/sandbox/processes.test.ts', 'test/readme.test.ts']

export default defineConfig({
  test: {
    // Generous: the suite must pass on slow shared machines; no test measures time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // a test that waits for a program leaves its core to another
    maxWorkers: Math.max(2, availableParallelism()),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: [...LAWS, ...PROCESSES] } },
      { extends: true, test: { name: 'laws', include: LAWS } },
      { extends: true, test: { name: 'processes', include: PROCESSES } },
    ],
  },
})
