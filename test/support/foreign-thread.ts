/** Calls a C callback as an engine does: from a thread that is not JavaScript's, and that waits for the answer. */
import koffi from 'koffi'
import type { Callback, Prototype } from '../../src/providers/wfp/binding/call/callback.ts'
import { type Args, type Outs, type Parameters, signature } from '../../src/providers/wfp/binding/call/signature.ts'
import { send } from '../../src/providers/wfp/binding/call/transfer.ts'

/** @returns the out parameters, and the status where the prototype has one */
export async function callFromForeignThread<P extends Parameters>(
  prototype: Prototype<P>,
  callback: Callback<P>,
  args: Args<P>,
): Promise<Outs<P> & { readonly status: number }> {
  const calls = signature(prototype.name, prototype.parameters)
  const words = calls.slots.map((slot) => (slot.kind === 'pointer' ? 'uintptr_t' : slot.kind))
  const type = koffi.proto(null, prototype.returns === 'void' ? 'void' : 'uint32', words)
  const f = koffi.decode(BigInt(callback.address), type)
  const sent = send(calls, args as Record<string, unknown>)
  try {
    const status = await new Promise<number>((resolve, reject) => {
      f.async(...sent.words, (error: unknown, result: number | undefined) =>
        error ? reject(error) : resolve(result ?? 0),
      )
    })
    return { ...(sent.outs() as Outs<P>), status }
  } finally {
    sent.done()
  }
}
