/**
 * A review as one page by itself: a picture of the tunnels, and every change below it. It asks nobody for anything and runs no script; its
 * policy forbids both. What comes from a manifest is text and nothing else.
 */

import { createHash } from 'node:crypto'
import { dotted } from '../../base/index.ts'
import type { Change, SetPlan } from '../../reconcile/plan/index.ts'
import { type DiagnosticJson, differenceText, isNoteworthy, OWNER, type Telling, wordsOf } from '../render/index.ts'
import { element, type Markup, text } from './markup.ts'
import { picture } from './picture.ts'
import { type HostReview, isLoss, type Review, remarksOf, undeclaredWords } from './review.ts'

export function htmlPage(review: Review): string {
  const { title, summary, head, hosts, notes, findings } = review
  const about = head.flatMap(([name, value]) => [element('dt', {}, text(name)), element('dd', {}, code(value))])
  const main = element(
    'main',
    {},
    element('h1', {}, text(title)),
    element('p', { class: 'summary' }, text(summary)),
    ...(about.length > 0 ? [element('dl', {}, ...about)] : []),
    ...notes.map((note) => element('p', {}, text(note))),
    ...(findings.length > 0 ? [findingList(findings)] : []),
    ...hosts.map((host) => hostSection(host, review)),
  )
  const heading = element(
    'head',
    {},
    '<meta charset="utf-8">' as Markup,
    element('title', {}, text(`${title}: ${summary}`)),
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` as Markup,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">' as Markup,
    `<style>${STYLE}</style>` as Markup,
  )
  return `<!DOCTYPE html>\n${element('html', { lang: 'en' }, heading, element('body', {}, main))}\n`
}

function hostSection({ host, plans, undeclared, declared }: HostReview, review: Review): Markup {
  const sets = plans.filter(isNoteworthy)
  return element(
    'section',
    {},
    ...(host === undefined ? [] : [element('h2', {}, text('host '), code(host))]),
    picture(plans, declared),
    ...sets.map((plan) => setSection(plan, review)),
    ...undeclared.map((one) => {
      const [before, after] = undeclaredWords(one)
      return element('p', {}, text(before), code(one.set), text(after))
    }),
  )
}

function setSection(plan: SetPlan, review: Review): Markup {
  const { set, digest, changes, blocked, removesOwner } = plan
  const lines = remarksOf(plan, review)
  return element(
    'section',
    {},
    element('h3', {}, text('set '), code(set.name)),
    ...(review.approvable && changes.length > 0
      ? [element('p', { class: 'digest' }, text('digest '), code(digest))]
      : []),
    ...blocked.map(({ message, help }) =>
      element(
        'p',
        { class: 'blocked' },
        element('b', {}, text('refused: ')),
        text(message),
        '<br>' as Markup,
        text(help),
      ),
    ),
    ...changes.map((change) => changeDetails(change, review)),
    ...(removesOwner ? [element('p', { class: 'delete' }, text(`- ${OWNER}`))] : []),
    ...(lines.length > 0 ? [element('ul', {}, ...lines.map((line) => element('li', {}, text(line))))] : []),
  )
}

function changeDetails(change: Change, telling: Telling): Markup {
  const { action, address, differences } = change
  const { symbol, where, why, outline } = wordsOf(change, telling)
  const rows = [...outline, ...differences.map((one) => [dotted(one.path), differenceText(one)] as const)]
  const head = [
    element('span', { class: 'symbol', 'aria-hidden': 'true' }, text(symbol)),
    element('b', {}, code(address)),
    element('span', { class: 'action' }, text(` ${action}`)),
    ...[why, where].filter((word) => word !== '').map((word) => element('span', {}, text(` ${word}`))),
  ]
  if (rows.length === 0) return element('p', { class: `change ${action}` }, ...head)
  const body = rows.map(([name, value]) =>
    element('tr', {}, element('th', { scope: 'row' }, text(name)), element('td', {}, code(value))),
  )
  const table = element(
    'table',
    {},
    element('caption', {}, text(`${action} ${address}`)),
    element('tbody', {}, ...body),
  )
  return element(
    'details',
    { class: `change ${action}`, ...(isLoss(change) && { open: '' }) },
    element('summary', {}, ...head),
    table,
  )
}

function findingList(findings: readonly DiagnosticJson[]): Markup {
  const items = findings.map(({ severity, code: id, message, help, file, line, column }) => {
    const place = [file, line, column].filter((one) => one !== undefined).join(':')
    return element(
      'li',
      { class: severity },
      element('b', {}, text(`${severity} ${id} `)),
      ...(place === '' ? [] : [code(place)]),
      text(` ${message}`),
      ...(help === undefined ? [] : ['<br>' as Markup, text(`help: ${help}`)]),
    )
  })
  return element('section', {}, element('h2', {}, text('Findings')), element('ul', {}, ...items))
}

function code(value: string): Markup {
  return element('code', {}, text(value))
}

const STYLE = `
:root { color-scheme: light dark; --text: #1b1b1b; --page: #fff; --line: #767676; --create: #116329; --replace: #7a4d00; --delete: #a40e26; --move: #0b5a7a; --quiet: #595959; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --page: #161616; --line: #8c8c8c; --create: #57c878; --replace: #e0a33e; --delete: #ff8182; --move: #6cc4e8; --quiet: #a8a8a8; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; } dd { margin: 0; }
.change { border-left: .3rem solid var(--line); padding: .2rem .6rem; margin: .4rem 0; }
summary { cursor: pointer; } summary:focus-visible { outline: .15rem solid var(--move); }
.symbol { display: inline-block; min-width: 2.2em; font-family: ui-monospace, monospace; }
.create { border-color: var(--create); } .replace { border-color: var(--replace); } .delete, .disable { border-color: var(--delete); } .move, .record { border-color: var(--move); }
.blocked, .error { color: var(--delete); } .digest { color: var(--quiet); }
table { border-collapse: collapse; margin: .3rem 0; } caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
th, td { text-align: left; font-weight: normal; padding: .1rem .8rem .1rem 0; vertical-align: top; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--text); font: 13px ui-monospace, monospace; } svg rect { fill: none; stroke: var(--line); }
svg path { fill: none; stroke-width: 2; stroke: var(--quiet); } svg .of-create { stroke: var(--create); } svg .of-replace { stroke: var(--replace); stroke-dasharray: 8 3; } svg .of-delete, svg .of-disable { stroke: var(--delete); stroke-dasharray: 2 4; } svg .of-move, svg .of-record { stroke: var(--move); }
@media print { details > * { display: block; } }
`

/** Nothing is loaded, run, sent or framed; this one style sheet is applied. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
