/** A plan as people read it. Same input, same bytes: no clocks, no absolute paths. Symbols carry the meaning, colour repeats it. */

import { plural, printable } from '../../base/index.ts'
import { confirmationText, isSuspended, suspensionText } from '../../reconcile/notes/index.ts'
import {
  type Change,
  changesNothing,
  type Orphan,
  type OutsideStep,
  type Selection,
  type SetPlan,
  selectionText,
  type UndeclaredSet,
} from '../../reconcile/plan/index.ts'
import type { Planned } from '../../reconcile/reconcile.ts'
import {
  addressColumn,
  areMany,
  groupedLine,
  lastSeen,
  renderChange,
  renderDifference,
  renderGroups,
  type Style,
  SYMBOLS,
  type Telling,
} from './change.ts'
import type { Paint } from './paint.ts'

interface Renderable extends Pick<Planned, 'plans'>, Partial<Omit<Planned, 'plans' | 'diagnostics'>> {
  /** why something goes or is an orphan; absent: no manifest declares it */
  readonly reason?: string
  /** absent: what stands was applied */
  readonly origin?: Telling['origin']
  /** each change by itself, however many there are; absent: many are shown by group */
  readonly full?: boolean
}

/** @returns the whole answer of `plan`: what it was made of and for, what would change, and a summary line */
export function renderPlan(
  { plans, selection, undeclared = [], reason = NOT_DECLARED, origin = 'applied', full = false, ...head }: Renderable,
  paint: Paint,
): string {
  const shown = plans.filter(isNoteworthy)
  const telling = { reason, origin }
  const isDigested = head.engine !== undefined
  const style = { ...telling, paint, grouped: !full && areMany(plans) }
  const sections = shown.map((plan) =>
    renderSet(plan, { withHeading: plans.length > 1, withDigest: plans.length > 1 && isDigested }, style),
  )
  const others = undeclared.map((set) => renderUndeclared(set, paint, telling))
  const lines = headLines(head, plans)
  return [
    ...(lines.length > 0 ? [lines.map((line) => `${printable(line)}\n`).join('')] : []),
    ...sections,
    ...others,
    (style.grouped ? groupedLine(plans) : '') +
      summaryLine(plans) +
      replacementLine(plans) +
      unverifiedLine(plans) +
      partialLines(plans, selection),
  ].join('\n')
}

const NOT_DECLARED = 'not in any manifest'
export const AS_APPLIED: Telling = { reason: NOT_DECLARED, origin: 'applied' }

/** Where there is something to approve: for whom, by what, from which commit. The digest is the one of `apply --plan-digest`. */
function headLines(
  { host, engine, commit }: Pick<Renderable, 'host' | 'engine' | 'commit'>,
  plans: readonly SetPlan[],
) {
  const changing = plans.filter((plan) => !changesNothing(plan))
  const digest = plans.length === 1 && engine !== undefined ? changing[0]?.digest : undefined
  const told = changing.length > 0 ? { host, engine, commit, digest } : { commit }
  return Object.entries(told).flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]))
}

export function isNoteworthy(plan: SetPlan): boolean {
  return (
    plan.skipped ||
    plan.removesOwner ||
    plan.confirmation !== undefined ||
    plan.suspension !== undefined ||
    [plan.changes, plan.outsideTransaction, plan.cosmetic, plan.off, plan.blocked, plan.orphans].some(
      (list) => list.length > 0,
    )
  )
}

interface Heading {
  readonly withHeading: boolean
  readonly withDigest: boolean
}

function renderSet(plan: SetPlan, { withHeading, withDigest }: Heading, style: Style): string {
  const { paint, grouped } = style
  const lines = [
    ...(withHeading ? [paint.bold(`set ${plan.set.name}`)] : []),
    ...(withDigest && !changesNothing(plan) ? [`digest: ${plan.digest}`] : []),
    ...(plan.skipped ? [printable(`  skipped: the set belongs to host ${plan.set.host}`)] : []),
    ...noteLines(plan),
    ...(grouped ? renderGroups(plan.changes, style) : plan.changes.flatMap((change) => renderChange(change, style))),
    ...(plan.removesOwner ? [paint.action('delete', `${SYMBOLS.delete} ${OWNER}`)] : []),
    ...asideLines(plan, style),
    ...plan.blocked.flatMap((b) => [paint.red(`  ! ${b.message}`), printable(`      help: ${b.help}`)]),
  ]
  return `${lines.join('\n')}\n`
}

/** What stands beside the changes of a set: nothing is done to it. */
export function asideLines(plan: SetPlan, { reason, origin }: Telling): string[] {
  return [
    ...plan.outsideTransaction.map((step) => printable(`  * ${addressColumn(step.address)}${outsideText(step)}`)),
    ...plan.cosmetic.flatMap(({ address, differences }) => [
      printable(`    ${addressColumn(address)}text differs; not changed without --apply-cosmetic`),
      ...differences.map(renderDifference),
    ]),
    ...plan.off.map((address) => printable(`    ${addressColumn(address)}off: declared with enabled: false`)),
    ...plan.orphans.map((o) =>
      orphanLine(o, { reason: plan.skipped ? 'still on this host' : o.elsewhere ? OF_OTHER_FILE : reason, origin }),
    ),
  ]
}

/** What is known beside what stands: a promise that is open, and who wants watches to leave the set alone. */
export function noteLines({ set, confirmation, suspension, blocked }: SetPlan): string[] {
  const isSaid = blocked.some(({ reason }) => reason === 'unconfirmed')
  const waits = `  ? set ${set.name} waits for a confirmation of ${confirmation && confirmationText(confirmation)}`
  const isLeft = suspension && isSuspended(suspension, new Date())
  const suspended = `  = set ${set.name} is ${suspension && suspensionText(suspension)}`
  return [...(confirmation && !isSaid ? [waits] : []), ...(isLeft ? [suspended] : [])].map((line) => printable(line))
}

