/** What a plan may contain: pruning, budgets, protection, emptiness. The user's choices, and what they refuse. */

import { type Budget, type Diagnostic, diagnostic, plural } from '../../base/index.ts'
import { type Address, isSameHost, type TunnelSet } from '../../manifest/index.ts'
import type { Selection } from './selection.ts'

/** Choices of one run; absent: what the set's manifest says. */
export interface Policy {
  /** this machine's name, compared with `spec.host` */
  readonly host: string
  /** which engine, on which machine: what is approved for one is not approved for another */
  readonly engine?: string
  /** what the manifests belong to: the address of a repository, or the directory that holds them; absent: nobody says */
  readonly root?: string
  /** `--take-over`: what was applied from another root may be deleted, moved and taken as one's own */
  readonly takeOver?: boolean
  /** `-l`, `--target`: what is outside is neither changed nor missed; absent: everything is meant */
  readonly selection?: Selection
  /** single files, as they are shown: what was applied from others is not missed; absent: all that is declared is given */
  readonly files?: readonly string[]
  /** `--strict`: warnings are errors */
  readonly strict?: boolean
  /** `--no-secrets`: none is read, and none counts as changed; such a plan cannot be applied */
  readonly secrets?: false
  /** `--no-prune` leaves undeclared objects as orphans */
  readonly prune?: false
  /** `--allow-empty` */
  readonly allowEmpty?: boolean
  /** `--apply-cosmetic` replaces objects whose display text differs */
  readonly applyCosmetic?: boolean
  /** `--max-delete`, `--max-replace` */
  readonly maxDelete?: Budget
  readonly maxReplace?: Budget
}

/** The findings, and under `--strict` no warning among them. */
export function strictly(
  diagnostics: readonly Diagnostic[],
  { strict }: Pick<Policy, 'strict'>,
): readonly Diagnostic[] {
  return strict ? diagnostics.map((one) => ({ ...one, severity: 'error' as const })) : diagnostics
}

/** Something that safety refuses. `set`: nothing of the set may be applied; `object`: this object alone is left as it is. */
export interface Blocked {
  readonly scope: 'set' | 'object'
  readonly reason: 'maxDelete' | 'maxReplace' | 'empty' | 'protected' | 'foreign' | 'otherRoot' | 'unconfirmed'
  readonly address?: Address
  readonly message: string
  readonly help: string
}

export function isForHost(set: TunnelSet, policy: Policy): boolean {
  return set.host === undefined || isSameHost(set.host, policy.host)
}

/** A warning where every set that is declared belongs to other hosts: most likely a name is wrong. */
export function nothingForHost(sets: readonly TunnelSet[], policy: Policy): Diagnostic[] {
  const [first] = sets
  if (!first || sets.some((set) => isForHost(set, policy))) return []
  const others = [...new Set(sets.map(({ host }) => host))].join(', ')
  const message = `every set belongs to another host: this one is \`${policy.host}\`, and the sets name ${others}`
  const isCut = sets.some(({ host = '' }) => areOneCut(host, policy.host))
  const help = isCut
    ? 'Windows cuts the short form of a name at 15 characters: write it as `hostname` prints it'
    : 'name this host in spec.host (its first label is enough), or pass --host NAME'
  return [diagnostic('W320', first.manifest?.at('/spec/host'), message, { help })]
}

const NETBIOS_LENGTH = 15

/** `BRANCH-OFFICE-G` and `branch-office-gateway-01`, of which %COMPUTERNAME% has the first */
function areOneCut(...names: readonly [string, string]): boolean {
  const [one = '', other = ''] = names.map((name) => name.toLowerCase().split('.')[0])
  if (one.length === other.length || Math.min(one.length, other.length) !== NETBIOS_LENGTH) return false
  return one.slice(0, NETBIOS_LENGTH) === other.slice(0, NETBIOS_LENGTH)
}

export function prunes(set: TunnelSet, policy: Policy): boolean {
  return set.prune && policy.prune !== false
}

/** The counts that safety looks at. `live`: the set's tunnels that stand in the engine now. */
export interface Counts {
  readonly desired: number
  readonly live: number
  readonly delete: number
  readonly replace: number
  /** what one of them is called */
  readonly noun: () => string
}

/** @returns every budget that the counts exceed, and the refusal of an empty desired set */
export function refusals(set: TunnelSet, policy: Policy, counts: Counts): Blocked[] {
  const budgets = [
    {
      reason: 'maxDelete',
      flag: '--max-delete',
      what: 'delete',
      limit: policy.maxDelete ?? set.safety.maxDelete,
      count: counts.delete,
    },
    {
      reason: 'maxReplace',
      flag: '--max-replace',
      what: 'replace',
      limit: policy.maxReplace ?? set.safety.maxReplace,
      count: counts.replace,
    },
  ] as const
  const over = budgets.flatMap(({ reason, flag, what, limit, count }): Blocked[] => {
    if (limit === undefined || count <= allowed(limit, counts.live)) return []
    return [
      {
        scope: 'set',
        reason,
        message: `the plan would ${what} ${count} of ${plural(counts.live, counts.noun())}; safety.${reason} allows ${describe(limit, counts.live)}`,
        help: `if that is what you want, pass ${flag} ${count} for this run`,
      },
    ]
  })
  if (counts.desired > 0 || counts.delete === 0 || policy.allowEmpty) return over
  const empty: Blocked = {
    scope: 'set',
    reason: 'empty',
    message: `set ${set.name} declares no ${counts.noun()} at all, and would lose ${counts.delete} of ${counts.live} that stand`,
    help: 'if that is what you want, pass --allow-empty, or use wfpctl destroy',
  }
  return [empty, ...over]
}

function allowed(limit: Budget, live: number): number {
  return 'count' in limit ? limit.count : Math.max(1, Math.ceil(limit.share * live))
}

function describe(limit: Budget, live: number): string {
  return 'count' in limit ? String(limit.count) : `${Number((limit.share * 100).toFixed(4))}% (${allowed(limit, live)})`
}
