/** Part of a tree: by labels in the words of kubectl, and by address. What is outside is neither changed nor missed. */

import { type Diagnostic, diagnostic, didYouMean, rowOf } from '../../base/index.ts'
import { type Address, addressOf, type Kind, type Resource } from '../../manifest/index.ts'

/** One condition on labels. `notIn` holds also where there is no such label, as in Kubernetes. */
export interface LabelRequirement {
  readonly label: string
  readonly operator: 'in' | 'notIn' | 'exists' | 'absent'
  readonly values: readonly string[]
}

export interface Selection {
  /** all of them hold */
  readonly labels?: readonly LabelRequirement[]
  /** one of them is its address, or was */
  readonly targets?: readonly Address[]
}

/** Something that may be selected. */
export interface Selectable {
  readonly kind: Kind
  readonly name: string
  readonly labels: { readonly [key: string]: string }
  readonly formerly?: readonly string[]
}

export function isSelected(
  { kind, name, labels, formerly = [] }: Selectable,
  selection: Selection | undefined,
): boolean {
  if (!selection) return true
  const { labels: requirements = [], targets } = selection
  const addresses = [name, ...formerly].map((one) => addressOf({ kind, name: one }))
  return (
    requirements.every((requirement) => fulfils(labels, requirement)) &&
    (targets === undefined || addresses.some((address) => targets.includes(address)))
  )
}

/** @returns the list itself where nothing was chosen */
export function selectedFrom<T extends Selectable>(all: readonly T[], selection: Selection | undefined): readonly T[] {
  return selection ? all.filter((one) => isSelected(one, selection)) : all
}

function fulfils(labels: Selectable['labels'], { label, operator, values }: LabelRequirement): boolean {
  const value = rowOf(labels, label)
  const isAmong = value !== undefined && values.includes(value)
  return { in: isAmong, notIn: !isAmong, exists: value !== undefined, absent: value === undefined }[operator]
}

const TERM =
  /^\s*(?:(?<absent>!)\s*(?<none>[^\s=!(),]+)|(?<label>[^\s=!(),]+)\s*(?:(?<equals>==?|!=)\s*(?<value>[^\s=!(),]*)|(?<among>in|notin)\s*\((?<values>[^()]*)\))?)\s*(?:,|$)/

/**
 * `env=prod,tier!=lab,site in (hq, dallas),!old`
 *
 * @returns undefined for a text that is no selector
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string): readonly LabelRequirement[] | undefined {
  const found: LabelRequirement[] = []
  for (let rest = text; ; ) {
    const match = TERM.exec(rest)
    if (!match) return undefined
    found.push(requirementOf(match.groups as Record<string, string | undefined>))
    rest = rest.slice(match[0].length)
    if (rest === '') return match[0].trimEnd().endsWith(',') ? undefined : found
  }
}

function requirementOf(groups: Readonly<Record<string, string | undefined>>): LabelRequirement {
  const { none, label = '', equals, value = '', among, values = '' } = groups
  if (none !== undefined) return { label: none, operator: 'absent', values: [] }
  if (equals !== undefined) return { label, operator: equals === '!=' ? 'notIn' : 'in', values: [value] }
  if (among === undefined) return { label, operator: 'exists', values: [] }
  const list = values.split(',').map((one) => one.trim())
  return { label, operator: among === 'in' ? 'in' : 'notIn', values: list }
}

/** A target that nothing is called, neither in manifests nor in the engine: whoever named it relied on it. */
export function unknownTargets(
  { targets = [] }: Selection,
  resources: readonly Resource[],
  states: readonly { readonly resources: ReadonlyMap<Address, { readonly kind: Kind; readonly name: string }> }[],
): Diagnostic[] {
  const known = new Set([
    ...resources.flatMap(({ kind, name, formerly = [] }) =>
      [name, ...formerly].map((one) => addressOf({ kind, name: one })),
    ),
    ...states.flatMap((state) => [...state.resources.values()].map(addressOf)),
  ])
  return targets
    .filter((target) => !known.has(target))
    .map((target) => {
      const whole = [...known].find((address) => address.endsWith(`/${target}`))
      const help = whole === undefined ? didYouMean(target, known) : `write its whole address: ${whole}`
      const nothing = `nothing is called ${target}, neither in the manifests given nor in the engine`
      return diagnostic('E321', undefined, nothing, { help: help ?? 'write an address, e.g. IPsecTunnel/hq-dallas' })
    })
}

/** `-l env=prod`, `--target IPsecTunnel/hq`, as people would have to type it again. */
export function selectionText({ labels = [], targets = [] }: Selection): string {
  const terms = labels.map(requirementText).join(',')
  return [...(terms === '' ? [] : [`-l '${terms}'`]), ...targets.map((target) => `--target ${target}`)].join(' ')
}

function requirementText({ label, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return label
  if (operator === 'absent') return `!${label}`
  if (values.length === 1) return `${label}${operator === 'in' ? '=' : '!='}${values[0]}`
  return `${label} ${operator === 'in' ? 'in' : 'notin'} (${values.join(',')})`
}
