/** Warnings that somebody has answered: a waiver names the code, the reason, and the day until which it holds. */

import {
  codes,
  type Diagnostic,
  diagnostic,
  didYouMean,
  type Json,
  placeText,
  type SourceFile,
  type Span,
} from '../base/index.ts'
import type { Manifest } from './document.ts'
import { TUNNEL_SET } from './tunnel-set.ts'

/** One item of `metadata.waive`, where it stands. */
interface Waiver {
  readonly code: string
  /** the last day on which it holds: `2027-03-31` */
  readonly until: string
  readonly manifest: Manifest
  readonly index: number
}

/** Warnings that nothing but the manifests is needed for: a waiver of one that is not found is of no use. */
const FOUND_IN_MANIFESTS = /^W[12]/
const WARNINGS = Object.keys(codes).filter((code) => code.startsWith('W'))

/** What is left of findings about these manifests, and findings about the waivers themselves. A set's waiver holds for all of its resources. */
export function answered(findings: readonly Diagnostic[], manifests: readonly Manifest[], now: Date): Diagnostic[] {
  const waivers = waiversIn(manifests)
  const { left, used } = tellApart(findings, manifests, inForce(waivers, now))
  const hasNoErrors = left.every(({ severity }) => severity === 'warning')
  return [...left, ...waivers.flatMap((waiver) => findingOf(waiver, now, hasNoErrors && !used.has(waiver)))]
}

/** What is left of findings that are made later than those of the manifests. */
export function unwaived(findings: readonly Diagnostic[], manifests: readonly Manifest[]): readonly Diagnostic[] {
  return tellApart(findings, manifests, inForce(waiversIn(manifests), new Date())).left
}

const DAY_MILLISECONDS = 86_400_000

/** @returns when the first of the waivers that hold now holds no more, in milliseconds since 1970 */
export function firstExpiry(manifests: readonly Manifest[], now: Date): number | undefined {
  const ends = inForce(waiversIn(manifests), now).map(({ until }) => Date.parse(until) + DAY_MILLISECONDS)
  const first = Math.min(...ends)
  return Number.isFinite(first) ? first : undefined
}

function inForce(waivers: readonly Waiver[], now: Date): readonly Waiver[] {
  return waivers.filter((waiver) => !isExpired(waiver, now))
}

function tellApart(
  findings: readonly Diagnostic[],
  manifests: readonly Manifest[],
  waivers: readonly Waiver[],
): { readonly left: readonly Diagnostic[]; readonly used: ReadonlySet<Waiver> } {
  const used = new Set<Waiver>()
  if (waivers.length === 0) return { left: findings, used }
  const byFile = groupByFile(manifests)
  const made = new Map(manifests.flatMap((one) => (one.rendering ? [[one.rendering, one] as const] : [])))
  const manifestOf = ({ file, start, other }: Span) =>
    other ? made.get(other.rendering) : manifestAt(byFile.get(file) ?? [], start)
  const left = findings.filter((finding) => {
    const about = finding.span && manifestOf(finding.span)
    const answers = waivers.filter((waiver) => about !== undefined && answersTo(waiver, finding, about))
    for (const waiver of answers) used.add(waiver)
    return answers.length === 0
  })
  return { left, used: withCopies(used, waivers) }
}

/** A waiver in a template stands in all that is made from it, and is of use when one of them needs it. */
function withCopies(used: ReadonlySet<Waiver>, waivers: readonly Waiver[]): ReadonlySet<Waiver> {
  const placeOf = ({ manifest, index }: Waiver) => placeText(manifest.at(`/metadata/waive/${index}/code`))
  if (!waivers.some(({ manifest }) => manifest.rendering)) return used
  const places = new Set([...used].map(placeOf))
  return new Set(waivers.filter((waiver) => places.has(placeOf(waiver))))
}

function answersTo({ code, manifest }: Waiver, finding: Diagnostic, about: Manifest): boolean {
  if (finding.severity !== 'warning' || code !== finding.code) return false
  return manifest === about || (manifest.kind === TUNNEL_SET && manifest.name === about.set)
}

/** In the order of their places. */
function groupByFile(manifests: readonly Manifest[]): Map<SourceFile, Manifest[]> {
  const byFile = new Map<SourceFile, Manifest[]>()
  for (const manifest of manifests.filter(({ rendering }) => !rendering)) {
    const known = byFile.get(manifest.file)
    if (known) known.push(manifest)
    else byFile.set(manifest.file, [manifest])
  }
  for (const inFile of byFile.values()) inFile.sort((a, b) => a.start - b.start)
  return byFile
}

/** The last one that begins before. */
function manifestAt(manifests: readonly Manifest[], offset: number): Manifest | undefined {
  let low = 0
  let high = manifests.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (manifests[middle]!.start <= offset) low = middle + 1
    else high = middle
  }
  return manifests[low - 1]
}

/** Few have any. */
function waiversIn(manifests: readonly Manifest[]): Waiver[] {
  return manifests.filter(({ waive }) => waive.length > 0).flatMap(waiversOf)
}

function waiversOf(manifest: Manifest): Waiver[] {
  return manifest.waive.flatMap((item, index) => {
    const { code, reason, until } = (item ?? {}) as { readonly [field: string]: Json | undefined }
    const isWhole = typeof code === 'string' && typeof reason === 'string' && typeof until === 'string'
    return isWhole ? [{ code, until, manifest, index }] : []
  })
}

/** Days are those of UTC: the same everywhere. */
function isExpired({ until }: Waiver, now: Date): boolean {
  return until < now.toISOString().slice(0, 10)
}

function findingOf(waiver: Waiver, now: Date, isUnused: boolean): Diagnostic[] {
  const { code, until, manifest, index } = waiver
  const at = (field: string) => manifest.at(`/metadata/waive/${index}/${field}`)
  if (!WARNINGS.includes(code)) {
    const help = didYouMean(code, WARNINGS) ?? 'docs/diagnostics.md lists the codes of warnings'
    return [diagnostic('E128', at('code'), `there is no warning ${code}`, { help })]
  }
  if (isExpired(waiver, now)) {
    const help = 'mend what it was for, or look at the reason again and give it a new day'
    return [diagnostic('E127', at('until'), `the waiver of ${code} held until ${until}`, { help })]
  }
  if (!isUnused || !FOUND_IN_MANIFESTS.test(code)) return []
  return [diagnostic('W120', at('code'), `nothing here needs the waiver of ${code}`, { help: 'remove it' })]
}
