/** The sandbox: a fwpuclnt.dll in TypeScript. It knows what C would see, and nothing of who calls. */
import { type EngineMethods, type ImplementedLibrary, implement } from '../binding/call/bind.ts'
import { contextCalls, filterCalls, providerCalls, tunnelCalls } from './calls/objects.ts'
import { engineCalls, gatesOf, keyManagerCalls, sessionCalls } from './calls/sessions.ts'
import type { Engine } from './engine/engine.ts'
import { convertSddl } from './engine/security.ts'
import { runStruck } from './fault.ts'
import { attachEngine, engineAt, type SandboxLocation } from './location.ts'
import { answerRequests } from './negotiation-requests.ts'

export { engineOf, type SandboxLocation } from './location.ts'

/** Opens the sandbox as a library, for `bind`. Cheap: the directory is made, or opened, in milliseconds. */
export function openSandbox(location: SandboxLocation): ImplementedLibrary {
  const engine = engineAt(location)
  const stopAnswering = answerRequests(engine)
  const library = { ...implement(methodsOf(engine), 'sandbox'), close: () => shutDown(engine, stopAnswering) }
  return attachEngine(library, engine)
}

function shutDown(engine: Engine, stopAnswering: () => void): void {
  stopAnswering()
  engine.shutDown()
}

function methodsOf(engine: Engine): EngineMethods {
  const gates = gatesOf(engine)
  const calls = {
    ...engineCalls(engine, gates),
    ...sessionCalls(engine, gates),
    ...providerCalls(engine, gates),
    ...contextCalls(engine, gates),
    ...filterCalls(engine, gates),
    ...tunnelCalls(gates),
    ...keyManagerCalls(engine, gates),
  }
  return {
    ...underFaults(engine, calls),
    // no engine call: advapi32 answers it on Windows
    ConvertStringSecurityDescriptorToSecurityDescriptorW: ({ StringSecurityDescriptor }) => ({
      securityDescriptor: convertSddl(StringSecurityDescriptor),
    }),
  }
}

interface OnSession {
  readonly engineHandle?: number
}
type AnyMethods = Readonly<Record<string, (args: OnSession) => unknown>>

/** Strikes the calls of this process with the faults that are switched on. */
function underFaults<Methods extends object>(engine: Engine, methods: Methods): Methods {
  const struck = Object.entries(methods as AnyMethods).map(([name, method]) => [
    name,
    (args: OnSession) => {
      const effect = engine.faults.strike(name)
      if (effect === undefined) return method(args)
      const lose = () => engine.lose(args.engineHandle ?? 0)
      return runStruck(effect, { name, make: () => method(args), lose })
    },
  ])
  return Object.fromEntries(struck) as Methods
}
