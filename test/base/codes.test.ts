import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { codes, type DiagnosticCode } from '../../src/base/codes.ts'
import { fixes } from './fixes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const sections = [
  ['1', 'Files and YAML'],
  ['2', 'Values'],
  ['3', 'Policy and secrets'],
  ['4', 'Engine'],
  ['5', 'Verification'],
] as const

function textsIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.endsWith('codes.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
}

function usedCodes(): Set<string> {
  const inSource = textsIn('src', '.ts').flatMap((text) => [...text.matchAll(/'([EW][1-5]\d\d)'/g)])
  const inSchemas = textsIn('schemas', '.json').flatMap((text) => [...text.matchAll(/"x-code": "(\w+)"/g)])
  return new Set([...inSource, ...inSchemas].map((match) => match[1]!))
}

function rowOf([code, text]: [string, string]): string {
  return `| ${code} | ${text} | ${fixes[code as DiagnosticCode].replaceAll('|', '\\|')} |\n`
}

function page(): string {
  const tables = sections.map(([digit, title]) => {
    const rows = Object.entries(codes).filter(([code]) => code[1] === digit)
    return `## ${title}\n\n| code | meaning | what to do |\n| --- | --- | --- |\n${rows.map(rowOf).join('')}`
  })
  return `# Findings

Every finding has a code that never changes its meaning. E is an error: nothing is changed. W is a warning: it changes no exit code without \`--strict\`.
A warning that is right as it stands is answered in \`metadata.waive\` of its document or of its TunnelSet: \`{ code: W223, reason: …, until: 2030-12-31 }\`.
After that day the waiver is an error.
This page is made from \`src/base/codes.ts\` and \`test/base/fixes.ts\` by \`npm run docs:diagnostics\`.

${tables.join('\n')}`
}

describe('the catalogue of codes', () => {
  it('holds every code that source and schemas use, and no other', () => {
    expect(Object.keys(codes).sort()).toEqual([...usedCodes()].sort())
  })

  it('is what docs/diagnostics.md shows', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/diagnostics.md')
  })
})
