/** A signal that comes early ends `watch` as one that comes late. */

import { spawn } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { MAIN, workbench } from './harness.ts'
import { tunnel } from './manifests.ts'

/** Says on stderr that a listener of SIGTERM is there. */
const TELLING = `data:text/javascript,process.on('newListener', (name) => {
  if (name === 'SIGTERM') setImmediate(() => process.stderr.write('listening\\n'))
})`

it('ends watch with its own exit code as soon as a signal is heard at all', async () => {
  const bench = workbench()
  await bench.write('a.yaml', tunnel('a'))
  for (const more of [[], ['--once']]) {
    const child = spawn(process.execPath, ['--import', TELLING, MAIN, 'watch', ...more], {
      cwd: bench.folder,
      env: { ...process.env, WFPCTL_ENGINE: `sandbox:${bench.sandbox}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.stdout.resume()
    const ended = new Promise<readonly unknown[]>((resolve) => child.once('exit', (...how) => resolve(how)))
    await new Promise((resolve) => child.stderr.once('data', resolve))

    const began = performance.now()
    child.kill('SIGTERM')

    expect(await ended).toEqual([more.length === 0 ? 0 : 130, null])
    expect(performance.now() - began).toBeLessThan(4_000)
  }
})
