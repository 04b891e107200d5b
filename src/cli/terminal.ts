/** Where a command speaks: stdout is the answer, stderr is talk. */

import type { Diagnostic, OnProgress } from '../base/index.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit.ts'
import { say, widthFor } from './process.ts'
import {
  diagnosticsToJson,
  FINDINGS_FORMATS,
  FORMAT_VERSION,
  type Paint,
  Progress,
  type ProgressMode,
  paintFor,
  renderDiagnostics,
  summarise,
  toJson,
} from './render/index.ts'
import { wrapped } from './width.ts'

export interface Terminal {
  readonly paint: Paint
  readonly json: boolean
  /** How findings are written where they alone are the answer (`-o github`, `-o sarif`). */
  readonly findingsAlone?: (diagnostics: readonly Diagnostic[]) => string
  /** of the terminal that reads the answer; absent: it goes to a pipe or a file, or is no prose */
  readonly width?: number
  answer(text: string): void
  talk(text: string): void
  /** for machines, on stderr */
  log(text: string): void
  /** Findings as frames on stderr; where they belong into the answer, nothing is printed here. */
  findings(diagnostics: readonly Diagnostic[]): void
  /** The answer of a command whose input is rejected, and its exit code. */
  reject(diagnostics: readonly Diagnostic[], summary?: object): ExitCode
  /** How far it is: shown where it takes long, and gone before anything else is written. */
  readonly progress: OnProgress
  /** Nothing is being done any more. */
  quiet(): void
  /** @returns whether the user typed `yes`; undefined where there is nobody to ask, or nothing was shown to approve */
  confirm(question: string): Promise<boolean | undefined>
}

/** Colour only on a terminal and without NO_COLOR (https://no-color.org). */
function wantsColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}

const PROSE: readonly string[] = ['human', 'table']

/** @param progress `auto`, `plain` or `none`; absent: auto */
export function openTerminal(output: string, progress?: string): Terminal {
  const line = new Progress(process.stderr, progressMode(progress))
  process.once('exit', () => line.end())
  const json = output === 'json' || output === 'ndjson'
  const findingsAlone = FINDINGS_FORMATS[output]
  const width = PROSE.includes(output) ? widthFor(process.stdout) : undefined
  const framed = (diagnostics: readonly Diagnostic[]) =>
    renderDiagnostics(diagnostics, { color: wantsColor(process.stderr), width: widthFor(process.stderr) })
  return {
    paint: paintFor(wantsColor(process.stdout)),
    json,
    ...(findingsAlone && { findingsAlone }),
    ...(width !== undefined && { width }),
    progress: line.report,
    answer: (text) => {
      line.end()
      process.stdout.write(wrapped(text, width))
    },
    talk: (text) => {
      line.clear()
      say(text)
    },
    log: (text) => void process.stderr.write(text),
    findings: (diagnostics) => {
      line.clear()
      if (!json && !findingsAlone && diagnostics.length > 0) process.stderr.write(`${framed(diagnostics)}\n`)
    },
    reject: (diagnostics, summary) => {
      line.end()
      const findings = { diagnostics: diagnosticsToJson(diagnostics), ...(summary && { summary }) }
      if (findingsAlone) process.stdout.write(findingsAlone(diagnostics))
      else if (json) process.stdout.write(toJson({ formatVersion: FORMAT_VERSION, ...findings }))
      else process.stderr.write(`${framed(diagnostics)}\n${summarise(diagnostics)}\n`)
      return EXIT.invalid
    },
    confirm: async (question) => {
      line.end()
      return json ? undefined : confirm(question)
    },
    quiet: () => line.end(),
  }
}

function progressMode(wanted = 'auto'): ProgressMode {
  if (wanted === 'plain' || wanted === 'none') return wanted
  if (wanted !== 'auto') throw new CommandFailure(EXIT.usage, `${wanted} is not auto, plain or none (--progress)`)
  return process.stderr.isTTY && process.env.TERM !== 'dumb' ? 'line' : 'none'
}

async function confirm(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await prompt.question(`${question} Only \`yes\` is accepted: `)).trim() === 'yes'
  } finally {
    prompt.close()
  }
}
