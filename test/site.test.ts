/** The site that `npm run docs:site` builds: all pages, every link of the side bar, and no request to anybody else. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const site = mkdtempSync(join(tmpdir(), 'wfpctl-site-'))
const BUILD_MILLISECONDS = 240_000

beforeAll(() => {
  const { status, stderr, stdout } = spawnSync('npm', ['run', '--silent', 'docs:site', '--', '--outDir', site], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stdout + stderr)
}, BUILD_MILLISECONDS)
afterAll(() => rmSync(site, { recursive: true, force: true }))

const filesOf = (ending: string) =>
  readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending))

it('has every page of the documentation', () => {
  const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.md') && !name.endsWith('README.md'),
  )
  expect(pages.length).toBeGreaterThan(40)
  const missing = pages.filter((name) => !existsSync(join(site, 'docs', name.replace(/\.md$/, '.html'))))
  expect(missing).toEqual([])
  for (const name of ['index', 'ARCHITECTURE', 'CONTRIBUTING', 'CHANGELOG', 'BENCHMARKS'])
    expect(existsSync(join(site, `${name}.html`)), name).toBe(true)
})

it('leads from the side bar to pages that are there, and to every page of docs', async () => {
  const { default: config } = (await import(new URL('../docs/.vitepress/config.mjs', import.meta.url).href)) as {
    default: { themeConfig: { nav: Link[]; sidebar: { items: Link[] }[] } }
  }
  const links = [...config.themeConfig.nav, ...config.themeConfig.sidebar.flatMap(({ items }) => items)]
  for (const { link } of links)
    expect(existsSync(join(site, link === '/' ? 'index.html' : `${link}.html`)), link).toBe(true)
  const linked = new Set(links.map(({ link }) => link))
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'))
  expect(pages.filter((name) => !linked.has(`/docs/${name.replace(/\.md$/, '')}`))).toEqual([])
})

it('asks nobody else for anything', () => {
  const loaded = filesOf('.html').flatMap((name) =>
    [
      ...readFileSync(join(site, name), 'utf8').matchAll(
        /<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)="([^"]*)"/g,
      ),
    ].map((found) => found[1]),
  )
  expect(loaded.length).toBeGreaterThan(100)
  expect(loaded.filter((address) => !address?.startsWith('/') || address.startsWith('//'))).toEqual([])
  const styles = filesOf('.css').flatMap((name) => [
    ...readFileSync(join(site, name), 'utf8').matchAll(/url\((?!["']?(?:data:|\/))[^)]*\)|@import[^;]*/g),
  ])
  expect(styles.map(([text]) => text)).toEqual([])
})

interface Link {
  readonly text: string
  readonly link: string
}
