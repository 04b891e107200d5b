/** What findings may not tell: the text of keys that stand in the manifests. Every output of findings goes through here. */

import { byPosition, type Diagnostic, type SourceFile, type Span } from '../../base/index.ts'
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
    const secrets = found.get(file) ?? writtenSecrets(file.text, known.get(file))
    found.set(file, secrets)
    return secrets
  }
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
