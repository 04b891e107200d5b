/**
 * Negotiations asked for by another process. Callbacks are functions of the process that registered them, so somebody who plays the
 * network (`wfpctl sandbox negotiate`) leaves a request in the store, and every process with key managers answers it.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from './engine/engine.ts'
import { sessionImage } from './images.ts'
import type { SandboxLocation } from './location.ts'
import type { Negotiation } from './negotiation.ts'
import { refuse } from './refusal.ts'
import { leaving } from './store/unusable.ts'

/** Kept among the switches, and no switches. */
const REQUEST = '.negotiate'
const ANSWER = '.negotiated.'
const LOOK_MILLISECONDS = 50
const PATIENCE_MILLISECONDS = 10_000

interface Request {
  readonly id: string
  readonly tunnelKey: string
}
/** What came of a request in one process. */
export interface Answered extends Request {
  readonly processId: number
  readonly negotiation: Negotiation
}

/** Answers while the process has key managers. @returns stops for good */
export function answerRequests(engine: Engine): () => void {
  let timer: NodeJS.Timeout | undefined
  let last: string | undefined
  const look = (): void =>
    leaving(() => {
      const request = readRequest(engine)
      if (!request || request.id === last) return
      last = request.id
      void answer(engine, request).catch(() => {}) // who asked is told by the silence
    })
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  engine.keyManagers.onChange = () => {
    const wanted = engine.keyManagers.registered.length > 0
    if (!wanted) return stop()
    if (timer) return
    last = readRequest(engine)?.id // what was asked before is none of ours
    timer = setInterval(look, LOOK_MILLISECONDS).unref()
  }
  return stop
}

/** Asks all processes with key managers to negotiate the SAs of a tunnel; their answers, one each. */
export async function requestNegotiation(location: SandboxLocation | object, tunnelKey: string): Promise<Answered[]> {
  const { asAdministrator } = await import('./admin.ts')
  const id = randomUUID()
  const processes = await asAdministrator(location, (session, engine) =>
    session.write(() => {
      session.connection.setSwitch(REQUEST, JSON.stringify({ id, tunnelKey } satisfies Request))
      return holders(
        engine,
        session.connection.select('keyManager').map((object) => object.session),
      )
    }),
  )
  const deadline = Date.now() + PATIENCE_MILLISECONDS
  for (;;) {
    const answers = await asAdministrator(location, (session) =>
      session.read(() => answersIn(session.connection.switches()).filter((answered) => answered.id === id)),
    )
    if (processes.every((processId) => answers.some((answered) => answered.processId === processId))) return answers
    if (Date.now() > deadline) refuse('FWP_E_TIMEOUT', 'a process that holds key managers does not answer')
    await sleep(LOOK_MILLISECONDS)
  }
}

function readRequest(engine: Engine): Request | undefined {
  const connection = engine.store.connect()
  try {
    const text = connection.switches().get(REQUEST)
    return text === undefined ? undefined : (JSON.parse(text) as Request)
  } finally {
    connection.close()
  }
}

async function answer(engine: Engine, { id, tunnelKey }: Request): Promise<void> {
  const { asAdministrator } = await import('./admin.ts')
  const { negotiateOn } = await import('./negotiation.ts')
  const negotiation = negotiateOn(engine, tunnelKey)
  const answered: Answered = { id, tunnelKey, processId: process.pid, negotiation }
  await asAdministrator(engine, (session) =>
    session.write(() => session.connection.setSwitch(`${ANSWER}${process.pid}`, JSON.stringify(answered))),
  )
}

function answersIn(switches: ReadonlyMap<string, string>): Answered[] {
  return [...switches].flatMap(([name, text]) => (name.startsWith(ANSWER) ? [JSON.parse(text) as Answered] : []))
}

/** The processes behind sessions that are alive. */
function holders(engine: Engine, owners: readonly (string | null)[]): number[] {
  const live = engine.store.sessions.live().filter(({ owner }) => owners.includes(owner))
  return [...new Set(live.map(({ image }) => sessionImage.decode(image).processId))]
}
