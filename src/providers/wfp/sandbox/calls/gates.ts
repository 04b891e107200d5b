/** Where a call is allowed. Every call of the engine but open and close goes through one of these. */
import type { EngineMethods } from '../../binding/call/bind.ts'
import type { Engine, OpenEngine } from '../engine/engine.ts'
import type { EngineSession } from '../engine/session.ts'

/** The calls whose names begin so. */
export type Calls<Prefix extends string> = {
  [N in keyof EngineMethods as N extends `${Prefix}${string}` ? N : never]: EngineMethods[N]
}

export interface OnEngine {
  readonly engineHandle: number
}
type Step<A, R> = (session: EngineSession, args: A, open: OpenEngine) => R
export type Gate = <A extends OnEngine, R>(step: Step<A, R>) => (args: A) => Promise<R>

export interface Gates {
  /** In any transaction, and in none; no data is touched. */
  readonly free: Gate
  /** In any transaction, and in none. */
  readonly read: Gate
  /** In a write transaction; outside, the call is a transaction of its own. */
  readonly write: Gate
  /** Outside transactions only. */
  readonly outside: Gate
  /** Outside transactions only, and a transaction of its own. */
  readonly writeOutside: Gate
}

export function gatesOf(engine: Engine): Gates {
  const gate =
    (enter: <R>(session: EngineSession, step: () => R) => Promise<R>): Gate =>
    (step) =>
    async (args) => {
      const open = engine.find(args.engineHandle)
      return open.session.serially(() => enter(open.session, () => step(open.session, args, open)))
    }
  return {
    free: gate(async (_, step) => step()),
    read: gate((session, step) => session.read(step)),
    write: gate((session, step) => session.write(step)),
    outside: gate(async (session, step) => {
      session.requireNoTransaction()
      return step()
    }),
    writeOutside: gate((session, step) => {
      session.requireNoTransaction()
      return session.write(step)
    }),
  }
}
