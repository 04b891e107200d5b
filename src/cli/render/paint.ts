/** Printable lines, in colour where there is a terminal that wants it, and tables. The only place that knows escape sequences. */

import pc from 'picocolors'
import { printable } from '../../base/index.ts'
import type { Action } from '../../reconcile/plan/index.ts'

export interface Paint {
  bold(text: string): string
  red(text: string): string
  action(action: Action, text: string): string
}

export function paintFor(color: boolean): Paint {
  const colors = pc.createColors(color)
  const byAction = { create: colors.green, replace: colors.yellow, record: colors.yellow, delete: colors.red }
  return {
    bold: (text) => colors.bold(printable(text)),
    red: (text) => colors.red(printable(text)),
    action: (action, text) => byAction[action](printable(text)),
  }
}

export function renderTable(head: readonly string[], texts: readonly (readonly string[])[]): string {
  const rows = texts.map((row) => row.map((cell) => printable(cell)))
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('   ')
      .trimEnd()
  return `${[head, ...rows].map(line).join('\n')}\n`
}
