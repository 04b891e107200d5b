/** `drift`: live against last applied, nothing else. Opens only read transactions and reads no secret, so it can change nothing. */

import { hasErrors, plural, printable } from '../../base/index.ts'
import { type Address, addressOf } from '../../manifest/index.ts'
import { type Drift, findDrift, type SetState, selectionText, undeclaredSets } from '../../reconcile/plan/index.ts'
import { withProvider } from '../engine.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { readManifests } from '../load.ts'
import { FORMAT_VERSION, renderDifference, renderUndeclared, toJson } from '../render/index.ts'
import { selected, selectionFrom } from '../selector.ts'
import type { Invocation } from './command.ts'

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { options, terminal } = invocation
  const declared = await declarations(invocation)
  if (declared && hasErrors(declared.diagnostics)) return terminal.reject(declared.diagnostics)
  return withProvider(options, terminal, async (provider) => {
    const sets = await provider.ownedSets()
    const part = selectionFrom(options)
    terminal.progress('reading the engine')
    const all = await provider.observe(sets.map((set) => ({ set, wanted: [] })))
    const states = selectedStates(all, part)
    const drifts = states.flatMap((state) => findDrift(state, declared?.desired.resources ?? []))
    const undeclared = declared && declared.files.length > 0 ? undeclaredSets(states, declared.desired) : []
    const off = states.flatMap(offOf)
    const partial = part.selection && { partial: part.selection }
    const answer = { engine: { name: provider.name }, ...partial, drift: drifts.map(driftJson), off, undeclared }
    terminal.answer(
      terminal.json
        ? toJson({ formatVersion: FORMAT_VERSION, ...answer })
        : render(drifts, states, off) +
            partialLine(all, states, part) +
            undeclared.map((set) => `\n${renderUndeclared(set, terminal.paint)}`).join(''),
    )
    return drifts.length > 0 ? EXIT.changes : EXIT.done
  })
}

/** Manifests only add field names to what drifted; without PATH, and without manifests here, drift is told all the same. */
async function declarations({ args, options, terminal }: Invocation) {
  const read = await readManifests(args, options, { progress: terminal.progress })
  return args.length === 0 && hasErrors(read.diagnostics) ? undefined : read
}

function driftJson({ observed, missing, differences }: Drift): object {
  return {
    address: addressOf(observed),
    set: observed.set,
    key: observed.key,
    state: missing ? 'missing' : 'changed',
    differences,
  }
}

/** @throws CommandFailure for a target that nothing is called */
function selectedStates(states: readonly SetState[], part: Part): SetState[] {
  const all = states.flatMap(({ resources }) => [...resources.values()])
  const chosen = new Set(
    selected(
      all.map((one) => ({ kind: one.kind, name: one.name, labels: one.record.labels, one })),
      part,
    ).map(({ one }) => one),
  )
  return states.map((state) => ({
    ...state,
    resources: new Map([...state.resources].filter(([, one]) => chosen.has(one))),
  }))
}

type Part = ReturnType<typeof selectionFrom>

function partialLine(all: readonly SetState[], states: readonly SetState[], { selection }: Part): string {
  if (!selection) return ''
  const count = (some: readonly SetState[]) => some.reduce((n, { resources }) => n + resources.size, 0)
  const outside = plural(count(all) - count(states), 'other resource was', 'other resources were')
  return `${printable(`Partial: only ${selectionText(selection)}; ${outside} not compared.`)}\n`
}

/** What is off as it was declared: nothing of it stands, and nothing is missing. */
function offOf({ resources }: SetState): Address[] {
  return [...resources.values()].filter(({ record, live }) => record.off && !live).map(addressOf)
}

function render(drifts: readonly Drift[], states: readonly SetState[], off: readonly Address[]): string {
  const total = states.reduce((n, s) => n + s.resources.size, 0)
  const asDeclared = off.map((address) => `${printable(`  ${address}  off`)}\n`).join('')
  if (drifts.length === 0)
    return `${asDeclared}No drift. ${plural(total, 'resource is', 'resources are')} as last applied.\n`
  const lines = drifts.flatMap(({ observed, missing, differences }) => [
    printable(
      `  ! ${addressOf(observed)}  ${missing ? 'missing: somebody deleted it' : 'changed since it was applied'}`,
    ),
    ...differences.map(renderDifference),
  ])
  return `${asDeclared}${lines.join('\n')}\n\nDrift: ${drifts.length} of ${plural(total, 'resource')}.\n`
}