export const OWNER = 'what wfpctl owns the set by, and the key of its digests: nothing else of it stands'

/** A set has many objects where a whole folder is forgotten: the first ones tell which. */
const MOST_ORPHANS_SHOWN = 5

/** What a set holds that no manifest declares, and what to do about it. */
export function renderUndeclared({ set, orphans }: UndeclaredSet, paint: Paint, telling: Telling = AS_APPLIED): string {
  const more = orphans.length - MOST_ORPHANS_SHOWN
  const lines = [
    paint.bold(`set ${set}: the engine holds it, and no manifest given declares it`),
    ...orphans.slice(0, MOST_ORPHANS_SHOWN).map((o) => orphanLine(o, telling)),
    ...(more > 0 ? [`    and ${more} more`] : []),
    printable(`      help: give its manifests too, or delete it: wfpctl destroy ${set}`),
  ]
  return `${lines.join('\n')}\n`
}

const OF_OTHER_FILE = 'declared in a file that was not given'

function orphanLine(orphan: Orphan, { reason, origin }: Telling): string {
  const address = addressColumn(orphan.address)
  return printable(
    `    ${address}orphan${orphanText(orphan)}: ${reason}, left alone${orphan.leftover ? '' : lastSeen(orphan, origin)}`,
  )
}

const OUTSIDE: { readonly [state in OutsideStep['state']]: string } = {
  held: 'registered and held',
  'needs-watch': 'outside the transaction: registered only while `watch` or `apply --hold` runs',
  unknown: 'outside the transaction: this engine does not tell whether it is registered',
  off: 'off: declared with enabled: false',
}

function outsideText({ action, state }: OutsideStep): string {
  if (action === 'register' || state === 'off') return OUTSIDE[state]
  return 'off: still registered, by a process that has not read so yet'
}

function orphanText(orphan: SetPlan['orphans'][number]): string {
  if (orphan.leftover) return ' part (the tunnel and its record are gone)'
  if (orphan.off) return ' record (it is off)'
  if (orphan.missing) return ' record (the tunnel is gone)'
  return orphan.protected ? ', protected' : ''
}

export function summaryLine(plans: readonly SetPlan[]): string {
  const { create, replace, record, move, disable, delete: deletes, unchanged } = summaryOf(plans)
  if (create + replace + record + move + disable + deletes > 0) {
    const rare = [`${move} to move`, `${disable} to turn off`, `${record} to record`].filter(
      (one) => !one.startsWith('0'),
    )
    const counts = [`${create} to create`, `${replace} to replace`, `${deletes} to delete`, ...rare]
    return `Plan: ${counts.join(', ')}, ${unchanged} unchanged.\n`
  }
  if (plans.some((plan) => plan.removesOwner)) return 'Plan: nothing to change but what is left of a set.\n'
  if (unchanged === 0) return 'No changes.\n'
  const resources = `${unchanged} ${unchanged === 1 ? 'resource matches' : 'resources match'} the engine`
  const hidden = plans.some(({ unverified }) => unverified.length > 0) ? ', as far as it shows them' : ''
  return `No changes. ${resources}${hidden}.\n`
}

function replacementLine(plans: readonly SetPlan[]): string {
  if (summaryOf(plans).replace === 0) return ''
  return 'The engine edits nothing in place: what is replaced loses its security associations.\n'
}

/** A plan that is not of everything says so. */
export function partialLines(plans: readonly SetPlan[], selection: Selection | undefined): string {
  const outside = plans.reduce((n, plan) => n + (plan.outside ?? 0), 0)
  const elsewhere = plans.flatMap(({ orphans }) => orphans.filter((one) => one.elsewhere)).length
  const part =
    selection &&
    `Partial: only ${selectionText(selection)}; ${plural(outside, 'other resource is', 'other resources are')} left alone.\n`
  const files = `Partial: only the files given; ${plural(elsewhere, 'resource of another file is', 'resources of other files are')} left alone (--whole prunes them).\n`
  return printableLines((part ?? '') + (elsewhere > 0 ? files : ''))
}

function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n')
}

/** What the engine does not show is not known to match it. Said where something is to be approved. */
function unverifiedLine(plans: readonly SetPlan[]): string {
  const changes = plans.flatMap((plan) => plan.changes)
  if (changes.length === 0) return ''
  const going = new Set(changes.filter(({ action }) => action === 'delete').map(({ address }) => address))
  const staying = plans.flatMap((plan) => plan.unverified).filter(({ address }) => !going.has(address))
  const count = staying.reduce((n, { paths }) => n + paths.length, 0)
  if (count === 0) return ''
  const values = count === 1 ? '1 value' : `${count} values`
  return `Unverified: ${values} that the engine does not show, taken from the record; -o json lists them.\n`
}

export interface Summary {
  readonly create: number
  readonly replace: number
  readonly record: number
  /** renamed, or moved to another set, without being touched */
  readonly move: number
  /** turned off */
  readonly disable: number
  readonly delete: number
  readonly unchanged: number
}

export function summaryOf(plans: readonly SetPlan[]): Summary {
  const count = (action: Change['action']) =>
    plans.reduce((n, p) => n + p.changes.filter((c) => c.action === action).length, 0)
  return {
    create: count('create'),
    replace: count('replace'),
    record: count('record'),
    move: count('move'),
    disable: count('disable'),
    delete: count('delete'),
    unchanged: plans.reduce((n, p) => n + p.unchanged, 0),
  }
}
