/**
 * Function pointers, both ways.
 *
 * Giving one to the engine: `const f = registered(PROTOTYPE, (args) => outs)` makes a C function of a JavaScript one. It is a thing with a
 * lifetime: keep it until the call that ends its use (unsubscribe, unregister, engine close) has returned, then `f.release()`.
 * Receiving one: the value read from memory is a JavaScript function that calls the C function at its `address`.
 *
 * A C thread that calls a registered function waits until the event loop runs it: never block the loop while one is registered.
 */
import koffi from 'koffi'
import { type CType, handle } from '../ctype/index.ts'
import { EngineError } from '../tables/status/index.ts'
import { type Args, type Outs, type Parameters, signature } from './signature.ts'
import { receive, reply, send, type Word } from './transfer.ts'

const ERROR_INTERNAL_ERROR = 1359

/** A callback's prototype. `status`: it returns a DWORD, 0 for success; `void`: it returns nothing. */
export interface Prototype<P extends Parameters> {
  readonly name: string
  readonly parameters: P
  readonly returns: 'void' | 'status'
}

/** A C function as JavaScript sees it. */
export interface Callback<P extends Parameters> {
  (args: Args<P>): Outs<P>
  readonly address: number
}
/** A JavaScript function as C sees it, until released. */
export interface Registered<P extends Parameters> extends Callback<P> {
  release(): void
}

export function prototype<const P extends Parameters>(
  name: string,
  returns: 'void' | 'status',
  parameters: P,
): Prototype<P> {
  return { name, returns, parameters }
}

/** The type of a parameter or field that holds a function pointer, or NULL. */
export function callback<P extends Parameters>(proto: Prototype<P>): CType<Callback<P> | null> {
  return {
    name: proto.name,
    size: 8,
    align: 8,
    word: 'number',
    write(w, at, value) {
      if (value === null) return
      if (typeof value.address !== 'number') throw new TypeError(`${proto.name}: give a function made by registered()`)
      handle.write(w, at, value.address)
    },
    read(r, at) {
      const address = handle.read(r, at)
      return address === 0 ? null : callable(proto, address)
    },
  }
}

/** Makes a C function of `implementation`. What it throws becomes a status, or, where none can be returned, an uncaught exception. */
export function registered<P extends Parameters>(
  proto: Prototype<P>,
  implementation: (args: Args<P>) => Outs<P>,
): Registered<P> {
  const { type, calls } = compiled(proto)
  const entry = (...words: Word[]): number | undefined => {
    try {
      reply(calls, words, implementation(receive(calls, words) as Args<P>) as Record<string, unknown>)
      return proto.returns === 'void' ? undefined : 0
    } catch (error) {
      return failed(proto, error)
    }
  }
  const pointer = koffi.register(entry, koffi.pointer(type))
  const invoke = (args: Args<P>): Outs<P> => implementation(args)
  return Object.assign(invoke, { address: Number(pointer), release: () => koffi.unregister(pointer) })
}

function failed(proto: Prototype<Parameters>, error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status
  if (proto.returns === 'status' && typeof status === 'number' && status !== 0) return status >>> 0
  // C must not see an exception; the process must
  setImmediate(() => {
    throw error
  })
  return proto.returns === 'status' ? ERROR_INTERNAL_ERROR : undefined
}

function callable<P extends Parameters>(proto: Prototype<P>, address: number): Callback<P> {
  const call = (args: Args<P>): Outs<P> => {
    const { type, calls } = compiled(proto)
    const sent = send(calls, args as Record<string, unknown>)
    try {
      const status = koffi.call(address, type, ...sent.words) as number | undefined
      if (proto.returns === 'status' && status !== 0) throw new EngineError(proto.name, status!)
      return sent.outs() as Outs<P>
    } finally {
      sent.done()
    }
  }
  return Object.assign(call, { address })
}

interface Compiled {
  readonly type: ReturnType<typeof koffi.proto>
  readonly calls: ReturnType<typeof signature>
}
const cache = new Map<Prototype<never>, Compiled>()

function compiled(proto: Prototype<Parameters>): Compiled {
  const known = cache.get(proto as Prototype<never>)
  if (known) return known
  const calls = signature(proto.name, proto.parameters)
  const words = calls.slots.map((slot) => (slot.kind === 'pointer' ? 'uintptr_t' : slot.kind))
  const made = { calls, type: koffi.proto(null, proto.returns === 'void' ? 'void' : 'uint32', words) }
  cache.set(proto as Prototype<never>, made)
  return made
}
