/** The data key of a file, opened with age. @see https://age-encryption.org/v1 */

import { Worker } from 'node:worker_threads'

/** As in unlock.mjs. */
const OPENED = 1
const HEAD_BYTES = 8
const MOST_KEY_BYTES = 64
const MOST_MILLISECONDS = 60_000

/** One identity a line, as age-keygen writes them; what begins with # is a comment. */
export function identitiesIn(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/**
 * @param stanzas the data key, once for each recipient, each in age's armour
 * @param identities `AGE-SECRET-KEY-1…`
 * @returns undefined where no identity opens any of them
 */
export function openDataKey(stanzas: readonly string[], identities: readonly string[]): Buffer | undefined {
  const shared = new SharedArrayBuffer(HEAD_BYTES + MOST_KEY_BYTES)
  const head = new Int32Array(shared, 0, 2)
  const worker = new Worker(new URL('./unlock.mjs', import.meta.url), { workerData: { shared, stanzas, identities } })
  worker.on('error', () => {}) // then it does not answer
  worker.unref()
  Atomics.wait(head, 0, 0, MOST_MILLISECONDS)
  if (head[0] === 0) throw new Error('the thread that opens age files gave no answer')
  const key = new Uint8Array(shared, HEAD_BYTES, head[1])
  const opened = head[0] === OPENED ? Buffer.from(key) : undefined
  key.fill(0)
  void worker.terminate()
  return opened
}
