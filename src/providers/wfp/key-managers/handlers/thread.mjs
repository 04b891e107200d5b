// @ts-check
/**
 * A handler module in a thread of its own: whatever it does there, endless or late, the process goes on. Plain JavaScript: Node starts it as
 * it stands, in the sources as in the package. What it says of errors are whereabouts, never words, which may quote a key.
 */

import { syncBuiltinESMExports } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { BadAnswer, frozen, movable, whereabouts, wipeDeep } from './shared.js'

/** @typedef {import('./contract.ts').SaPair} SaPair */
/** @typedef {{ url: string, answers: import('node:worker_threads').MessagePort, answered: Int32Array, keysHeldMilliseconds: number }} Given */
/** @typedef {{ notify: SaPair } | { ask: string, about: unknown } | { close: true }} Told */

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort)
const { url, answers, answered, keysHeldMilliseconds } = /** @type {Given} */ (workerData)

/** @param {string} what */
const complain = (what) => port.postMessage({ complain: what })

process.on('uncaughtException', (error) => complain(`it failed after its answer: ${whereabouts(error)}`))
process.on('unhandledRejection', (error) => complain(`it failed after its answer: ${whereabouts(error)}`))

/** Whoever ends the process would end the work of everybody. */
class ProcessExit extends Error {}
/** @returns {never} */
const refuseExit = () => {
  throw new ProcessExit()
}
process.exit = refuseExit
syncBuiltinESMExports()

/** @type {Set<Promise<void>>} */
const running = new Set()
const EXPIRED = Symbol('expired')

/**
 * @param {Record<string, Function>} module
 * @param {SaPair} pair
 */
async function notify(module, pair) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const expired = new Promise((settle) => {
    timer = setTimeout(() => settle(EXPIRED), keysHeldMilliseconds)
    timer.unref()
  })
  try {
    const work = module.keyNotify?.(frozen(pair))
    port.postMessage({ returned: true })
    const end = await Promise.race([work, expired])
    if (end === EXPIRED) complain('keyNotify has not settled; the keys given to it were wiped')
  } catch (error) {
    port.postMessage({ returned: true })
    complain(`keyNotify failed: ${whereabouts(error)}`)
  } finally {
    clearTimeout(timer)
    wipeDeep([pair.inbound.keys, pair.outbound.keys])
  }
}

/**
 * The other side waits, without a turn of its loop: the answer lies ready when it is woken.
 *
 * @param {Record<string, Function>} module
 * @param {string} name
 * @param {unknown} about
 */
function answer(module, name, about) {
  /** @type {ArrayBuffer[]} */
  const transferred = []
  try {
    const given = refusePromise(module[name]?.(frozen(about)))
    answers.postMessage({ answer: movable(given, transferred) }, transferred)
    wipeDeep(given)
  } catch (error) {
    answers.postMessage({ failed: whereabouts(error) })
  }
  Atomics.store(answered, 0, 1)
  Atomics.notify(answered, 0)
}

/**
 * What a promise brings comes too late, and is wiped should it be keys.
 *
 * @param {any} given
 */
function refusePromise(given) {
  if (typeof given?.then !== 'function') return given
  Promise.resolve(given).then(wipeDeep, () => {})
  throw new BadAnswer('the answer is a promise; it must be given at once')
}

/** @param {Record<string, Function>} module */
function listen(module) {
  port.on('message', (/** @type {Told} */ told) => {
    if ('ask' in told) answer(module, told.ask, told.about)
    else if ('close' in told) void Promise.all(running).then(() => port.postMessage({ closed: true }))
    else {
      const run = notify(module, told.notify)
      running.add(run)
      void run.finally(() => running.delete(run))
    }
  })
}

// a thread with nothing to do would end, and a module that never finishes looks like that
const loading = setInterval(() => {}, 2 ** 30)
try {
  const module = await import(url)
  listen(module)
  const functions = Object.keys(module).filter((name) => typeof module[name] === 'function')
  port.postMessage({ loaded: { functions, names: Object.keys(module) } })
} catch (error) {
  // loading runs before any key is seen: its words are safe to repeat
  const why =
    error instanceof ProcessExit ? 'it calls process.exit' : error instanceof Error ? error.message : String(error)
  port.postMessage({ unusable: why })
} finally {
  clearInterval(loading)
}
