/** `status`: what a running watch says about itself. */

import { printable } from '../../base/index.ts'
import type { FleetLink, TreeState } from '../../reconcile/watch/events.ts'
import type { WatchStatus } from '../../reconcile/watch/watcher.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { type DiagnosticJson, renderTable, toJson } from '../render/index.ts'
import type { Invocation } from './command.ts'

type StatusAnswer = Omit<WatchStatus, 'findings'> & {
  readonly formatVersion: string
  readonly findings: readonly DiagnosticJson[]
}

/** Where `watch --listen 9741` answers; the number means nothing. */
const DEFAULT_URL = 'http://127.0.0.1:9741'
const TIMEOUT_MILLISECONDS = 5_000

export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  const url = String(options.url ?? process.env.WFPCTL_STATUS_URL ?? DEFAULT_URL)
  const status = await fetchStatus(url, await bearer(options))
  terminal.answer(terminal.json ? toJson(status) : render(status, terminal.width))
  return EXIT.done
}

/** @throws CommandFailure where the file holds no token */
async function bearer({ tokenFile }: Invocation['options']): Promise<{ readonly authorization?: string }> {
  if (typeof tokenFile !== 'string') return {}
  const { readTokenFile } = await import('../http/access.ts')
  return { authorization: `Bearer ${await readTokenFile(tokenFile)}` }
}

async function fetchStatus(url: string, headers: { readonly authorization?: string }): Promise<StatusAnswer> {
  try {
    const response = await fetch(new URL('/status', url), {
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      redirect: 'error',
      headers: { ...headers },
    })
    if (response.status === 401) throw new Error('it asks for a token: --token-file FILE')
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    const answer = (await response.json()) as Partial<StatusAnswer>
    if (!Array.isArray(answer.sets) || answer.engine === undefined) throw new Error('that is not a wfpctl watch')
    return answer as StatusAnswer
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code
    const reason = cause ?? (error instanceof Error ? error.message : String(error))
    throw new CommandFailure(
      EXIT.unavailable,
      `no watch answers at ${url} (${reason}); start one with: wfpctl watch --listen 9741`,
    )
  }
}

const TREES: { readonly [state in TreeState]: string } = {
  good: 'good',
  unsettled: 'coming to rest',
  invalid: 'with errors; the last good state stays enforced',
  nothing: 'not read yet',
}

function render(status: StatusAnswer, width: number | undefined): string {
  const { engine, tree, findings, commit, fleet, lastPass, passes, sets } = status
  const head = [
    `engine ${engine.name}: ${engine.connected ? 'open' : 'away'}`,
    `manifests: ${TREES[tree]}${findings.length === 0 ? '' : ` (${findings.length} findings)`}`,
    ...(commit === undefined ? [] : [`commit: ${commit}`]),
    ...(fleet === undefined ? [] : [`fleet: ${fleetText(fleet)}`]),
    `passes: ${passes}${lastPass === undefined ? '' : `, the last at ${lastPass}`}`,
  ]
  const rows = sets.flatMap((set) => [
    [set.set, '', `${set.state} (${set.mode})`, set.since, set.why ?? ''],
    ...set.resources.map((r) => [
      set.set,
      r.address,
      r.synced ? (r.off ? 'off' : 'synced') : 'not synced',
      r.since,
      r.why ?? '',
    ]),
  ])
  return `${head.map((line) => printable(line)).join('\n')}\n\n${renderTable(['SET', 'RESOURCE', 'STATE', 'SINCE', 'WHY'], rows, width)}`
}

/** `hq-gw01, reached since …; rollout 3 wants commit …, in wave 2` */
function fleetText({ host, connected, since, why, wanted }: FleetLink): string {
  const link = `${connected ? 'reached' : 'away'} since ${since}${why === undefined ? '' : ` (${why})`}`
  const wish = wanted && `; rollout ${wanted.rollout} wants commit ${wanted.commit}, in wave ${wanted.wave}`
  return `${host}, ${link}${wish ?? '; nothing is wanted here yet'}`
}
