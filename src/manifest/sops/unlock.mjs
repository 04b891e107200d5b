/** A thread that opens one data key with age: the package is asynchronous, and a secret is read at once. See age.ts. */

import { workerData } from 'node:worker_threads'
import { armor, Decrypter } from 'age-encryption'

/** As in age.ts. */
const OPENED = 1
const CLOSED = 2
const HEAD_BYTES = 8

const { shared, stanzas, identities } = workerData
const head = new Int32Array(shared, 0, 2)

async function opened(stanza, identity) {
  try {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    return await decrypter.decrypt(armor.decode(stanza))
  } catch {
    return undefined // made for another key, or broken
  }
}

async function firstOpened() {
  for (const stanza of stanzas) {
    for (const identity of identities) {
      const key = await opened(stanza, identity)
      if (key) return key
    }
  }
  return undefined
}

function tell(state) {
  Atomics.store(head, 0, state)
  Atomics.notify(head, 0)
}

const key = await firstOpened()
if (key && key.length <= shared.byteLength - HEAD_BYTES) {
  new Uint8Array(shared, HEAD_BYTES).set(key)
  head[1] = key.length
  key.fill(0)
  tell(OPENED)
} else {
  tell(CLOSED)
}
