/** Colour, where there is a terminal that wants it. The only place that knows escape sequences. */

import pc from 'picocolors'

export interface Paint {
  bold(text: string): string
  red(text: string): string
  action(action: 'create' | 'replace' | 'delete', text: string): string
}

export function paintFor(color: boolean): Paint {
  const colors = pc.createColors(color)
  const byAction = { create: colors.green, replace: colors.yellow, delete: colors.red }
  return { bold: colors.bold, red: colors.red, action: (action, text) => byAction[action](text) }
}
