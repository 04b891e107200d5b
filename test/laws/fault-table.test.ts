/**
 * What each fault of each engine call does to each command. `docs/faults.md` is written from what happened here (`npx vitest run --project
 * laws test/laws/fault-table.test.ts -u`); a cell that is neither the state before nor the state after fails the test.
 */

import { afterAll, expect, it } from 'vitest'
import { COMMANDS, type Command } from './faults/commands.ts'
import { FAULTS, type Fault, Line, type Row } from './faults/faults.ts'
import { endStages, inMemory } from './faults/stage.ts'

afterAll(endStages)

/** The calls that a command makes when nothing goes wrong. */
async function rowsOf(command: Command): Promise<ReadonlySet<Row>> {
  const stage = await inMemory()
  const line = new Line()
  await command.run({ stage, line })
  await stage.close()
  return line.rows
}

/** One call fails once, in one way. */
async function cell(command: Command, row: Row, fault: Fault): Promise<string> {
  const { stage, strike } = await fault.stage()
  const line = new Line(row, strike)
  try {
    if (fault.silences) return (await command.wakes?.({ stage, line })) ?? 'not called'
    const { told, state: during } = await command.run({ stage, line })
    await line.end()
    const state = await stage.state(command.desired)
    await stage.mend()
    await stage.reaches(command.desired)
    if (fault.kills) return `${state}; next run after`
    if (during !== undefined) return `${told}, ${during}; then ${state}`
    return [told, state].filter(Boolean).join(', ')
  } finally {
    await stage.mend()
    await stage.close()
  }
}

it.skipIf(process.platform !== 'linux')(
  'leaves the engine before or after, whatever fails, and docs/faults.md says which and how it is told',
  async () => {
    const commands = Object.values(COMMANDS)
    const rows = new Map<Command, ReadonlySet<Row>>()
    for (const command of commands) rows.set(command, await rowsOf(command))
    const table: string[] = []
    for (const row of new Set([...rows.values()].flatMap((one) => [...one]))) {
      for (const [name, fault] of Object.entries(FAULTS)) {
        if (fault.calls && !fault.calls.test(row)) continue
        const cells: string[] = []
        for (const command of commands)
          cells.push(rows.get(command)?.has(row) ? await cell(command, row, fault) : 'not called')
        table.push(`| ${row} | ${name} | ${cells.join(' | ')} |`)
      }
    }

    await expect(page(table)).toMatchFileSnapshot('../../docs/faults.md')
  },
)

function page(table: readonly string[]): string {
  return `# What a fault does

Written by \`test/laws/fault-table.test.ts\` from what happened. In each cell one call of the engine goes wrong once, in one way; it is the
first call of that name that the command makes. After each cell the next \`apply\` reaches what is declared.

A cell has the exit code, the finding if there is one, and the state the engine is left in. \`before\` is the state before the command,
\`after\` the one that it was to reach. There is no other, but for a store that was damaged. That is \`unreadable\`: every command says so,
with exit code 10 and the path, and \`wfpctl sandbox reset\` empties it.

\`watch\` ends no process. Its cell names the event that it told, the state at that moment, and where it came to by itself. The full disk has
room again once the trouble was told; the damaged store was emptied by then.

A killed process leaves what its disk holds at that moment. \`test/cli/crash-each-call.test.ts\` kills real processes at each of their calls.
\`success without effect\` strikes calls that change something, and a lost notification strikes a subscription. The other cells are not called so.

| engine call | fault | ${Object.keys(COMMANDS).join(' | ')} |
| --- | --- | --- | --- | --- | --- |
${table.join('\n')}
`
}
