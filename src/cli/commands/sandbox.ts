/** `sandbox`: play the other administrator of the sandbox engine, in ways that real machines know. */

import { rowOf } from '../../base/index.ts'
import { openProvider } from '../../providers/index.ts'
import { sandboxAdministrator } from '../../providers/sandbox-administrator.ts'
import { engineFrom } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { widthFor } from '../process.ts'
import { FORMAT_VERSION, renderTable, toJson } from '../render/index.ts'
import type { Invocation } from './command.ts'

type Admin = Awaited<ReturnType<typeof sandboxAdministrator>>
type Location = Parameters<Admin['show']>[0]

interface Context {
  readonly admin: Admin
  readonly location: Location
  readonly args: readonly string[]
  /** the key behind an address such as IPsecTunnel/hq-dallas */
  keyOf(address: string | undefined): Promise<string>
}

/** What an operation did: a sentence for people, and the same as data. */
interface Done {
  readonly text: string
  readonly data: object
}

const OPERATIONS: { readonly [name: string]: (context: Context) => Promise<Done> } = {
  show: async ({ admin, location }) => {
    const state = await admin.show(location)
    return { text: toJson(state), data: state }
  },
  reset: async ({ admin, location }) => {
    await admin.reset(location)
    return { text: 'The sandbox is empty.\n', data: {} }
  },
  restart: async ({ admin, location }) => {
    await admin.restart(location)
    return { text: 'What is not persistent is gone, as after a restart of the machine.\n', data: {} }
  },
  rm: async ({ admin, location, args, keyOf }) => {
    const key = await keyOf(args[0])
    await admin.remove(location, key)
    return { text: `Deleted ${args[0]} behind wfpctl's back; its record stands.\n`, data: { address: args[0], key } }
  },
  tamper: async ({ admin, location, args, keyOf }) => {
    const key = await keyOf(args[0])
    const seconds = await admin.tamper(location, key)
    return {
      text: `Gave the first quick-mode proposal of ${args[0]} a lifetime of ${seconds}s.\n`,
      data: { address: args[0], key, seconds },
    }
  },
  'add-foreign': async ({ admin, location, args }) => {
    const [shape = 'product'] = args
    const key = await admin.addForeign(location, shape)
    return { text: `Added a tunnel of another owner (${shape}): ${key}.\n`, data: { key, shape } }
  },
  negotiate: async ({ admin, location, args, keyOf }) => {
    const key = await keyOf(args[0])
    const answers = await admin.requestNegotiation(location, key)
    const told = answers.flatMap(({ negotiation }) => negotiation.notified).length
    const dictated = answers.some(({ negotiation }) => negotiation.dictatedBy !== null && !negotiation.generated)
    return {
      text: `Negotiated ${args[0]}: ${dictated ? 'dictated' : 'random'} keys, ${told} key managers told.\n`,
      data: { address: args[0], key, negotiations: answers.map(({ negotiation }) => negotiation) },
    }
  },
  set: async ({ admin, location, args }) => {
    const [name, value] = args
    if (name === undefined || value === undefined)
      throw new CommandFailure(EXIT.usage, 'say which switch and value:', switchTable(admin))
    await admin.setSwitch(location, name, value)
    return { text: `${name} is now ${value === '' ? 'off' : value}.\n`, data: { switch: name, value } }
  },
}

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const [name = '', ...rest] = args
  const operation = rowOf(OPERATIONS, name)
  if (!operation)
    throw new CommandFailure(EXIT.usage, `unknown operation ${name}; there are ${Object.keys(OPERATIONS).join(', ')}`)
  const choice = engineFrom(options)
  if (choice.engine !== 'sandbox')
    throw new CommandFailure(EXIT.usage, 'the engine is not a sandbox; pass --engine sandbox:DIR')
  if (choice.directory === 'memory')
    throw new CommandFailure(EXIT.usage, 'sandbox:memory lives in one process only; pass --engine sandbox:DIR')
  const admin = await sandboxAdministrator()
  const location = { directory: choice.directory }
  const done = await refusalsAsFailures(() =>
    operation({ admin, location, args: rest, keyOf: (address) => keyOf(address, choice) }),
  )
  terminal.answer(terminal.json ? toJson({ formatVersion: FORMAT_VERSION, operation: name, ...done.data }) : done.text)
  return EXIT.done
}

/** An address, or a key as it stands. */
async function keyOf(address: string | undefined, choice: ReturnType<typeof engineFrom>): Promise<string> {
  if (address === undefined)
    throw new CommandFailure(EXIT.usage, 'say which tunnel, for instance IPsecTunnel/hq-dallas')
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(address)) return address
  if (!address.includes('/'))
    throw new CommandFailure(EXIT.usage, `${address} is neither an address such as IPsecTunnel/hq-dallas nor a key`)
  const provider = await openProvider(choice, { lockTimeoutMilliseconds: 15_000 })
  try {
    const found = (await provider.list({ all: true })).find((l) => l.address === address)
    if (!found)
      throw new CommandFailure(
        EXIT.invalid,
        `the sandbox holds no ${address}; \`wfpctl get --all\` lists what it holds`,
      )
    return found.key
  } finally {
    await provider.close()
  }
}

/** The sandbox speaks in the engine's statuses: here a person typed something that it does not take, or the directory is unusable. */
async function refusalsAsFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { asRefusal } = await sandboxAdministrator()
    const refusal = asRefusal(error)
    if (refusal !== error || typeof (error as { status?: unknown }).status !== 'number') throw refusal
    throw new CommandFailure(EXIT.invalid, (error as Error).message)
  }
}

function switchTable(admin: Admin): string {
  return renderTable(
    ['SWITCH', 'VALUE', 'EFFECT'],
    Object.entries(admin.SWITCHES).map(([name, { syntax, description }]) => [name, syntax, description]),
    widthFor(process.stderr),
  )
}
