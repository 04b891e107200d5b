/** Reviews as Markdown and as one HTML page: whole, bounded, and no text of a manifest is markup in them. */

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pageOf } from '../../src/cli/pages/answer.ts'
import { type Review, reviewOfHosts } from '../../src/cli/pages/review.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { plansBetween, type SetPlan } from '../../src/reconcile/plan/index.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const desiredOf = (...documents: string[]) =>
  loadDesired([{ path: 'gw/a.yaml', text: many(...documents) }], kindsByName).desired
const SET = tunnelSet('a', 'prune: true')
const inA = (name: string, net: number, more: object = {}) => tunnel(name, { set: 'a', net, ...more })

function reviewOf(before: string[], after: string[]): Review {
  const declared = desiredOf(SET, ...after)
  const hosts = plansBetween(desiredOf(SET, ...before), declared)
  const telling = { reason: 'not in new', origin: 'declared' } as const
  return reviewOfHosts({ title: 'wfpctl diff', head: [['from', 'old']], hosts, telling, diagnostics: [], declared })
}

const HOSTILE =
  '"><script>alert(1)</script><img src=x onerror=alert(2)>\' onload=x [a](javascript:x) ![b](http://e/) `c` *d* @team #1 |\u202e\u0007 </table></details> http://e.example www.e.example\n# head'

/** Everything that comes from somewhere else says the worst. */
function hostile(review: Review): Review {
  const kindOf = (plan: SetPlan) => plan.changes.find(({ after }) => after)?.after?.kind
  const plans = (all: readonly SetPlan[]) =>
    all.map(
      (plan): SetPlan => ({
        ...plan,
        set: { ...plan.set, name: HOSTILE, host: HOSTILE },
        blocked: [{ scope: 'set', reason: 'empty', message: HOSTILE, help: HOSTILE }],
        cosmetic: [
          {
            address: HOSTILE,
            differences: [{ path: `/${HOSTILE}`, before: HOSTILE, after: HOSTILE, sensitive: false }],
          },
        ],
        orphans: [{ address: HOSTILE, key: 'k', protected: false, missing: false, source: { file: HOSTILE } }],
        changes: plan.changes.map(
          (change) =>
            ({
              ...change,
              address: HOSTILE,
              differences: [{ path: `/${HOSTILE}`, before: HOSTILE, after: [HOSTILE], sensitive: false }],
              ...(change.after && { after: { ...change.after, kind: { ...kindOf(plan)!, review: () => OUTLINE } } }),
            }) as typeof change,
        ),
      }),
    )
  const OUTLINE = { ends: { local: HOSTILE, remote: HOSTILE }, facts: [[HOSTILE, HOSTILE]] } as const
  return {
    ...review,
    title: HOSTILE,
    summary: HOSTILE,
    head: [[HOSTILE, HOSTILE]],
    reason: HOSTILE,
    notes: [HOSTILE],
    hosts: review.hosts.map((one) => ({
      ...one,
      host: HOSTILE,
      plans: plans(one.plans),
      undeclared: [{ set: HOSTILE, orphans: [] }],
    })),
    findings: [{ severity: 'error', code: 'E101', message: HOSTILE, help: HOSTILE, file: HOSTILE, line: 1, column: 1 }],
  }
}

const CHANGED = reviewOf(
  [inA('gone', 1), inA('changed', 2), inA('same', 4)],
  [inA('changed', 2, { time: '2h' }), inA('new', 3), inA('same', 4)],
)

/** Tags in their order, without what stands in them. */
const tagsOf = (page: string) => [...page.matchAll(/<(\/?[a-z0-9!]+)/gi)].map(([, name]) => name?.toLowerCase())

