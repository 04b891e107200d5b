/** What findings may not tell: the text of keys that stand in the manifests. Every output of findings goes through here. */

import { byPosition, type Diagnostic, type SourceFile, type Span } from '../../base/index.ts'
import { IS_CSV } from '../../manifest/index.ts'
import { isSecretName, type TextRange, writtenSecrets } from './written-secrets.ts'

export type SecretRanges = (file: SourceFile) => readonly TextRange[]

/** A secret in one finding's line may be shown by the frame of another. Each file is looked through when it is first asked for. */
export function secretsOf(diagnostics: readonly Diagnostic[]): SecretRanges {
  const known = new Map<SourceFile, TextRange[]>()
  for (const { file, start, end } of diagnostics.flatMap((finding) => finding.secrets ?? [])) {
    known.set(file, known.get(file) ?? [])
    known.get(file)!.push([start, end])
  }
  const found = new Map<SourceFile, readonly TextRange[]>()
  return (file) => {
    const secrets =
      found.get(file) ?? writtenSecrets(file.text, [...(known.get(file) ?? []), ...columnsOfSecrets(file)])
    found.set(file, secrets)
    return secrets
  }
}

/** What says where a key is, and is none itself. */
const REFERRING_COLUMN = /(?:env|file|path|var|variable|name|ref)$/i

/** In a table whose header speaks of keys, any cell may be one: quotes that never end make a cell of what stands behind. */
function columnsOfSecrets({ text, path, holds }: SourceFile): TextRange[] {
  if (holds !== 'rows' || !IS_CSV.test(path)) return []
  const header = /\S[^\r\n]*/.exec(text.replace(/^sep=.*/i, (line) => ' '.repeat(line.length)))
  const names = header?.[0].split(/[,;\t"]+/).map((name) => name.trim()) ?? []
  const speaksOfKeys = names.some((name) => isSecretName(name) && !REFERRING_COLUMN.test(name))
  return header && speaksOfKeys ? linesBehind(text, header.index + header[0].length) : []
}

function linesBehind(text: string, start: number): TextRange[] {
  return [...text.slice(start).matchAll(/[^\r\n]+/g)].map(
    ({ index, 0: line }): TextRange => [start + index, start + index + line.length],
  )
}

/** In order of file and place, without words quoted from a secret. */
export function masked(diagnostics: readonly Diagnostic[], secrets: SecretRanges): Diagnostic[] {
  return [...diagnostics].sort(byPosition).map((finding) => withoutQuotes(finding, secrets))
}

function withoutQuotes(finding: Diagnostic, secrets: SecretRanges): Diagnostic {
  const { span } = finding
  const touched = span ? touchedText(span, secrets(span.file)) : ''
  return touched === '' ? finding : mapTexts(finding, (text) => maskQuotes(text, touched))
}

/** The finding with each of its own words made anew. */
export function mapTexts(finding: Diagnostic, change: (text: string) => string): Diagnostic {
  const { message, label, notes, help } = finding
  return {
    ...finding,
    message: change(message),
    ...(label !== undefined && { label: change(label) }),
    ...(notes && { notes: notes.map((note) => change(note)) }),
    ...(help !== undefined && { help: change(help) }),
  }
}

/** The secrets that a place touches. */
export function secretsWithin(secrets: readonly TextRange[], start: number, end: number): readonly TextRange[] {
  let low = 0
  let high = secrets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (secrets[middle]![1] <= start) low = middle + 1
    else high = middle
  }
  let last = low
  while (last < secrets.length && secrets[last]![0] < end) last++
  return secrets.slice(low, last)
}

/** A document may be one long secret: only so much of it is compared. */
const MAX_COMPARED = 10_000

function touchedText({ file, start, end }: Span, secrets: readonly TextRange[]): string {
  const touched = secretsWithin(secrets, start, Math.max(end, start + 1))
  return touched
    .map(([from, to]) => file.text.slice(from, Math.min(to, from + MAX_COMPARED)))
    .join('\n')
    .replace(/\s+/g, ' ')
}

function maskQuotes(text: string, secret: string): string {
  return text.replace(/`([^`]+)`/g, (quote, word: string) => {
    const bare = word.replace(/^[&*!]+|…$/g, '')
    return bare === '' || isSecretName(bare) || !secret.includes(bare) ? quote : `\`${'•'.repeat(bare.length)}\``
  })
}
