/** Where a command speaks: stdout is the answer, stderr is talk. */

import { createInterface } from 'node:readline/promises'
import type { Diagnostic } from '../base/index.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { say, widthFor } from './process.ts'
import {
  diagnosticsToJson,
  FORMAT_VERSION,
  type Paint,
  paintFor,
  renderDiagnostics,
  summarise,
  toJson,
} from './render/index.ts'
import { wrapped } from './width.ts'

export interface Terminal {
  readonly paint: Paint
  readonly json: boolean
  /** of the terminal that reads the answer; absent: it goes to a pipe or a file, or is no prose */
  readonly width?: number
  answer(text: string): void
  talk(text: string): void
  /** for machines, on stderr */
  log(text: string): void
  /** Findings as frames on stderr; in JSON mode they belong into the answer, and nothing is printed here. */
  findings(diagnostics: readonly Diagnostic[]): void
  /** The answer of a command whose input is rejected, and its exit code. */
  reject(diagnostics: readonly Diagnostic[], summary?: object): ExitCode
  /** @returns whether the user typed `yes`; undefined where there is nobody to ask, or nothing was shown to approve */
  confirm(question: string): Promise<boolean | undefined>
}

/** Colour only on a terminal and without NO_COLOR (https://no-color.org). */
function wantsColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}

const PROSE: readonly string[] = ['human', 'table']

export function openTerminal(output: string): Terminal {
  const json = output === 'json' || output === 'ndjson'
  const width = PROSE.includes(output) ? widthFor(process.stdout) : undefined
  const framed = (diagnostics: readonly Diagnostic[]) =>
    renderDiagnostics(diagnostics, { color: wantsColor(process.stderr), width: widthFor(process.stderr) })
  return {
    paint: paintFor(wantsColor(process.stdout)),
    json,
    ...(width !== undefined && { width }),
    answer: (text) => void process.stdout.write(wrapped(text, width)),
    talk: say,
    log: (text) => void process.stderr.write(text),
    findings: (diagnostics) => {
      if (!json && diagnostics.length > 0) process.stderr.write(`${framed(diagnostics)}\n`)
    },
    reject: (diagnostics, summary) => {
      const findings = { diagnostics: diagnosticsToJson(diagnostics), ...(summary && { summary }) }
      if (json) process.stdout.write(toJson({ formatVersion: FORMAT_VERSION, ...findings }))
      else process.stderr.write(`${framed(diagnostics)}\n${summarise(diagnostics)}\n`)
      return EXIT.invalid
    },
    confirm: json ? async () => undefined : confirm,
  }
}

async function confirm(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await prompt.question(`${question} Only \`yes\` is accepted: `)).trim() === 'yes'
  } finally {
    prompt.close()
  }
}
