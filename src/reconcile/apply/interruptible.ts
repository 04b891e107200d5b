/** A transaction that can be stopped between two calls: the loop is to end, and nothing may be left half-done. */

import type { SetTransaction } from '../provider.ts'

/** The transaction is to be aborted. */
export class Interrupted extends Error {}

/** Each call looks at the signal first. */
export function interruptible(tx: SetTransaction, signal: AbortSignal | undefined): SetTransaction {
  if (!signal) return tx
  const unlessStopped =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (signal.aborted) throw new Interrupted('interrupted')
      return call(...args)
    }
  return {
    observe: unlessStopped((query) => tx.observe(query)),
    ensureOwner: unlessStopped(() => tx.ensureOwner()),
    removeOwner: unlessStopped(() => tx.removeOwner()),
    add: unlessStopped((addition) => tx.add(addition)),
    remove: unlessStopped((observed) => tx.remove(observed)),
    readBack: unlessStopped((resources, digestKey) => tx.readBack(resources, digestKey)),
    record: unlessStopped((resource, key, record) => tx.record(resource, key, record)),
  }
}
