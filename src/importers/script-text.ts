/**
 * Scripts of PowerShell and cmd → statements, as far as they are literal. What would have to be run to know what it does is refused where it
 * stands: an import runs nothing.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */

import { type Diagnostic, diagnostic, type SourceFile, type Span } from '../base/index.ts'

/** A word, a string, a sign; `$name` and `$name.Name` are variables. */
export interface Token {
  readonly sort: 'word' | 'string' | 'parameter' | 'variable' | 'sign'
  /** without quotes; of a parameter without its dash */
  readonly text: string
  readonly span: Span
}

/** One command line: what its tokens are, and the whole of it. */
export interface Statement {
  readonly tokens: readonly Token[]
  readonly span: Span
}

interface Rule {
  readonly sort: Token['sort'] | 'blank' | 'end' | 'code'
  readonly pattern: RegExp
  /** what an import says to it */
  readonly refusal?: string
}

const EXPANDABLE =
  'a string in double quotes with $ or a backtick is put together when the script runs: write what comes out'

const POWERSHELL: readonly Rule[] = [
  { sort: 'blank', pattern: /(?:[ \t]|`[ \t]*\r?\n|<#[\s\S]*?#>|#[^\n]*)+/y },
  { sort: 'string', pattern: /'((?:[^']|'')*)'/y },
  { sort: 'string', pattern: /"((?:[^"$`]|"")*)"/y },
  { sort: 'code', pattern: /"|'|@["']/y, refusal: EXPANDABLE },
  { sort: 'word', pattern: /\$(true|false|null)(?![\w:])/iy },
  { sort: 'variable', pattern: /\$(\w+(?:\.(?:Name|InstanceID))?)(?![\w:.[(])/iy },
  { sort: 'code', pattern: /\$|@[A-Za-z]/y, refusal: 'a variable has a value when the script runs: write the value' },
  { sort: 'code', pattern: /\|/y, refusal: 'a pipeline would have to be run' },
  { sort: 'code', pattern: /[{}[\]]/y, refusal: 'code would have to be run' },
  { sort: 'code', pattern: /[&<>]/y, refusal: 'a call or a redirection would have to be run' },
  { sort: 'end', pattern: /[;\n]|\r\n?/y },
  { sort: 'sign', pattern: /@?\(|[),=]/y },
  { sort: 'parameter', pattern: /-([A-Za-z]\w*):?/y },
  { sort: 'word', pattern: /[^\s'"$|{}[\]&<>;(),=`#]+/y },
]

/** `%PSK%` and `^` at the end of a line; whatever stands in quotes belongs to the word. */
const CMD: readonly Rule[] = [
  { sort: 'blank', pattern: /(?:[ \t]|\^\r?\n|^[ \t]*(?:@?rem\b|::)[^\n]*)+/imy },
  {
    sort: 'code',
    pattern: /(?=[^\s]*%[^%\s]+%)/y,
    refusal: 'a variable has a value when the script runs: write the value',
  },
  { sort: 'code', pattern: /[|&<>]/y, refusal: 'a pipe, a second command or a redirection would have to be run' },
  { sort: 'end', pattern: /[\n]|\r\n?/y },
  { sort: 'word', pattern: /(?:"[^"\n]*"|[^\s"|&<>])+/y },
  { sort: 'code', pattern: /"/y, refusal: 'a string is not closed' },
]

export interface ScriptRead {
  readonly statements: readonly Statement[]
  readonly refused: readonly Diagnostic[]
}

/** @param dialect `cmd` for batch files and lists of netsh commands */
export function readScript(file: SourceFile, dialect: 'powershell' | 'cmd'): ScriptRead {
  const rules = dialect === 'cmd' ? CMD : POWERSHELL
  const statements: Statement[] = []
  const refused: Diagnostic[] = []
  let tokens: Token[] = []
  let open = 0
  let at = 0
  const end = () => {
    const [first] = tokens
    if (first) statements.push({ tokens, span: { ...first.span, end: tokens.at(-1)!.span.end } })
    tokens = []
    open = 0
  }
  while (at < file.text.length) {
    const found = nextOf(rules, file, at)
    at = found.end
    if (found.rule.sort === 'end') {
      if (open === 0 && tokens.at(-1)?.text !== ',') end()
    } else if (found.rule.sort === 'code') {
      refused.push(diagnostic('E161', found.span, found.rule.refusal as string, { help: HELP }))
      tokens = []
      open = 0
      at = endOfLine(file.text, at)
    } else if (found.rule.sort !== 'blank') {
      const token: Token = { sort: found.rule.sort, text: found.text, span: found.span }
      if (token.sort === 'sign') open = Math.max(0, open + (/\($/.test(token.text) ? 1 : token.text === ')' ? -1 : 0))
      tokens.push(token)
    }
  }
  end()
  return { statements, refused }
}

const HELP = 'or export the rules from the host with packaging/export-netipsec.ps1'

interface Next {
  readonly rule: Rule
  readonly text: string
  readonly span: Span
  readonly end: number
}

const UNKNOWN: Rule = { sort: 'code', pattern: /./y, refusal: 'this is neither a command nor a value' }

function nextOf(rules: readonly Rule[], file: SourceFile, at: number): Next {
  for (const rule of rules) {
    rule.pattern.lastIndex = at
    const found = rule.pattern.exec(file.text)
    if (!found) continue
    const end = Math.max(rule.pattern.lastIndex, at + (rule.sort === 'code' ? 1 : 0))
    const text = (found[1] ?? found[0]).replaceAll(
      rule.sort === 'string' ? /''|""/g : /(?!)/g,
      (quote) => quote[0] as string,
    )
    return { rule, text, end, span: { file, start: at, end } }
  }
  return { rule: UNKNOWN, text: '', end: at + 1, span: { file, start: at, end: at + 1 } }
}

/** Where the next statement may begin: lines that go on with a backtick or ^ belong to this one. */
function endOfLine(text: string, at: number): number {
  const rest = /(?:[`^][ \t]*\r?\n|[^\n])*/y
  rest.lastIndex = at
  rest.exec(text)
  return rest.lastIndex
}
