/** The page in a real Chromium, with its policy in force: of a watch in a process of its own, and of fleets of any size. */

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { fleetSite } from '../../src/cli/http/fleet-site.ts'
import { listen } from '../../src/cli/http/server.ts'
import { watchSite } from '../../src/cli/http/watch-site.ts'
import { workbench } from '../cli/harness.ts'
import { launch, type Opened, open, SKIPPED } from './browser.ts'
import { fleetOf } from './fleets.ts'
import { host, TUNNELS, watched } from './hosts.ts'

const PICTURES = 'docs/pictures'
/** What a page of tables, a picture and two charts may weigh. */
const MOST_BYTES = 150_000

/** A browser, a watch and commands beside it, on a machine that does other things as well. */
vi.setConfig({ testTimeout: 240_000 })

let browser: Browser
beforeAll(async () => {
  if (SKIPPED === '') browser = await launch()
})
afterAll(() => browser?.close())

async function fleet(
  count: number,
  change: (fleet: ReturnType<typeof fleetOf>) => ReturnType<typeof fleetOf> = (f) => f,
) {
  let shown = change(fleetOf(count))
  const server = await listen(
    { address: '0', tell: () => {} },
    fleetSite('production', () => shown),
  )
  onTestFinished(() => server.close())
  const tell = (next: ReturnType<typeof fleetOf>) => {
    shown = next
    server.changed()
  }
  return { url: server.url, tell, shown: () => shown }
}

