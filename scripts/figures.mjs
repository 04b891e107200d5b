/**
 * How the source is cut: `node scripts/figures.mjs [DIRECTORY]` (default: src). Says nothing about right or wrong; two runs can be compared.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'

const root = process.argv[2] ?? 'src'

const files = readdirSync(root, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, name))
const sources = files.map((file) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true))

const functions = sources.flatMap((source) =>
  collect(source, ts.isFunctionLike).filter((node) => 'body' in node && node.body && ts.isBlock(node.body)),
)
const functionLines = functions.map((node) => linesOf(node))
const imports = sources.map((source) => source.statements.filter(isImport).length)
const crowded = functions.filter((node) => node.parameters.length >= 5)
const lines = sources.map((source) => source.getLineStarts().length - 1)

print('files', files.length)
print('lines', sum(lines))
print('lines a file: median, p90, max', spread(lines))
print('functions', functions.length)
print('lines a function: median, p90, max', spread(functionLines))
print('imports a file: median, p90, max', spread(imports))
print('functions with five positional parameters or more', crowded.length)
for (const node of crowded) print('', `  ${node.getSourceFile().fileName}: ${nameOf(node)} (${node.parameters.length})`)
print(
  'file names that stand more than once',
  repeated(
    files.map((file) => basename(file)),
    ['index.ts'],
  ),
)
print('names exported by two files or more', repeated(sources.flatMap(exportedNames)))
print('`as unknown as`', sum(sources.map((source) => source.text.split('as unknown as').length - 1)))

function collect(node, matches) {
  const inside = []
  const visit = (child) => {
    if (matches(child)) inside.push(child)
    ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return inside
}

function linesOf(node) {
  const source = node.getSourceFile()
  const line = (position) => source.getLineAndCharacterOfPosition(position).line
  return line(node.end) - line(node.getStart()) + 1
}

function isImport(node) {
  return (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined
}

function nameOf(node) {
  return node.name?.getText() ?? node.parent?.name?.getText() ?? 'anonymous'
}

/** Names that a file declares and exports itself; what it only passes on is not counted. */
function exportedNames(source) {
  const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  const declared = source.statements.filter(isExported).flatMap((node) => {
    if (ts.isVariableStatement(node)) return node.declarationList.declarations.map((one) => one.name.getText())
    return node.name ? [node.name.getText()] : []
  })
  return [...new Set(declared)]
}

function repeated(names, except = []) {
  const counts = new Map()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const found = [...counts].filter(([name, count]) => count > 1 && !except.includes(name))
  return `${found.length}${
    found.length === 0
      ? ''
      : `: ${found
          .map(([name, count]) => `${name} ×${count}`)
          .sort()
          .join(', ')}`
  }`
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return `${at(0.5)} / ${at(0.9)} / ${sorted.at(-1)}`
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0)
}

function print(what, value) {
  process.stdout.write(what === '' ? `${value}\n` : `${what}: ${value}\n`)
}