describe('a page of HTML', () => {
  it('shows every change, and a picture with every tunnel, changed or not', async () => {
    const page = await pageOf('html', CHANGED)

    for (const word of ['IPsecTunnel/gone', 'IPsecTunnel/changed', 'IPsecTunnel/new', '1h → 2h', 'Touches 1 of 1 host'])
      expect(page).toContain(word)
    expect([...page.matchAll(/<path class="of-(\w+)"/g)].map(([, action]) => action).sort()).toEqual([
      'create',
      'delete',
      'replace',
      'unchanged',
    ])
    expect(page).toContain('<title>IPsecTunnel/gone: delete, 203.0.113.10 to 198.51.100.1</title>')
  })

  it('asks nobody for anything: its policy allows one style sheet, which is in it', async () => {
    const page = await pageOf('html', CHANGED)
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(page) ?? []

    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'))
    expect(page).not.toMatch(/<(script|link|img|iframe|object|a)\b|\s(src|href|style|on\w+)=|url\(|@import/i)
  })

  it('can be read by everybody: language, headings, names for the picture and the rows, dark and light', async () => {
    const page = await pageOf('html', CHANGED)

    expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">/)
    expect(page).toMatch(/<svg [^>]*role="img" aria-label="4 tunnels/)
    expect(page).toMatch(/<th scope="row">/)
    expect(page.match(/<h1>/g)).toHaveLength(1)
    expect(page).toContain('prefers-color-scheme: dark')
  })

  it('is one tree, whatever it is told', async () => {
    for (const review of [CHANGED, hostile(CHANGED), { ...CHANGED, hosts: [] }]) {
      const page = (await pageOf('html', review)).replace(/<!DOCTYPE html>|<meta[^>]*>|<br>/g, '')
      const open: (string | undefined)[] = []
      for (const tag of tagsOf(page)) {
        if (!tag?.startsWith('/')) open.push(tag)
        else expect(open.pop()).toBe(tag.slice(1))
      }
      expect(open).toEqual([])
    }
  })

  it('takes no text for markup, and shows nothing that turns its direction', async () => {
    const [page, plain] = [await pageOf('html', hostile(CHANGED)), await pageOf('html', CHANGED)]

    expect(page).toContain('&lt;script&gt;alert(1)')
    expect(new Set(tagsOf(page))).toEqual(new Set([...tagsOf(plain), 'ul', '/ul', 'li', '/li', 'br', 'h2', '/h2']))
    expect(page).not.toMatch(/[\u202e\u{feff}]|\p{Cc}(?<!\n)/u)
    for (const [tag] of page.matchAll(/<[a-z][^>]*>/g)) expect(tag).not.toMatch(/\son\w+=|javascript:/)
  })
})

const MOST_CHARACTERS = 65_536

describe('a page of Markdown', () => {
  it('shows what goes first where there is room for all, and opens it', async () => {
    const page = await pageOf('markdown', CHANGED)

    expect(page).toMatch(/^### wfpctl diff: 1 to create, 1 to replace, 1 to delete, 1 unchanged\./)
    expect(page).toContain(
      '<code>-</code> <b><code>IPsecTunnel/gone</code></b> <code>not in new (declared in gw/a.yaml)</code>',
    )
    expect(page).toContain('<details open><summary><code>-/+</code> <b><code>IPsecTunnel/changed</code></b>')
    expect(page).toContain('<details><summary><code>+</code> <b><code>IPsecTunnel/new</code></b>')
  })

  it('fits into a comment, is cut nowhere inside a change, keeps what is lost and counts the rest', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => i)
    const review = reviewOf(
      [inA('gone', 1), inA('changed', 2)],
      [inA('changed', 2, { time: '2h' }), ...names.map((i) => inA(`new-${i}`, i % 200))],
    )
    const page = await pageOf('markdown', review)
    const [, left = ''] = /\*\*Left out, since a comment holds no more: (\d+) to create\.\*\*/.exec(page) ?? []

    expect(page.length).toBeLessThan(MOST_CHARACTERS)
    expect(Buffer.byteLength(page)).toBeGreaterThan(MOST_CHARACTERS * 0.9)
    expect(page).toContain('IPsecTunnel/gone')
    expect(page).toContain('IPsecTunnel/changed')
    expect(page.match(/<details/g)?.length).toBe(page.match(/<\/details>/g)?.length)
    expect((page.match(/<code>\+<\/code>/g) ?? []).length + Number(left)).toBe(1000)
  })

  it('leaves out a change that is longer than a comment, and says so', async () => {
    const long = inA('long', 1).replace(
      '[10.1.1.0/24]',
      `[${Array.from({ length: 9000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/25`).join(', ')}]`,
    )
    const page = await pageOf('markdown', reviewOf([inA('gone', 3)], [long, inA('short', 2)]))

    expect(page.length).toBeLessThan(MOST_CHARACTERS)
    expect(page).toContain('IPsecTunnel/short')
    expect(page).toContain('Left out, since a comment holds no more: 1 to create.')
  })

  it('takes no text for markup, a link or a mention', async () => {
    const page = await pageOf('markdown', hostile(CHANGED))
    const ours = /<\/?(code|b|details|details open|summary|table|tr|td|br)>|^#{3,4} |^- |^> |\*\*[^*]*\*\*|&#\d+;/gm
    const rest = page.replace(ours, '')

    expect(rest).not.toMatch(/[<>[\]!*_#@`|~\\&\u202e]|\p{Cc}(?<!\n)/u)
    expect(rest).not.toMatch(/:\/\/|www\./)
    expect(new Set(tagsOf(page))).toEqual(
      new Set([
        'code',
        '/code',
        'b',
        '/b',
        'details',
        '/details',
        'summary',
        '/summary',
        'table',
        '/table',
        'tr',
        '/tr',
        'td',
        '/td',
        'br',
      ]),
    )
  })
})
