/** `adopt`: a record of ours beside what somebody else made. With a manifest that declares it, or, to observe it first, into a set. */

import { same } from '../../base/index.ts'
import { addressOf, type Desired, type Resource } from '../../manifest/index.ts'
import { type Adopted, type Adoption, adopt } from '../../reconcile/adoption.ts'
import { comparable, type Difference, isForHost } from '../../reconcile/plan/index.ts'
import type { Listed, WatchableProvider } from '../../reconcile/provider.ts'
import { Secrets } from '../../reconcile/secrets.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { loadManifests, policyFrom } from '../load.ts'
import { actorOf } from '../process.ts'
import { FORMAT_VERSION, renderDifference, toJson } from '../render/index.ts'
import { isWanted, oneFrom, requireSetName, type Selector } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const [text = '', ...paths] = args
  const isSet = typeof options.set === 'string'
  if (isSet && paths.length > 0)
    throw new CommandFailure(EXIT.usage, '--set adopts without a manifest: leave out either it or the PATHs')
  return withProvider(options, terminal, async (provider) => {
    const loaded = isSet ? undefined : await loadManifests(paths, options, terminal)
    if (loaded && !loaded.ok) return terminal.reject(loaded.diagnostics)
    if (loaded) terminal.findings(loaded.diagnostics)
    const all = await provider.list({ all: true, unlisted: () => {} })
    const wanted = oneFrom(text, provider)
    const owned = all.find((one) => one.managed && isWanted(one, wanted))
    if (owned) return tell({ address: owned.address, set: owned.set ?? '', key: owned.key, status: 'unchanged' })
    const foreign = all.filter(({ managed, kind }) => !managed && kind.lifetime === 'transactional')
    const policy = policyFrom(options, paths)
    const secrets = new Secrets()
    try {
      const pair = loaded
        ? declaredPair(wanted, foreign, loaded.value)
        : observedPair(wanted, foreign, String(options.set))
      if (loaded && !isHere(loaded.value, pair.set, policy))
        throw new CommandFailure(
          EXIT.invalid,
          `set ${pair.set} belongs to another host; pass --host NAME to act for it`,
        )
      const tunnelSet = loaded?.value.sets.find(({ name }) => name === pair.set)
      return await settle(
        { ...pair, ...(tunnelSet && { tunnelSet }), policy, secrets, actor: actorOf('adopt') },
        provider,
      )
    } finally {
      secrets.wipe()
    }
  })

  async function settle(adoption: Adoption, provider: WatchableProvider): Promise<ExitCode> {
    const unread = adoption.resource
      ? adoption.secrets.digestsOf([adoption.resource], { own: undefined }).diagnostics
      : []
    if (unread.some(({ severity }) => severity === 'error')) return terminal.reject(unread)
    const looked = await adopt(provider, adoption)
    const { set, key } = adoption
    const address = addressOf(adoption)
    if (looked.status !== 'possible') return failed(looked, address)
    const { differences, assumed } = looked
    const answer = { address, set, key, differences, assumed }
    if (!terminal.json) terminal.answer(describe(answer))
    if (options.dryRun || options.whatIf || options.noop) return tell({ ...answer, status: 'skipped' }, EXIT.done)
    if (options.autoApprove !== true && (await terminal.confirm(`Adopt ${address}?`)) !== true) {
      terminal.talk('Not approved; nothing was changed. Pass --auto-approve to go ahead without being asked.\n')
      return tell({ ...answer, status: 'skipped' }, EXIT.refusedBySafety)
    }
    const done = await adopt(provider, adoption, looked.digest)
    return done.status === 'adopted' ? tell({ ...answer, status: 'applied' }) : failed(done, address)
  }

  function tell(result: Result, code: ExitCode = EXIT.done): ExitCode {
    const { address, status, ...more } = result
    const outcomes = [{ address, action: 'adopt', status }]
    if (terminal.json) terminal.answer(toJson({ formatVersion: FORMAT_VERSION, address, ...more, outcomes }))
    else if (status === 'applied')
      terminal.answer(`${address} is adopted into set ${more.set}; the tunnel was not touched.\n`)
    else if (status === 'unchanged')
      terminal.answer(`${address} is ours already (set ${more.set}); nothing was changed.\n`)
    return code
  }
}

interface Result {
  readonly address: string
  readonly set: string
  readonly key: string
  readonly status: 'applied' | 'unchanged' | 'skipped'
  readonly differences?: readonly Difference[]
  readonly assumed?: readonly string[]
}

