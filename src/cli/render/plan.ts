/** A plan as people read it. Same input, same bytes: no clocks, no absolute paths. Symbols carry the meaning, colour repeats it. */

import type { Json } from '../../base/json.ts'
import { dotted } from '../../base/json.ts'
import { positionOf } from '../../base/source.ts'
import type { Difference } from '../../reconcile/plan/diff.ts'
import { type Change, isRecordOnly, type SetPlan } from '../../reconcile/plan/model.ts'
import type { Planned } from '../../reconcile/reconcile.ts'
import type { Paint } from './paint.ts'

/** Wide enough for most addresses, so that the columns of a plan line up. */
const ADDRESS_WIDTH = 36
const PATH_WIDTH = 40

const SYMBOLS = { create: '  +', replace: '-/+', delete: '  -', record: '  ~' } as const

/** @returns the whole answer of `plan`, beginning with the Git commit it was made from, if any, and ending in a summary line */
export function renderPlan({ plans, commit }: Pick<Planned, 'plans' | 'commit'>, paint: Paint): string {
  const head = commit === undefined ? '' : `commit: ${commit}\n\n`
  const shown = plans.filter(isNoteworthy)
  const sections = shown.map((plan) => renderSet(plan, plans.length > 1, paint))
  return head + [...sections, summaryLine(plans) + unverifiedLine(plans)].join('\n')
}

function isNoteworthy(plan: SetPlan): boolean {
  return (
    plan.skipped ||
    [plan.changes, plan.outsideTransaction, plan.cosmetic, plan.blocked, plan.orphans].some((list) => list.length > 0)
  )
}

function renderSet(plan: SetPlan, withHeading: boolean, paint: Paint): string {
  const lines = [
    ...(withHeading ? [paint.bold(`set ${plan.set.name}`)] : []),
    ...(plan.skipped ? [`  skipped: the set belongs to host ${plan.set.host}`] : []),
    ...plan.changes.flatMap((change) => renderChange(change, paint)),
    ...plan.outsideTransaction.map((step) => `  * ${step.address.padEnd(ADDRESS_WIDTH)}${outsideText(step.state)}`),
    ...plan.cosmetic.flatMap(({ address, differences }) => [
      `    ${address.padEnd(ADDRESS_WIDTH)}text differs; not changed without --apply-cosmetic`,
      ...differences.map(renderDifference),
    ]),
    ...plan.orphans.map(
      (o) =>
        `    ${o.address.padEnd(ADDRESS_WIDTH)}orphan${orphanText(o)}: ${plan.skipped ? 'still on this host' : 'not in any manifest'}, left alone`,
    ),
    ...plan.blocked.flatMap((b) => [paint.red(`  ! ${b.message}`), `      help: ${b.help}`]),
  ]
  return `${lines.join('\n')}\n`
}

function renderChange(change: Change, paint: Paint): string[] {
  const symbol = isRecordOnly(change) ? SYMBOLS.record : SYMBOLS[change.action]
  const words = [sourceText(change), reasonText(change)].filter((w) => w !== '').join('  ')
  const head = `${symbol} ${change.address.padEnd(words === '' ? 0 : ADDRESS_WIDTH)}${words}`
  return [paint.action(change.action, head.trimEnd()), ...change.differences.map(renderDifference)]
}

function sourceText(change: Change): string {
  if (!change.after) return ''
  const span = change.after.manifest.at('')
  return `${span.file.path}:${positionOf(span.file, span.start).line}`
}

/** Only what is not obvious from the symbol. */
function reasonText({ action, cause, impact, before }: Change): string {
  if (action === 'create') return cause === 'spec' ? '' : `missing from the engine, cause ${cause}`
  if (action === 'delete') return before?.live ? 'not in any manifest' : 'only our record was left of it'
  if (impact === 'none') return 'record only: the tunnel stays as it is'
  return `replace, ${impact}, cause ${cause}: tunnels cannot be edited in place`
}

function outsideText(state: 'held' | 'needs-watch'): string {
  return state === 'held'
    ? 'registered and held'
    : 'outside the transaction: registered only while `watch` or `apply --hold` runs'
}

function orphanText(orphan: SetPlan['orphans'][number]): string {
  if (orphan.missing) return ' record (the tunnel is gone)'
  return orphan.protected ? ', protected' : ''
}

export function renderDifference(difference: Difference): string {
  const path = dotted(difference.path)
  if (difference.sensitive) return `      ${path.padEnd(PATH_WIDTH)} (changed, not shown)`
  return `      ${path.padEnd(PATH_WIDTH)} ${valueText(difference.before)} → ${valueText(difference.after)}`
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return '(none)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function summaryLine(plans: readonly SetPlan[]): string {
  const { create, replace, delete: deletes, unchanged } = summaryOf(plans)
  if (create + replace + deletes > 0) {
    return `Plan: ${create} to create, ${replace} to replace, ${deletes} to delete, ${unchanged} unchanged.\n`
  }
  if (unchanged === 0) return 'No changes.\n'
  const resources = `${unchanged} ${unchanged === 1 ? 'resource matches' : 'resources match'} the engine`
  return `No changes. ${resources}.\n`
}

/** What the engine does not show is not known to match it. */
function unverifiedLine(plans: readonly SetPlan[]): string {
  const count = plans.flatMap((plan) => plan.unverified).reduce((n, { paths }) => n + paths.length, 0)
  if (count === 0) return ''
  const values = count === 1 ? '1 value' : `${count} values`
  return `Unverified: ${values} that the engine does not show, taken from the record; -o json lists them.\n`
}

export interface Summary {
  readonly create: number
  readonly replace: number
  readonly delete: number
  readonly unchanged: number
}

export function summaryOf(plans: readonly SetPlan[]): Summary {
  const count = (action: Change['action']) =>
    plans.reduce((n, p) => n + p.changes.filter((c) => c.action === action).length, 0)
  return {
    create: count('create'),
    replace: count('replace'),
    delete: count('delete'),
    unchanged: plans.reduce((n, p) => n + p.unchanged, 0),
  }
}
