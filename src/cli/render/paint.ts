/** Printable lines, in colour where there is a terminal that wants it, and tables. The only place that knows escape sequences. */

import pc from 'picocolors'
import { printable } from '../../base/index.ts'
import type { Action } from '../../reconcile/plan/index.ts'
import { widthOf } from '../width.ts'

export interface Paint {
  bold(text: string): string
  red(text: string): string
  action(action: Action, text: string): string
}

export function paintFor(color: boolean): Paint {
  const colors = pc.createColors(color)
  const byAction = {
    create: colors.green,
    replace: colors.yellow,
    record: colors.yellow,
    move: colors.cyan,
    disable: colors.red,
    delete: colors.red,
  }
  return {
    bold: (text) => colors.bold(printable(text)),
    red: (text) => colors.red(printable(text)),
    action: (action, text) => byAction[action](printable(text)),
  }
}

/** Columns, or where the terminal is too narrow for them a paragraph for each row. */
export function renderTable(
  head: readonly string[],
  texts: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const rows = texts.map((row) => row.map((cell) => printable(cell)))
  const widths = head.map((title, i) => rows.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), title.length))
  const lines = [head, ...rows].map((row) =>
    joined(row.map((cell, i) => cell.padEnd(widths[i]! + cell.length - widthOf(cell)))),
  )
  const isWide = lines.some((line) => widthOf(line) > width)
  return `${(isWide ? rows.map((row) => paragraph(head, row)) : lines).join('\n')}\n`
}

function paragraph(head: readonly string[], [first = '', ...others]: readonly string[]): string {
  const told = others.flatMap((cell, i) => (cell === '' ? [] : [`    ${head[i + 1]}: ${cell}`]))
  return [first, ...told].join('\n')
}

function joined(cells: readonly string[]): string {
  return cells.join('   ').trimEnd()
}