/** The names of what a screen reader, a keyboard or somebody with poor sight would stumble over. */
async function findings(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`)
  })
}

async function openWithAxe(url: string, look: Parameters<typeof open>[2] = {}): Promise<Opened> {
  const opened = await open(browser, 'about:blank', look)
  await opened.page.addInitScript({ content: axe.source })
  await opened.page.goto(url)
  return opened
}

const settled = (page: Page) => page.locator('[role="grid"]').waitFor()

/** Written where somebody asks for it: a run of the tests leaves no change behind. */
async function picture(page: Page, name: string): Promise<void> {
  const file = join(PICTURES, `${name}.png`)
  if (process.env.WFPCTL_PICTURES) {
    mkdirSync(PICTURES, { recursive: true })
    writeFileSync(file, await page.screenshot())
  }
  const png = readFileSync(file)
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 900])
}

async function checkGeometry(page: Page, width: number): Promise<void> {
  const boxes = await page.evaluate(() => {
    const box = (element: Element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect()
      return { left, top, right, bottom }
    }
    return {
      width: document.documentElement.scrollWidth,
      position: [...document.querySelectorAll('.u-over')].map((one) => getComputedStyle(one).position),
      charts: [...document.querySelectorAll('.chart')].map((chart) => ({
        legend: box(chart.querySelector('.legend') as Element),
        canvas: box(chart.querySelector('canvas') as Element),
        plot: box(chart.querySelector('.plot') as Element),
      })),
      cards: [...document.querySelectorAll('.card')].map(box),
    }
  })

  expect(boxes.width).toBeLessThanOrEqual(width)
  expect(boxes.position).toEqual(['absolute', 'absolute'])
  expect(boxes.charts.length).toBe(2)
  for (const { legend, canvas, plot } of boxes.charts) {
    expect(legend.bottom).toBeLessThanOrEqual(canvas.top)
    expect(canvas.right - canvas.left).toBeGreaterThan(200)
    expect([canvas.left >= plot.left, canvas.right <= plot.right + 1, canvas.bottom <= plot.bottom + 1]).toEqual([
      true,
      true,
      true,
    ])
  }
  const [first, second] = boxes.charts as [(typeof boxes.charts)[0], (typeof boxes.charts)[0]]
  expect(first.plot.right <= second.plot.left || first.plot.bottom <= second.legend.top).toBe(true)
  for (const [i, a] of boxes.cards.entries())
    for (const b of boxes.cards.slice(i + 1))
      expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true)
}

it('weighs little', () => {
  const bytes = ['page.js', 'page.css', 'index.html'].map((file) => statSync(`dist/page/${file}`).size)

  expect(bytes.reduce((sum, one) => sum + one)).toBeLessThan(MOST_BYTES)
})

describe.skipIf(SKIPPED !== '')(`the page of a watch${SKIPPED}`, () => {
  it('shows how everything stands, and what changes as it changes', async () => {
    const { bench, watch, url } = await host()
    const { page, complaints, asked } = await open(browser, url)
    await settled(page)

    expect(await page.locator('.headline').textContent()).toBe('All 12 resources are as declared')
    expect(await page.locator('[role="row"][id]').count()).toBe(12)
    expect(await page.locator('.sets tbody th').allTextContents()).toEqual(['branches', 'lab', 'partners'])
    expect(await page.locator('.peer').count()).toBe(12)

    await bench.run('sandbox', 'tamper', 'IPsecTunnel/acme')
    await watch.saw('drift', (e) => e.address === 'IPsecTunnel/acme')
    await page.getByText('1 of 12 resources are not as declared').first().waitFor()
    const row = page.locator('[role="row"]', { hasText: 'IPsecTunnel/acme' })
    expect(await row.textContent()).toMatch(/drifted.*partners.*198\.51\.100\.21.*to replace \(drift\)/)
    expect(await page.locator('.plan').textContent()).toMatch(
      /replace IPsecTunnel\/acme.*quickMode\.proposals\[0\]\.lifetime\.time/,
    )
    expect(await page.locator('.peer.tone-drifted').textContent()).toContain('acme')
    await expect
      .poll(() => page.locator('[data-announcer]').textContent(), { timeout: 20_000 })
      .toMatch(/1 of 12 .*acme/)
    expect(await page.title()).toMatch(/^1 not as declared · /)

    await bench.run('sandbox', 'rm', 'IPsecTunnel/berlin')
    await watch.saw('correction', (e) => e.address === 'IPsecTunnel/berlin')
    await page.locator('.scroll').getByText('create IPsecTunnel/berlin', { exact: false }).first().waitFor()
    await page.getByText('Numbers of the last hour').click()
    const [drift, corrections] = await page.locator('details tbody tr').first().locator('td').allTextContents()
    expect(Number(drift) + Number(corrections)).toBeGreaterThan(0)
    await bench.run('suspend', 'lab', '--reason', 'moved to the new rack')
    await page.locator('.sets').getByText('moved to the new rack').waitFor()

    expect(complaints).toEqual([])
    expect(asked.filter((address) => !address.startsWith(`${url}/`))).toEqual([])
    await bench.run('sandbox', 'tamper', 'IPsecTunnel/lab-a')
    await page.locator('.peer.tone-suspended').waitFor()
    await page.getByText('Numbers of the last hour').click()
    await page.evaluate(() => scrollTo(0, 0))
    await picture(page, 'watch')
  })

  it('is worked by keys alone, from the first to the last', async () => {
    const { url } = await host()
    const { page } = await open(browser, url)
    await settled(page)
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: one } = document
        return one?.getAttribute('aria-label') ?? (one?.textContent?.trim() || one?.getAttribute('type'))
      })

    await page.keyboard.press('Tab')
    expect(await focused()).toBe('acme 198.51.100.21, synced, from 203.0.113.10')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toMatch(/^amsterdam 198/)
    await page.keyboard.press('Enter')
    expect(await focused()).toBe('IPsecTunnel/amsterdam')
    await page.keyboard.press('Escape')
    expect(await page.locator('.detail').count()).toBe(0)
    expect(await focused()).toMatch(/^amsterdam 198/)

    await page.keyboard.press('/')
    await page.keyboard.type('LAB 100.32')
    expect(await page.locator('[role="row"][id]').allTextContents()).toEqual([
      expect.stringContaining('IPsecTunnel/lab-b'),
    ])
    for (let i = 0; i < 9; i += 1) await page.keyboard.press('Backspace')
    await page.keyboard.press('Backspace')

    const grid = page.locator('[role="grid"]')
    for (let i = 0; i < 5 && (await focused()) !== 'Resources'; i += 1) await page.keyboard.press('Tab')
    expect(await focused()).toBe('Resources')
    await page.keyboard.press('End')
    const active = await grid.getAttribute('aria-activedescendant')
    expect(await page.locator(`#${active}`).textContent()).toContain('IPsecTunnel/initech')
    await page.keyboard.press('Enter')
    expect(await page.locator('.detail h2').textContent()).toBe('IPsecTunnel/initech')
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('Resources')

    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    expect(await page.locator('[aria-sort="descending"]').textContent()).toContain('Resource')
    expect(await page.locator('#row-0').textContent()).toContain('IPsecTunnel/lab-b')
  })

  it('stands up to axe, in light and in dark colours, with and without a tunnel opened', async () => {
    const { bench, watch, url } = await host()
    await bench.run('suspend', 'lab')
    for (const name of ['acme', 'lab-a']) await bench.run('sandbox', 'tamper', `IPsecTunnel/${name}`)
    await watch.saw('drift', (e) => e.address === 'IPsecTunnel/acme')
    await watch.saw('drift', (e) => e.address === 'IPsecTunnel/lab-a')

    for (const dark of [false, true]) {
      const { page, complaints } = await openWithAxe(url, { dark })
      await settled(page)
      expect(await findings(page)).toEqual([])
      await page.locator('.peer.tone-drifted').click()
      await page.locator('.detail').waitFor()
      expect(await findings(page)).toEqual([])
      expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
        dark ? 'rgb(18, 20, 22)' : 'rgb(246, 247, 247)',
      )
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
      expect(complaints).toEqual([])
      if (dark) await picture(page, 'watch-dark')
    }
  })

  it('has charts of what was before it was opened, and no legend, chart or card lies over another', async () => {
    const { bench, watch, url } = await host()
    await bench.run('sandbox', 'rm', 'IPsecTunnel/cork')
    await watch.saw('correction', (e) => e.address === 'IPsecTunnel/cork')

    for (const width of [1280, 420]) {
      const { page } = await open(browser, url, { width })
      await settled(page)
      await page.locator('.scroll').getByText('create IPsecTunnel/cork', { exact: false }).first().waitFor()
      expect(await page.locator('.plot').nth(1).getAttribute('aria-label')).toMatch(
        /^Time to heal, last hour: longest at most [\d.]+ m?s/,
      )
      await checkGeometry(page, width)
    }
  })

  it('asks for the token where others can reach it, and remembers it by a cookie', async () => {
    const bench = workbench()
    await bench.write('token', `${'k9'.repeat(20)}\n`)
    chmodSync(join(bench.folder, 'token'), 0o600)
    await bench.write('m/none.yaml', '')
    const { url, watch } = await watched(bench, '--listen', '0.0.0.0:0', '--listen-token-file', 'token')
    const { page } = await openWithAxe(url)

    await page.getByLabel('Token').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the token.').waitFor()
    expect(await findings(page)).toEqual([])
    await page.getByLabel('Token').fill('k9'.repeat(20))
    await page.keyboard.press('Enter')
    await page.locator('.headline').waitFor()
    await page.reload()
    await page.locator('.headline').waitFor()
    const asked = await bench.run('status', '--url', url)
    const shown = await bench.run('status', '--url', url, '--token-file', 'token')

    expect([asked.code, shown.code]).toEqual([10, 0])
    expect(asked.stderr).toContain('it asks for a token: --token-file FILE')
    expect(watch.stderr() + JSON.stringify(watch.events) + shown.stdout).not.toContain('k9k9')
  })

  it('says how a member of a fleet stands with it', async () => {
    const [enforced, wanted] = ['ab', 'cd'].map((two) => two.repeat(20)) as [string, string]
    const fleet = { host: 'gw', connected: false, since: new Date().toISOString(), why: 'no servers available' }
    const engine = { name: 'sandbox', connected: true }
    const status = { engine, tree: 'good', findings: [], passes: 1, sets: [], commit: enforced } as const
    const asked = { commit: wanted, rollout: '7', wave: 2 }
    const site = watchSite({ status: { ...status, fleet: { ...fleet, wanted: asked } }, declared: [] })
    const server = await listen({ address: '0', tell: () => {} }, site)
    onTestFinished(() => server.close())
    const { page, complaints } = await openWithAxe(server.url)
    await page.locator('.headline').waitFor()

    const head = await page.locator('header').textContent()
    expect(head).toMatch(/commit abababababab.*fleet away for \d+ s: no servers available/)
    expect(head).toContain('rollout 7, wave 2, wants cdcdcdcdcdcd')
    expect(await findings(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('says that nobody answers, and goes on when somebody does', async () => {
    const { bench, watch, url } = await host()
    const { page } = await open(browser, url)
    const rows = page.locator('[role="row"][id]')
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(TUNNELS.length)

    await watch.end('SIGTERM')
    await page.getByText('connection lost', { exact: false }).waitFor()
    expect(await rows.count()).toBe(TUNNELS.length)
    await watched(bench, '--listen', new URL(url).port)
    await page.locator('p.link.live').waitFor()
    await bench.run('sandbox', 'tamper', 'IPsecTunnel/acme')

    await page.getByText('1 of 12 resources are not as declared').first().waitFor()
  })
})

describe.skipIf(SKIPPED !== '')(`the policy of the page${SKIPPED}`, () => {
  it('lets nothing run, load or leave that is not of this server', async () => {
    const { url } = await fleet(3)
    const { page, complaints, asked } = await open(browser, url)
    await settled(page)
    expect(complaints).toEqual([])

    const tried = await page.evaluate(async () => {
      const attempt = (action: () => void) => {
        try {
          action()
          return 'done'
        } catch (error) {
          return (error as Error).name
        }
      }
      const script = document.createElement('script')
      const image = new Image()
      image.src = 'http://elsewhere.example/x.png'
      document.body.append(script, image)
      const style = document.createElement('style')
      style.textContent = 'body { display: none }'
      document.head.append(style)
      // what a debugger runs may do so; what comes later may not
      const code = await new Promise<string>((resolve) =>
        setTimeout(() =>
          resolve(
            attempt(() => {
              // biome-ignore lint/security/noGlobalEval: it must not run
              globalThis.eval('globalThis.hacked = 1')
            }),
          ),
        ),
      )
      return {
        code,
        inline: attempt(() => {
          script.textContent = 'globalThis.hacked = 1'
        }),
        markup: attempt(() => {
          document.body.insertAdjacentHTML('beforeend', '<b>x</b>')
        }),
        fetched: await fetch('http://elsewhere.example/').then(
          () => 'done',
          (error: Error) => error.name,
        ),
        hacked: 'hacked' in globalThis,
        shown: getComputedStyle(document.body).display,
      }
    })

    expect(tried).toEqual({
      inline: 'TypeError',
      markup: 'TypeError',
      code: 'EvalError',
      fetched: 'TypeError',
      hacked: false,
      shown: 'block',
    })
    const broken = () => complaints.filter((one) => one.startsWith('policy: ')).map((one) => one.split(' ')[1])
    await expect
      .poll(broken, { timeout: 20_000 })
      .toEqual(expect.arrayContaining(['img-src', 'style-src-elem', 'connect-src']))
    expect(asked.filter((address) => address.startsWith(url)).length).toBeGreaterThan(3)
  })

  it('is not needed: what hosts say is text', async () => {
    const evil = '<img src=x onerror="hacked=1"><script>hacked=1</script>"\'\u202e{{7*7}}javascript:hacked=1'
    const { url } = await fleet(3, (view) => ({
      ...view,
      hosts: view.hosts.map((one) => ({
        ...one,
        host: `${evil}${one.host}`,
        failure: evil,
        state: 'constructor',
        version: evil,
      })) as never,
      rollout: {
        ...(view.rollout as NonNullable<typeof view.rollout>),
        why: evil,
        by: evil,
        state: '__proto__' as never,
      },
    }))
    const { page, complaints } = await open(browser, url)
    await settled(page)
    await page.locator('#row-0').click()
    await page.locator('.detail').waitFor()

    expect(complaints).toEqual([])
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false)
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.locator('.detail h2').textContent()).toContain('<img src=x onerror="hacked=1"><script>')
    expect(await page.locator('.detail').textContent()).toContain('<U+202E>')
  })
})