function describe({ address, set, key, differences = [], assumed = [] }: Omit<Result, 'status'>): string {
  const lines = [
    `  ~ ${address}  ${key}: a record in set ${set}, the tunnel stays as it is`,
    ...differences.map(renderDifference),
    ...(differences.length > 0
      ? ['      it differs from its manifest: the next plan shows what applying that does']
      : []),
    ...assumed.map((path) => `      ${path} is not shown by the engine, and taken to be as declared`),
  ]
  return `${lines.join('\n')}\n`
}

type Pair = Pick<Adoption, 'kind' | 'name' | 'set' | 'key' | 'resource'>

/** What stands, and the set that is to observe it. */
function observedPair(wanted: Selector, foreign: readonly Listed[], set: string): Pair {
  const found = foreign.find((one) => isWanted(one, wanted))
  if (!found) throw nothingForeign(wanted)
  requireSetName(set)
  const { kind, name, key } = found
  return { kind, name, key, set }
}

/** What stands, and the manifest that declares it: by name, by key, or since the two say the same and no others do. */
function declaredPair(wanted: Selector, foreign: readonly Listed[], { resources }: Desired): Pair {
  const named = resources.find((one) => isWanted({ ...one, key: one.kind.keyOf(one) }, wanted))
  const found = foreign.find((one) => isWanted(one, wanted))
  const resource = named ?? (found && resourceFor(found, resources))
  if (!resource && !found) throw nothingForeign(wanted)
  if (!resource)
    throw new CommandFailure(
      EXIT.invalid,
      `no manifest given declares ${found?.address}; name the manifest's address, or pass --set NAME to observe it first`,
    )
  const object = found ?? objectFor(resource, foreign)
  const { kind, name, set } = resource
  if (kind.lifetime !== 'transactional')
    throw new CommandFailure(
      EXIT.invalid,
      `a ${kind.noun} belongs to the process that registered it, and cannot be adopted`,
    )
  return { kind, name, set, key: object.key, resource }
}

function resourceFor(found: Listed, resources: readonly Resource[]): Resource | undefined {
  const fitting = resources.filter((one) => saysSame(one, found))
  return resources.find((one) => addressOf(one) === found.address) ?? (fitting.length === 1 ? fitting[0] : undefined)
}

function objectFor(resource: Resource, foreign: readonly Listed[]): Listed {
  const key = resource.kind.keyOf(resource)
  const fitting = foreign.filter((one) => saysSame(resource, one))
  const found =
    foreign.find((one) => one.kind === resource.kind && one.key === key) ??
    (fitting.length === 1 ? fitting[0] : undefined)
  if (found) return found
  const which =
    fitting.length === 0 ? 'no tunnel of another owner says' : `${fitting.length} tunnels of other owners say`
  throw new CommandFailure(
    EXIT.invalid,
    `${which} what ${addressOf(resource)} declares; \`wfpctl get --all\` lists them: name that manifest in a file of its own, and the key: wfpctl adopt KEY PATH`,
  )
}

/** Leaving out what an engine does not show, what only people read, and the key. */
function saysSame(resource: Resource, { kind, spec, hidden }: Listed): boolean {
  if (resource.kind !== kind) return false
  const isOpen = (path: string) =>
    !(path in kind.impacts) && path !== '/key' && !hidden.some((one) => one.startsWith(path))
  const flat = (form: object) => Object.fromEntries(Object.entries(form).filter(([field]) => isOpen(`/${field}`)))
  return same(flat(comparable(resource, new Map())), flat(spec))
}

function nothingForeign({ kind, name = '' }: Selector): CommandFailure {
  const what = kind === undefined ? name : `${kind}/${name}`
  return new CommandFailure(
    EXIT.invalid,
    `the engine holds no ${what} of another owner; \`wfpctl get --all\` lists what it holds`,
  )
}

function isHere({ sets }: Desired, name: string, policy: Adoption['policy']): boolean {
  const set = sets.find((one) => one.name === name)
  return set === undefined || isForHost(set, policy)
}

/** What may have happened between looking and acting, or stands in the way. */
function failed(adopted: Adopted, address: string): never {
  switch (adopted.status) {
    case 'ours':
      throw new CommandFailure(
        EXIT.invalid,
        `it is ours already, as ${adopted.owner} of set ${adopted.set}; to call it otherwise, declare that with \`formerly\``,
      )
    case 'taken':
      throw new CommandFailure(EXIT.invalid, `something of ours is called ${address} already; \`wfpctl get\` shows it`)
    case 'ineffective':
      throw new CommandFailure(
        EXIT.readBackDiffers,
        `${address} was not adopted: its record does not read back as it was written; nothing was changed`,
      )
    default:
      throw new CommandFailure(
        EXIT.stale,
        `${address} is not what it was when it was looked at; nothing was changed, try again`,
      )
  }
}
