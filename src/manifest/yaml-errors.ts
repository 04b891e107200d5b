/** The YAML parser's complaints, in plain words: a mistake in the structure is told once, though the parser stumbles on. */

import { type Diagnostic, type DiagnosticCode, diagnostic } from '../base/diagnostic.ts'
import type { SourceFile, Span } from '../base/source.ts'

export interface YamlError {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

interface Explanation {
  readonly code: DiagnosticCode
  /** the values around it can be read all the same */
  readonly local?: true
  readonly message?: string
  readonly help?: string
}

const INDENT_HELP = 'give fields of one mapping the same indentation, with spaces'

/** By the parser's own code; what is absent here keeps the parser's words. */
const EXPLANATIONS: { readonly [code: string]: Explanation } = {
  TAB_AS_INDENT: { code: 'E111', message: 'a tab indents this line', help: 'YAML indents with spaces only' },
  BAD_INDENT: { code: 'E111', help: INDENT_HELP },
  BLOCK_AS_IMPLICIT_KEY: {
    code: 'E110',
    message: 'a mapping starts in the middle of a line',
    help: 'put text that contains `: ` in quotes, or start the mapping on a line of its own',
  },
  MULTILINE_IMPLICIT_KEY: { code: 'E111', message: 'this line is indented deeper than it may be', help: INDENT_HELP },
  BAD_DQ_ESCAPE: {
    code: 'E110',
    local: true,
    help: 'write the text in single quotes, where a backslash is only a backslash',
  },
  BAD_SCALAR_START: { code: 'E110', local: true, help: 'put the text in quotes' },
  BAD_ALIAS: { code: 'E110', local: true },
  MULTIPLE_ANCHORS: { code: 'E110', local: true },
  MULTIPLE_TAGS: { code: 'E110', local: true },
}

/**
 * @param lastText where the last text of the document begins: an open quote swallows everything up to the end
 * @returns `fatal` when the document's structure is in doubt: then only its first mistake is told
 */
export function describeYamlErrors(
  file: SourceFile,
  errors: readonly YamlError[],
  lastText: number | undefined,
): { readonly diagnostics: readonly Diagnostic[]; readonly fatal: boolean } {
  const fatal = errors.find((error) => !EXPLANATIONS[error.code]?.local)
  if (fatal === undefined) return { diagnostics: errors.map((error) => describe(file, error)), fatal: false }
  const open = /^Missing closing (.)quote$/.exec(fatal.message)
  if (open && file.text[lastText ?? -1] === open[1]) return { diagnostics: [openQuote(file, lastText!)], fatal: true }
  return { diagnostics: [describe(file, clearest(fatal, errors))], fatal: true }
}

function openQuote(file: SourceFile, start: number): Diagnostic {
  const line = /^[^\r\n]*/.exec(file.text.slice(start, start + 200))![0]
  return diagnostic('E110', { file, start, end: start + line.length }, 'this quote is never closed')
}

/** A line indented too deep makes two complaints of one place; the second says it better. */
function clearest(error: YamlError, errors: readonly YamlError[]): YamlError {
  const twin = errors.find((other) => other.code === 'MULTILINE_IMPLICIT_KEY' && other.pos[0] === error.pos[0])
  return twin ?? error
}

function describe(file: SourceFile, error: YamlError): Diagnostic {
  const explanation = EXPLANATIONS[error.code] ?? { code: 'E110' as const }
  const message = explanation.message ?? lowerFirst(withoutQuote(error.message))
  const help = explanation.help === undefined ? {} : { help: explanation.help }
  return diagnostic(explanation.code, spanOf(file, error), message, help)
}

function spanOf(file: SourceFile, { code, pos }: YamlError): Span {
  const end = Math.max(pos[1], pos[0] + 1)
  if (code !== 'MULTILINE_IMPLICIT_KEY') return { file, start: pos[0], end }
  const lastLine = /[^\r\n]*$/.exec(file.text.slice(pos[0], end))![0].trimStart()
  return { file, start: end - lastLine.length, end }
}

/** `Block scalar header includes extra characters: |xyz` → without `: |xyz`: the frame shows the text, or hides it when it is a secret */
function withoutQuote(message: string): string {
  return message.replace(/(?:(?<=\S): | \\).*$/s, '')
}

/** `Flow map must end with a }` → `flow map must end with a }` */
function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}
