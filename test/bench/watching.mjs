/** A `watch` in a process of its own, and what it tells. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** Neither tells anything nor works for so long. */
const REST_MILLISECONDS = 150

/** @param given `nodeArgs` for node itself, `env` */
export function startWatch(manifests, directory, { nodeArgs = [], env = process.env } = {}) {
  const child = spawn(
    process.execPath,
    [...nodeArgs, main, 'watch', manifests, '-o', 'ndjson', '--engine', `sandbox:${directory}`],
    { stdio: ['ignore', 'pipe', 'inherit'], env },
  )
  const listeners = new Set()
  let buffer = ''
  let last = performance.now()
  let longestPass = 0
  child.stdout.on('data', (chunk) => {
    buffer += chunk
    const lines = buffer.split('\n')
    buffer = lines.pop()
    for (const line of lines) {
      const event = JSON.parse(line)
      last = performance.now()
      if (event.event === 'pass') longestPass = Math.max(longestPass, event.durationMilliseconds)
      for (const listener of listeners) listener(event)
    }
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  /** On a machine that others use this says more than the time that passed; a round is a correction and the look that follows it. */
  const cpuSeconds = () => {
    try {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    } catch {
      return 0 // no /proc here
    }
  }
  return {
    /** the first event from now on that is meant */
    saw: (matches) =>
      new Promise((resolve, reject) => {
        const listener = (event) => {
          if (!matches(event)) return
          listeners.delete(listener)
          resolve(event)
        }
        listeners.add(listener)
        ended.then((code) => reject(new Error(`watch ended with ${code}`)))
      }),
    longestPass: () => longestPass,
    pid: child.pid,
    cpuSeconds,
    idle: async () => {
      for (let worked = cpuSeconds(), since = performance.now(); performance.now() - since < REST_MILLISECONDS; ) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (cpuSeconds() === worked && performance.now() - last > REST_MILLISECONDS) continue
        worked = cpuSeconds()
        since = performance.now()
      }
    },
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

export const isSynced = ({ event, sets }) => event === 'pass' && sets[0]?.state === 'synced'