describe.skipIf(SKIPPED !== '')(`the page of a fleet${SKIPPED}`, () => {
  it('shows hosts by state and commit, and the rollout with its waves', async () => {
    const { url } = await fleet(400)
    const { page, complaints } = await openWithAxe(url)
    await settled(page)

    expect(await page.locator('.headline').textContent()).toBe('15 of 400 hosts are not synced')
    expect(await page.locator('.waves tbody tr').allTextContents()).toEqual([
      'canarydone2 of 20',
      '10%current24 of 381',
      '50%ahead0 of 1600',
      '100%ahead0 of 2000',
    ])
    expect(await page.locator('section[aria-labelledby="commits"] tbody tr').count()).toBe(2)
    await page.getByRole('button', { name: /^failed/ }).click()
    expect(await page.locator('.count').textContent()).toBe('1 of 400')
    await page.locator('#row-0').click()
    expect(await page.locator('.detail').textContent()).toMatch(
      /gw-00009.*Was told.*FWP_E_ALREADY_EXISTS.*branches failing \(7 of 9\)/,
    )
    expect(await findings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^failed/ }).click()
    expect(complaints).toEqual([])
    await picture(page, 'fleet')
  })

  it('makes elements of the rows that can be seen alone, of 10 000 hosts as of 1 000', async () => {
    const work: number[] = []
    for (const count of [1_000, 10_000]) {
      const { url } = await fleet(count)
      const { page } = await open(browser, url)
      await settled(page)
      const grid = page.locator('[role="grid"]')
      await grid.focus()
      await page.evaluate(() => {
        let added = 0
        const changes = new MutationObserver((list) => {
          for (const { addedNodes } of list) added += addedNodes.length
          document.body.dataset.added = String(added)
        })
        changes.observe(document.querySelector('.grid-body') as Element, { childList: true })
      })
      for (let i = 0; i < 12; i += 1) {
        await page.keyboard.press('PageDown')
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
        expect(await page.locator('[role="row"]').count()).toBeLessThanOrEqual(30)
      }
      work.push(Number(await page.evaluate(() => document.body.dataset.added)))
      await page.keyboard.press('End')
      await page.locator(`#row-${count - 1}`).waitFor()
      expect(await page.locator(`#row-${count - 1}`).getAttribute('aria-rowindex')).toBe(String(count + 1))
      expect(await grid.getAttribute('aria-rowcount')).toBe(String(count + 1))
      await page.keyboard.press('/')
      await page.keyboard.type('gw-00999')
      await expect.poll(() => page.locator('.count').textContent()).toBe(`1 of ${count}`)
    }

    const [few, many] = work as [number, number]
    expect(few).toBeGreaterThan(50)
    expect(many).toBeLessThanOrEqual(few * 1.5)
  })

  it('is told of one host among 10 000 by a word about that one', async () => {
    const { url, tell, shown } = await fleet(10_000)
    const { page } = await open(browser, url)
    await settled(page)
    const { id } = (await (await fetch(`${url}/api/state`)).json()) as { id: string }
    const hosts = shown().hosts.map((one) =>
      one.host === 'gw-09999' ? { ...one, state: 'failed' as const, failure: 'no disk' } : one,
    )

    tell({ ...shown(), hosts })

    await page.locator('[role="row"]', { hasText: 'no disk' }).waitFor()
    const reader = (await fetch(`${url}/api/events?after=${id}`)).body?.getReader()
    let text = ''
    while (!text.includes('event: change')) text += new TextDecoder().decode((await reader?.read())?.value)
    await reader?.cancel()
    expect(text.length).toBeLessThan(1_000)
  })
})
