/** Changes as people read them: each by itself, or many by group. Symbols carry the meaning, colour repeats it. */

import { dotted, type Json, positionOf, printable } from '../../base/index.ts'
import { isEnabled, type Outline } from '../../manifest/index.ts'
import {
  type Change,
  type Difference,
  movedFrom,
  type Orphan,
  renamedFrom,
  type SetPlan,
  stands,
} from '../../reconcile/plan/index.ts'
import type { Paint } from './paint.ts'

/** Wide enough for most addresses, so that the columns of a plan line up. */
const ADDRESS_WIDTH = 36
const PATH_WIDTH = 40
const LABEL_WIDTH = 14

export const SYMBOLS = {
  create: '  +',
  replace: '-/+',
  delete: '  -',
  record: '  ~',
  move: '  >',
  disable: '  o',
} as const

/** Why something goes, and what became of it where it was declared. */
export interface Telling {
  readonly reason: string
  readonly origin: 'applied' | 'declared'
}

/** How the changes of a set are shown. */
export interface Style extends Telling {
  readonly paint: Paint
  /** many changes: what is alike in one, the first ones by name */
  readonly grouped: boolean
}

/** A column of addresses: one that is longer stands apart from what follows all the same. */
export function addressColumn(address: string): string {
  return `${address.padEnd(ADDRESS_WIDTH - 2)}  `
}

/** One change in words, wherever they are shown: none of them is printable yet. */
export interface ChangeWords {
  readonly symbol: string
  /** `gw/hq.yaml:12`; empty where nothing declares it */
  readonly where: string
  readonly why: string
  /** What is new, in a few words: its name says too little to approve it. */
  readonly outline: Outline['facts']
}

export function wordsOf(change: Change, { reason, origin }: Telling): ChangeWords {
  const { action, after } = change
  const seen = action === 'delete' && !change.before.leftover ? lastSeen(change.before.record, origin) : ''
  return {
    symbol: SYMBOLS[action].trim(),
    where: sourceText(change),
    why: reasonText(change, reason) + seen,
    outline: (action === 'create' && after.kind.review?.(after.spec).facts) || [],
  }
}

export function renderChange(change: Change, style: Style): string[] {
  const { where, why, outline } = wordsOf(change, style)
  const words = [where, why].filter((w) => w !== '').join('  ')
  const head = `${SYMBOLS[change.action]} ${words === '' ? change.address : addressColumn(change.address)}${words}`
  return [
    style.paint.action(change.action, head.trimEnd()),
    ...outline.map(([label, text]) => printable(`      ${label.padEnd(LABEL_WIDTH)} ${text}`)),
    ...change.differences.map(renderDifference),
  ]
}

function sourceText(change: Change): string {
  if (!change.after) return ''
  const { file, start } = change.after.manifest
  return `${file.path}:${positionOf(file, start).line}`
}

/** Only what is not obvious from the symbol. */
function reasonText(change: Change, reason: string): string {
  const words = [originText(change), REASONS[change.action](change, reason)]
  return words.filter((one) => one !== '').join(': ')
}

const REASONS: { readonly [action in Change['action']]: (change: Change, reason: string) => string } = {
  create: ({ cause, before }) =>
    before?.record.off ? 'turned on' : cause === 'spec' ? '' : `missing from the engine, cause ${cause}`,
  replace: (change) =>
    originText(change) === '' ? `replace, ${change.impact}, cause ${change.cause}` : `replace, ${change.impact}`,
  record: ({ after }) =>
    after && !isEnabled(after) ? 'off: recorded alone' : 'record only: the tunnel stays as it is',
  move: ({ after }) => (after && !isEnabled(after) ? 'off: recorded alone' : 'the tunnel stays as it is'),
  disable: ({ impact, cause }) => `turned off, ${impact}, cause ${cause}: the tunnel goes, its name stays`,
  delete: ({ before }, reason) => {
    if (!before || before.leftover) return 'left over in the engine: the tunnel and its record are gone'
    if (stands(before)) return reason
    return before.record.off ? 'it was off, its record goes' : 'only our record was left of it'
  },
}

