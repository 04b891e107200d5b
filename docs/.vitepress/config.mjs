// The documentation as a site: `npm run docs:site` builds it into docs-site. It is the Markdown that stands in the repository, and it asks
// nobody else for anything: fonts, search and pictures are its own.

import { readdirSync } from 'node:fs'

const decisions = readdirSync(new URL('../decisions', import.meta.url))
  .filter((name) => /^\d/.test(name))
  .map((name) => ({
    text: name.replace(/^0*(\d+)-(.*)\.md$/, (_, number, words) => `${number}. ${words.replaceAll('-', ' ')}`),
    link: `/docs/decisions/${name.replace(/\.md$/, '')}`,
  }))

const pages = (...names) => names.map(([text, name]) => ({ text, link: `/docs/${name}` }))

export default {
  title: 'wfpctl',
  description: 'Declarative IPsec tunnels and key managers for Windows',
  lang: 'en',
  srcDir: '..',
  outDir: '../docs-site',
  cacheDir: '../node_modules/.cache/vitepress',
  srcExclude: ['**/node_modules/**', 'test/**', 'dist/**', 'docs-api/**', 'docs-site/**', 'coverage/**'],
  rewrites: { 'README.md': 'index.md', 'docs/decisions/README.md': 'docs/decisions/index.md' },
  cleanUrls: false,
  // files that a page speaks of, and that are no pages
  ignoreDeadLinks: [
    /^(\.{0,2}\/)*(examples|packaging|schemas|src|test|LICENSE)/,
    /\/(examples|packaging|schemas|src|test|LICENSE)/,
  ],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tutorial', link: '/docs/tutorial' },
      { text: 'Fields', link: '/docs/fields' },
      { text: 'Troubleshooting', link: '/docs/troubleshooting' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'What it is', link: '/' },
          ...pages(['Tutorial', 'tutorial'], ['Windows', 'windows'], ['The command line', 'command-line']),
        ],
      },
      {
        text: 'Writing manifests',
        items: pages(
          ['Every field', 'fields'],
          ['Many tunnels from one description', 'templates'],
          ['Secrets', 'secrets'],
          ['Key managers', 'key-managers'],
          ['Traffic tests', 'traffic-tests'],
          ['Policies', 'policies'],
        ),
      },
      {
        text: 'Every day',
        items: pages(
          ['Reviews and CI', 'ci'],
          ['The life of a tunnel', 'life-of-a-tunnel'],
          ['Part of a tree', 'part-of-a-tree'],
          ['Confirming', 'confirm'],
          ['Watch', 'watch'],
          ['The page, and observing', 'page'],
          ['Taking over what stands', 'import'],
          ['From New-NetIPsecRule', 'from-new-netipsecrule'],
          ["Other tools' words", 'words'],
        ),
      },
      {
        text: 'When it matters',
        items: pages(
          ['A fleet', 'fleet'],
          ['Rolling out in waves', 'rollouts'],
          ['Troubleshooting', 'troubleshooting'],
          ['Findings', 'diagnostics'],
          ['Faults', 'faults'],
          ['Security', 'security'],
          ['Upgrade and removal', 'upgrade'],
        ),
      },
      {
        text: 'Inside',
        items: [
          { text: 'Architecture', link: '/ARCHITECTURE' },
          { text: 'Contributing', link: '/CONTRIBUTING' },
          ...pages(
            ['One tunnel', 'one-tunnel'],
            ['Hidden leaves', 'hidden-leaves'],
            ['Left out', 'left-out'],
            ['Wine', 'wine'],
          ),
          { text: 'Benchmarks', link: '/BENCHMARKS' },
        ],
      },
      { text: 'Decisions', collapsed: true, items: decisions },
    ],
  },
}
