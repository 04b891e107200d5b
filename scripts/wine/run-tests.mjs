// Runs vitest files in one plain process:  node run-tests.mjs FILE.js…
//
// vitest's own command needs worker processes and pipes, which node.exe under Wine has not. Its runner and its `expect` are
// ordinary libraries, so the same files run here, one after the other; nothing is mocked or transformed.

import { pathToFileURL } from 'node:url'
import { startTests } from '@vitest/runner'

const counts = { pass: 0, fail: 0, skip: 0 }

const config = {
  root: process.cwd(),
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: process.env.WFPCTL_TEST_NAME ? new RegExp(process.env.WFPCTL_TEST_NAME) : undefined,
  allowOnly: false,
  sequence: { shuffle: false, concurrent: false, seed: 0, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
}

const runner = {
  config,
  importFile: (path) => import(pathToFileURL(path).href),
}

function titleOf(task) {
  return task.suite?.name ? `${titleOf(task.suite)} > ${task.name}` : task.name
}

/** A property that failed names its counterexample; what was wrong with it is the cause. */
function describeError(error) {
  const cause = error.cause ? `\ncaused by ${describeError(error.cause)}` : ''
  return `${error.message}\n${error.diff ?? ''}\n${error.stack ?? ''}${cause}`
}

function report(task) {
  for (const error of task.result?.errors ?? []) console.error(`✗ ${titleOf(task)}\n${describeError(error)}`)
  if (task.type === 'suite') return task.tasks.forEach(report)
  const state = task.result?.state === 'pass' ? 'pass' : task.result?.state === 'fail' ? 'fail' : 'skip'
  counts[state] += 1
  if (state === 'skip') console.log(`- skipped: ${titleOf(task)}`)
}

let broken = false
process.on('unhandledRejection', (error) => {
  broken = true
  console.error('unhandled rejection:', error)
})
const files = await startTests(process.argv.slice(2), runner)
files.forEach(report)
broken ||= files.some((file) => file.result?.state === 'fail')
console.log(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`)
process.exitCode = broken || counts.fail > 0 || counts.pass === 0 ? 1 : 0