/** `renamed from IPsecTunnel/old, moved from set a` */
function originText(change: Change): string {
  const [name, set] = [renamedFrom(change), movedFrom(change)]
  return [
    ...(name === undefined ? [] : [`renamed from ${name}`]),
    ...(set === undefined ? [] : [`moved from set ${set}`]),
  ].join(', ')
}

export function lastSeen({ source }: Pick<Orphan, 'source'>, origin: Telling['origin']): string {
  const commit = source.commit === undefined ? '' : ` at commit ${source.commit.slice(0, 12)}`
  return ` (${origin} ${origin === 'applied' ? 'from' : 'in'} ${source.file}${commit})`
}

/** Above so many nobody reads one by one. */
const MOST_CHANGES_SHOWN = 50

export function areMany(plans: readonly SetPlan[]): boolean {
  return countOf(plans) > MOST_CHANGES_SHOWN
}

/** Said at the end, where the changes are shown by group. */
export function groupedLine(plans: readonly SetPlan[]): string {
  return `${countOf(plans)} changes, shown by group: --full shows each of them.\n`
}

function countOf(plans: readonly SetPlan[]): number {
  return plans.reduce((n, { changes }) => n + changes.length, 0)
}

/** Changes of which the same is said, with the same places: how many, what differs alike in all of them, and names. */
export function renderGroups(changes: readonly Change[], { reason, paint }: Style): string[] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const key = [change.action, reasonText(change, reason), ...change.differences.map(({ path }) => path)].join('\n')
    const group = groups.get(key)
    if (group) group.push(change)
    else groups.set(key, [change])
  }
  return [...groups.values()].flatMap((group) => renderGroup(group as [Change, ...Change[]], { reason, paint }))
}

function renderGroup(
  group: readonly [Change, ...Change[]],
  { reason, paint }: Pick<Style, 'reason' | 'paint'>,
): string[] {
  const [first] = group
  const { verb, most } = GROUPS[first.action]
  const why = reasonText(first, reason).replace(/^replace, /, '')
  const head = `${SYMBOLS[first.action]} ${group.length} to ${verb}${why === '' ? '' : `: ${why}`}`
  const more = group.length - most
  return [
    paint.action(first.action, head),
    ...first.differences.map((_, i) => commonDifference(group.flatMap(({ differences }) => differences[i] ?? []))),
    ...group.slice(0, most).map(({ address }) => printable(`      ${address}`)),
    ...(more > 0 ? [`      and ${more} more`] : []),
  ]
}

/** How many of a group are named: of what is lost, a person wants to see more. */
const GROUPS: { readonly [action in Change['action']]: { readonly verb: string; readonly most: number } } = {
  create: { verb: 'create', most: 3 },
  replace: { verb: 'replace', most: 20 },
  record: { verb: 'record', most: 3 },
  move: { verb: 'move', most: 3 },
  disable: { verb: 'turn off', most: 20 },
  delete: { verb: 'delete', most: 20 },
}

function commonDifference(differences: readonly Difference[]): string {
  const lines = new Set(differences.map(renderDifference))
  const [line = ''] = lines
  if (lines.size === 1) return line
  return differenceLine(differences[0]?.path ?? '', '(not the same in all of them)')
}

export function renderDifference(difference: Difference): string {
  return differenceLine(difference.path, differenceText(difference))
}

/** `1h → 30m`; of a secret, that it changed */
export function differenceText({ sensitive, before, after }: Difference): string {
  return sensitive ? '(changed, not shown)' : `${valueText(before)} → ${valueText(after)}`
}

function differenceLine(path: string, text: string): string {
  return `      ${printable(dotted(path)).padEnd(PATH_WIDTH)} ${text}`
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return '(none)'
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
