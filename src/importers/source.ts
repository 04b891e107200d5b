/** What an import reads, as a tree that knows where everything was written; and what became of each value of it. */

import type { Diagnostic, JsonObject, Span } from '../base/index.ts'
import { type FieldWord, fieldWord } from './words.ts'

export type Scalar = string | number | boolean | null

/** One value of the source. A key's value is never kept: `secret` stands in place of it. */
export interface Leaf {
  readonly sort: 'leaf'
  /** as the source calls it: `KeyModule`, `-ESPHash`, `esp_proposals` */
  readonly word: string
  readonly value: Scalar
  readonly span: Span
  readonly secret?: true
  /** stands nowhere in the source: it holds two parts of it together */
  readonly made?: true
  /** the part of the table that its word is looked up in: `swanctl children` */
  scope: string
  /** of a value that was taken apart: the whole, which is what is reported */
  readonly origin?: Leaf
  /** a part of which nothing becomes, whatever becomes of the whole */
  readonly lost?: true
}

export interface Branch {
  readonly sort: 'branch'
  readonly span: Span
  /** by the names that importers ask for; items of a list by their numbers */
  readonly members: Map<string, Node>
}

export type Node = Leaf | Branch

/** `not-carried`: nothing of it stands in a manifest. `changed`: something does, and it does not mean quite the same. */
export type Outcome = 'carried' | 'changed' | 'not-carried'

export interface Settlement {
  readonly outcome: Outcome
  /** where it went, `spec.keyModule` */
  readonly field?: string
  readonly note?: string
}

/** A tunnel of the source that no manifest can hold. */
export class LeftOut extends Error {
  readonly at: Span | undefined
  readonly help: string | undefined

  constructor(reason: string, at?: Node, help?: string) {
    super(reason)
    this.at = at?.span
    this.help = help
  }
}

export function branchOf(span: Span, members: Iterable<readonly [string, Node]> = []): Branch {
  return { sort: 'branch', span, members: new Map(members) }
}

/** A member, by the very name. */
export function member(branch: Branch | undefined, name: string): Node | undefined {
  return branch?.members.get(name)
}

export function leafAt(branch: Branch | undefined, name: string): Leaf | undefined {
  const node = member(branch, name)
  return node?.sort === 'leaf' ? node : undefined
}

export function branchAt(branch: Branch | undefined, name: string): Branch | undefined {
  const node = member(branch, name)
  return node?.sort === 'branch' ? node : undefined
}

/** The text of a leaf; nothing for what is absent, null or empty. */
export function textOf(leaf: Leaf | undefined): string | undefined {
  const text = leaf?.value === null || leaf?.value === undefined ? '' : String(leaf.value).trim()
  return text === '' ? undefined : text
}

/** The items of a list; a single value is a list of one, as PowerShell writes it. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  if (node === undefined) return []
  return node.sort === 'leaf' ? [node] : [...node.members.values()]
}

/** Each once: two branches may share what they refer to, and what that refers to. */
export function leavesOf(node: Node | undefined): readonly Leaf[] {
  const [leaves, seen] = [new Set<Leaf>(), new Set<Branch>()]
  const left = node === undefined ? [] : [node]
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (one.sort === 'leaf') leaves.add(one)
    else if (!seen.has(one)) {
      seen.add(one)
      for (const below of [...one.members.values()].reverse()) left.push(below)
    }
  }
  return [...leaves]
}

/** Everything below belongs to a part of the table. */
export function scoped<T extends Node>(node: T, scope: string): T {
  for (const leaf of leavesOf(node)) leaf.scope = scope
  return node
}

/** What becomes of the values that one tunnel is made of: kept where the tunnel is. */
export class Draft {
  readonly settled = new Map<Leaf, Settlement>()
  /** what belongs to no value of the source, and has to be told with the tunnel */
  readonly remarks: string[] = []

  carried(node: Node | undefined, field?: string): void {
    for (const leaf of leavesOf(node))
      if (leaf.lost) this.#settle(leaf, { outcome: 'not-carried', note: `nothing becomes of ${String(leaf.value)}` })
      else this.#settle(leaf, { outcome: 'carried', ...this.#fieldOf(leaf, field) })
  }

  changed(node: Node | undefined, note: string, field?: string): void {
    for (const leaf of leavesOf(node)) this.#settle(leaf, { outcome: 'changed', note, ...this.#fieldOf(leaf, field) })
  }

  dropped(node: Node | undefined, note: string): void {
    for (const leaf of leavesOf(node)) this.#settle(leaf, { outcome: 'not-carried', note })
  }

  remark(text: string): void {
    if (!this.remarks.includes(text)) this.remarks.push(text)
  }

  #fieldOf(leaf: Leaf, field = this.#meaning(leaf)?.field): { readonly field?: string } {
    return field === undefined ? {} : { field }
  }

  #meaning(leaf: Leaf): FieldWord | undefined {
    return fieldWord(leaf.scope, leaf.word)
  }

  /** Of a value of which one part went and another stayed, some was changed. */
  #settle(leaf: Leaf, settlement: Settlement): void {
    const whole = leaf.origin ?? leaf
    const before = this.settled.get(whole)
    this.settled.set(whole, before === undefined ? settlement : joined(before, settlement))
  }
}

function joined(one: Settlement, other: Settlement): Settlement {
  const field = one.field ?? other.field
  const notes = [...new Set([one.note, other.note].filter((note) => note !== undefined))]
  return {
    outcome: one.outcome === other.outcome ? one.outcome : 'changed',
    ...(field !== undefined && { field }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  }
}

/** A tunnel as an importer makes it. */
export interface TunnelMade {
  /** what the source calls it */
  readonly title: string
  readonly spec: JsonObject
  /** of the source: what belongs to it and was not asked for is not carried */
  readonly from: Branch
}

/** A tunnel of the source that is still to be made. */
export interface Wanted {
  readonly title: string
  readonly from: Node
  make(draft: Draft): TunnelMade
}

/** What a reader of one tool's files found. */
export interface SourceRead {
  readonly wanted: readonly Wanted[]
  /** of all values */
  readonly roots: readonly Node[]
  readonly diagnostics: readonly Diagnostic[]
}
