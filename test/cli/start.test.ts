/** A start of the program loads what it needs: of Node, and of the libraries that it is made of. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { MAIN } from './harness.ts'

/** What takes a millisecond or more to load, or to make, and is for few commands. */
const SELDOM = ['child_process', 'worker_threads', 'perf_hooks', 'http', 'internal/process/report']

it.each([['--version'], ['plan', 'manifests', '--allow-empty', '--engine', 'sandbox:engine']])(
  'loads nothing that few commands need: %s',
  (...command) => {
    const directory = mkdtempSync(join(tmpdir(), 'wfpctl-start-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    mkdirSync(join(directory, 'manifests'))
    const told = join(directory, 'told.cjs')
    writeFileSync(told, "process.on('exit', () => require('fs').writeSync(2, process.moduleLoadList.join('\\n')))")
    const env = { ...process.env, XDG_CACHE_HOME: join(directory, 'cache') }

    const { status, stderr } = spawnSync(process.execPath, ['--require', told, MAIN, ...command], {
      cwd: directory,
      env,
    })

    expect(status, String(stderr)).toBe(0)
    const loaded = String(stderr).split('\n')
    expect(loaded).toContain('NativeModule fs')
    expect(SELDOM.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([])
  },
)
