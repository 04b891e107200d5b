/** A provider whose transactions can be stopped between two calls, and that knows how long it held the engine's lock. */

import type { Provider, SetTransaction, Writer } from '../provider.ts'
import type { Clock } from './clock.ts'

/** The loop is to end: the transaction is aborted, nothing is half-done. */
export class Stopped extends Error {}

export interface Stoppable {
  readonly writer: Writer
  /** milliseconds that the write lock was held by the last transaction */
  lockMilliseconds(): number
}

export function stoppable(provider: Provider, signal: AbortSignal, clock: Clock): Stoppable {
  let held = 0
  const writer: Writer = {
    kinds: provider.kinds,
    transaction: async (set, work) => {
      let began: number | undefined
      try {
        return await provider.transaction(set, (tx) => {
          began = clock.now()
          return work(guarded(tx, signal))
        })
      } finally {
        held = began === undefined ? 0 : clock.now() - began
      }
    },
  }
  return { writer, lockMilliseconds: () => held }
}

/** Each call looks at the signal first. */
function guarded(tx: SetTransaction, signal: AbortSignal): SetTransaction {
  const unlessStopped =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (signal.aborted) throw new Stopped('stopped')
      return call(...args)
    }
  return {
    observe: unlessStopped((query) => tx.observe(query)),
    ensureOwner: unlessStopped(() => tx.ensureOwner()),
    removeOwner: unlessStopped(() => tx.removeOwner()),
    add: unlessStopped((resource, key, secrets) => tx.add(resource, key, secrets)),
    remove: unlessStopped((observed) => tx.remove(observed)),
    readBack: unlessStopped((keys, digestKey) => tx.readBack(keys, digestKey)),
    record: unlessStopped((key, record, spec) => tx.record(key, record, spec)),
  }
}
