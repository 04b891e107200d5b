/**
 * A review as Markdown, for a comment of a pull request. What comes from a manifest stands in `<code>` with every mark as an entity: no
 * text of it is markup, a link or a mention. Bounded, and never cut inside a change: what is left out is counted.
 */

import { dotted, printable } from '../../base/index.ts'
import type { Change, SetPlan } from '../../reconcile/plan/index.ts'
import { type DiagnosticJson, differenceText, isNoteworthy, OWNER, type Telling, wordsOf } from '../render/index.ts'
import { type HostReview, isLoss, type Review, remarksOf, undeclaredWords } from './review.ts'

/** GitHub takes comments of 65 536 characters; some are left for what the caller writes around this one. */
const MOST_BYTES = 64_000
/** For the lines that say what was left out. */
const RESERVED_BYTES = 1_000

/** A piece that is shown whole or not at all. */
interface Block {
  readonly text: string
  /** the headings it stands under, outermost first */
  readonly headings: readonly string[]
  /** what it counts as where it is left out: `to create` */
  readonly what: string
  /** the least comes first where there is no room for all */
  readonly rank: number
}

export function markdownPage(review: Review): string {
  const { title, summary, head, notes } = review
  const about = head.map(([name, text]) => `${plain(name)} ${code(text)}`).join(' · ')
  const lead = [`### ${plain(title)}: ${plain(summary)}`, about, ...notes.map(plain)].filter((line) => line !== '')
  const opening = `${lead.join('\n\n')}\n`
  const blocks = [...review.findings.map(findingBlock), ...review.hosts.flatMap((host) => hostBlocks(host, review))]
  const shown = chosen(blocks, MOST_BYTES - RESERVED_BYTES - bytesOf(opening))
  return (
    opening + written(blocks.filter((block) => shown.has(block))) + leftOut(blocks.filter((block) => !shown.has(block)))
  )
}

function chosen(blocks: readonly Block[], room: number): ReadonlySet<Block> {
  const shown = new Set<Block>()
  const headed = new Set<string>()
  let left = room
  for (const block of [...blocks].sort((a, b) => a.rank - b.rank)) {
    const headings = block.headings.filter((heading) => !headed.has(heading))
    const cost = bytesOf(block.text) + headings.reduce((sum, heading) => sum + bytesOf(heading) + 2, 0) + 1
    if (cost > left) continue
    left -= cost
    shown.add(block)
    for (const heading of headings) headed.add(heading)
  }
  return shown
}

function written(blocks: readonly Block[]): string {
  const headed = new Set<string>()
  return blocks
    .map(({ headings, text }) => {
      const fresh = headings.filter((heading) => !headed.has(heading))
      for (const heading of fresh) headed.add(heading)
      return `${fresh.map((heading) => `\n${heading}\n`).join('')}\n${text}`
    })
    .join('')
}

function leftOut(blocks: readonly Block[]): string {
  if (blocks.length === 0) return ''
  const counts = new Map<string, number>()
  for (const { what } of blocks) counts.set(what, (counts.get(what) ?? 0) + 1)
  const words = [...counts].map(([what, count]) => `${count} ${what}`).join(', ')
  return `\n**Left out, since a comment holds no more: ${words}.** \`-o html\` and \`-o json\` have all of it.\n`
}

const RANKS: { readonly [action in Change['action']]: { readonly rank: number; readonly what: string } } = {
  delete: { rank: 0, what: 'to delete' },
  disable: { rank: 0, what: 'to turn off' },
  replace: { rank: 1, what: 'to replace' },
  create: { rank: 3, what: 'to create' },
  move: { rank: 4, what: 'to move' },
  record: { rank: 4, what: 'to record' },
}

function hostBlocks({ host, plans, undeclared }: HostReview, review: Review): Block[] {
  const above = host === undefined ? [] : [`### host ${code(host)}`]
  const sets = plans.filter(isNoteworthy).flatMap((plan) => setBlocks(plan, above, review))
  const others = undeclared.map((one) => {
    const [before, after] = undeclaredWords(one)
    const text = `- ${before}${code(one.set)}${after}\n`
    return { text, headings: above, what: 'sets that nobody declares', rank: 5 }
  })
  return [...sets, ...others]
}

function setBlocks(plan: SetPlan, above: readonly string[], review: Review): Block[] {
  const digest = review.approvable && plan.changes.length > 0 ? `\n\ndigest ${code(plan.digest)}` : ''
  const headings = [...above, `#### set ${code(plan.set.name)}${ofHost(plan)}${digest}`]
  const blocked = plan.blocked.map(({ message, help }) => ({
    text: `> **refused**: ${code(message)}<br>${code(help)}\n`,
    headings,
    what: 'refusals',
    rank: 0,
  }))
  const changes = plan.changes.map((change) => ({
    text: changeText(change, review),
    headings,
    ...RANKS[change.action],
  }))
  const owner = plan.removesOwner ? [{ text: `\`-\` ${plain(OWNER)}\n`, headings, ...RANKS.delete }] : []
  const aside = remarksOf(plan, review).map((line) => ({
    text: `- ${code(line)}\n`,
    headings,
    what: 'remarks',
    rank: 5,
  }))
  return [...blocked, ...changes, ...owner, ...aside]
}

function ofHost({ set }: SetPlan): string {
  return set.host === undefined ? '' : ` of host ${code(set.host)}`
}

function changeText(change: Change, telling: Telling): string {
  const { symbol, where, why, outline } = wordsOf(change, telling)
  const rows = [
    ...outline.map(([label, text]) => [plain(label), code(text)]),
    ...change.differences.map((one) => [code(dotted(one.path)), code(differenceText(one))]),
  ]
  const head = [
    `<code>${symbol}</code> <b>${code(change.address)}</b>`,
    ...[why, where].filter((word) => word !== '').map(code),
  ].join(' ')
  if (rows.length === 0) return `${head}\n`
  const open = isLoss(change) ? ' open' : ''
  const table = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')
  return `<details${open}><summary>${head}</summary>\n<table>\n${table}\n</table>\n</details>\n`
}

function findingBlock({ severity, code: id, message, help, file, line, column }: DiagnosticJson): Block {
  const place = file === undefined ? '' : ` ${code([file, line, column].filter((one) => one !== undefined).join(':'))}`
  const text = `- **${plain(severity)} ${plain(id)}**${place} ${code(message)}${help === undefined ? '' : `<br>${code(help)}`}\n`
  return { text, headings: ['#### Findings'], what: 'findings', rank: severity === 'error' ? 0 : 2 }
}

function code(text: string): string {
  return `<code>${plain(text)}</code>`
}

/** Marks that mean something to Markdown or HTML, and those that make a link of what is around them, as entities. */
function plain(text: string): string {
  return printable(text).replace(
    /[^\p{L}\p{N} .,:;/→↔()-]|:(?=\/\/)|(?<=www)\./giu,
    (mark) => `&#${mark.codePointAt(0)};`,
  )
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
