/** `IPsecTunnel/hq-dallas` on the command line: which objects of the engine it names. */

import { didYouMean, type Guid } from '../base/index.ts'
import { addressOf, isName } from '../manifest/index.ts'
import {
  isSelected,
  parseLabelSelector,
  type Selectable,
  type Selection,
  unknownTargets,
} from '../reconcile/plan/index.ts'
import type { Listed, Provider } from '../reconcile/provider.ts'
import { CommandFailure, EXIT } from './exit.ts'

export interface Selector {
  readonly kind?: string
  readonly name?: string
}

/** `IPsecTunnel`, `IPsecTunnel/hq-dallas`, `IPsecTunnel/KEY`, the kind in any case. */
export function selectorFrom(text: string | undefined, { kinds }: Pick<Provider, 'kinds'>): Selector {
  if (text === undefined) return {}
  const [, kindText = '', name] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? []
  const kind = [...kinds.keys()].find((k) => k.toLowerCase() === kindText.toLowerCase())
  if (kind) return { kind, ...(name !== undefined && { name }) }
  const help = didYouMean(kindText, kinds.keys()) ?? `there are ${[...kinds.keys()].join(', ')}`
  throw new CommandFailure(EXIT.usage, `unknown kind ${kindText}; ${help}`)
}

/** One object: its address, or its key alone. */
export function oneFrom(text: string, provider: Pick<Provider, 'kinds'>): Selector & { readonly name: string } {
  if (GUID.test(text)) return { name: text }
  const { kind, name } = selectorFrom(text, provider)
  if (kind !== undefined && name) return { kind, name }
  throw new CommandFailure(
    EXIT.usage,
    `${text} names no single object; write its address, e.g. IPsecTunnel/hq-dallas, or its key`,
  )
}

export function isWanted(listed: Pick<Listed, 'kind' | 'name' | 'key'>, { kind, name }: Selector): boolean {
  return (
    (kind === undefined || listed.kind.name === kind) &&
    (name === undefined || listed.name === name || isKey(name, listed.key))
  )
}

/** Sets by name, each of which the engine knows; none given: all that it knows. */
export async function setsFrom(
  names: readonly string[],
  provider: Pick<Provider, 'ownedSets'>,
): Promise<readonly string[]> {
  const known = await provider.ownedSets()
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return names.length === 0 ? known : [...new Set(names)]
  const help = didYouMean(unknown, known) ?? '`wfpctl get` lists what it holds'
  throw new CommandFailure(EXIT.invalid, `this engine holds nothing of a set named ${unknown}; ${help}`)
}

/** @throws CommandFailure for what no set can be called */
export function requireSetName(text: string): void {
  if (isName(text)) return
  throw new CommandFailure(EXIT.usage, `${text} is not the name of a set: use 1 to 63 of a-z, 0-9, - and .`)
}

/** `-l` and `--target`, each given once or several times. */
export function selectionFrom(options: Readonly<Record<string, unknown>>): { readonly selection?: Selection } {
  const selectors = [options.selector ?? []].flat().map(String)
  const targets = [options.target ?? []].flat().map(String).sort()
  if (selectors.length + targets.length === 0) return {}
  const labels = selectors.flatMap((text) => parseLabelSelector(text) ?? noSelector(text))
  return { selection: { ...(labels.length > 0 && { labels }), ...(targets.length > 0 && { targets }) } }
}

function noSelector(text: string): never {
  throw new CommandFailure(
    EXIT.usage,
    `${text} is not a label selector; write for instance env=prod, env!=lab, env in (prod,test), env notin (lab), env or !env, with commas between`,
  )
}

/** Of what stands: those that are selected. @throws CommandFailure for a target that nothing is called */
export function selected<T extends Selectable>(
  all: readonly T[],
  { selection }: { readonly selection?: Selection },
): readonly T[] {
  const standing = [{ resources: new Map(all.map((one) => [addressOf(one), one])) }]
  const [unknown] = selection ? unknownTargets(selection, [], standing) : []
  if (unknown) throw new CommandFailure(EXIT.invalid, `${unknown.message}; ${unknown.help}`)
  return all.filter((one) => isSelected(one, selection))
}

const GUID = /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i

/** In any case, with or without braces. */
function isKey(text: string, key: Guid): boolean {
  return text.replace(/[{}]/g, '').toLowerCase() === key.toLowerCase()
}
