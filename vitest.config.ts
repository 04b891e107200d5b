import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Properties over many states, the provider under every switch of the engine, handlers against their time limits: in this process, and long. */
const LAWS = [
  'test/laws/**/*.test.ts',
  'test/diagnostics/one-mistake.test.ts',
  'test/manifest/{load,reading}.test.ts',
  'test/manifest/yaml/quick.test.ts',
  'test/providers/wfp/provider.test.ts',
  'test/providers/wfp/binding/{roundtrip,ctype/ctype}.test.ts',
  'test/providers/wfp/key-managers/{handlers,load}.test.ts',
  'test/providers/wfp/sandbox/{library,store/model}.test.ts',
]
/** They start the built program. */
const PROCESSES = [
  'test/cli/**/*.test.ts',
  'test/providers/wfp/sandbox/processes.test.ts',
  'test/readme.test.ts',
  'test/{site,language-server}.test.ts',
  'test/page/*.browser.test.ts',
  'test/fleet/{host-plane,permissions,servers,serve}.test.ts',
]

/** Minutes each. One that began last would keep all others waiting. */
const LONGEST = /cli\/(?:confirm|crash-hundred|crash-each-call|life|sets|examples)\.test\.ts$/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    // A guard against what hangs, and nothing else: the suite must pass on slow shared machines.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    pool: 'forks',
    // a test that waits for a program leaves its core to another, and many do
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
    projects: [
      // its files share their modules: none keeps anything in one
      {
        extends: true,
        test: { name: 'fast', isolate: false, include: ['test/**/*.test.ts'], exclude: [...LAWS, ...PROCESSES] },
      },
      { extends: true, test: { name: 'laws', include: LAWS } },
      { extends: true, test: { name: 'processes', include: PROCESSES } },
    ],
  },
})
