/** What each state is called, how it is marked, and how much it matters: a shape and a word, and a colour that repeats them. */

interface Mark {
  /** what it means, for people */
  readonly help: string
  /** in a field of 12 by 12 */
  readonly shape: string
  /** drawn as a line, not filled */
  readonly hollow?: true
  /** 0: as it should be; the highest is shown first */
  readonly weight: number
}

const MARKS: { readonly [state: string]: Mark } = {
  synced: { help: 'as declared', shape: 'M2.5 6.2 5 8.8l4.6-5.2', hollow: true, weight: 0 },
  off: { help: 'declared and off', shape: 'M3 6h6', hollow: true, weight: 0 },
  failing: { help: 'the last attempt failed', shape: 'M3.5 1h5L11 3.5v5L8.5 11h-5L1 8.5v-5z', weight: 9 },
  conflict: { help: 'somebody else keeps changing it', shape: 'M1 2l5 4-5 4zM11 2 6 6l5 4z', weight: 8 },
  drifted: { help: 'changed since it was applied', shape: 'M6 1.2 11.2 10.5H.8z', weight: 7 },
  pending: { help: 'declared and not applied', shape: 'M6 1 11 6 6 11 1 6z', hollow: true, weight: 6 },
  undeclared: {
    help: 'in the engine, and declared nowhere',
    shape: 'M6 1.5a4.5 4.5 0 1 0 .01 0zM6 5a1 1 0 1 0 .01 0z',
    hollow: true,
    weight: 5,
  },
  unconfirmed: { help: 'waits for a confirmation', shape: 'M2 1h8L6 6l4 5H2l4-5z', weight: 4 },
  suspended: { help: 'watches leave it alone', shape: 'M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z', weight: 3 },
  held: { help: 'another process watches it', shape: 'M2 2h8v8H2z', hollow: true, weight: 2 },
  unknown: { help: 'not looked at', shape: 'M6 1.5a4.5 4.5 0 1 0 .01 0z', hollow: true, weight: 2 },
  skipped: { help: 'belongs to another host', shape: 'M3 2l4 4-4 4M7 2l4 4-4 4', hollow: true, weight: 1 },
  silent: { help: 'nothing is heard of it', shape: 'M6 1.5a4.5 4.5 0 1 0 .01 0zM3 9l6-6', hollow: true, weight: 8 },
  failed: { help: 'what it was to do failed', shape: 'M3.5 1h5L11 3.5v5L8.5 11h-5L1 8.5v-5z', weight: 9 },
  halted: { help: 'stopped, because too much went wrong', shape: 'M3.5 1h5L11 3.5v5L8.5 11h-5L1 8.5v-5z', weight: 9 },
  running: { help: 'under way', shape: 'M2.5 1.5 10 6l-7.5 4.5z', weight: 6 },
  paused: { help: 'goes on when somebody says so', shape: 'M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z', weight: 3 },
  current: { help: 'under way', shape: 'M2.5 1.5 10 6l-7.5 4.5z', weight: 6 },
  ahead: { help: 'not begun', shape: 'M6 1.5a4.5 4.5 0 1 0 .01 0z', hollow: true, weight: 1 },
  aborted: { help: 'given up', shape: 'M3 3l6 6M9 3l-6 6', hollow: true, weight: 3 },
  progressing: { help: 'fetches or applies', shape: 'M2.5 1.5 10 6l-7.5 4.5z', weight: 4 },
  unreported: { help: 'was told, and has not answered yet', shape: 'M6 1 11 6 6 11 1 6z', hollow: true, weight: 3 },
  untold: { help: 'nothing was asked of it yet', shape: 'M3 6h6', hollow: true, weight: 1 },
  done: { help: 'done', shape: 'M2.5 6.2 5 8.8l4.6-5.2', hollow: true, weight: 0 },
}

export function markOf(state: string): Mark {
  return (Object.hasOwn(MARKS, state) ? MARKS[state] : MARKS.unknown) as Mark
}

/** The name of the colour: one that is known, for a state may come from elsewhere. */
export function toneOf(state: string): string {
  return `tone-${Object.hasOwn(MARKS, state) ? state : 'unknown'}`
}

export function StateMark({ state }: { readonly state: string }) {
  return (
    <span class={`state ${toneOf(state)}`} title={markOf(state).help}>
      <Shape state={state} />
      {state}
    </span>
  )
}

export function Shape({ state }: { readonly state: string }) {
  const { shape, hollow } = markOf(state)
  return (
    <svg class={hollow ? 'mark hollow' : 'mark'} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path d={shape} />
    </svg>
  )
}

export interface Share {
  readonly state: string
  readonly count: number
}

/** How many there are of each state, what matters first. */
export function sharesOf(rows: readonly { readonly state: string }[]): Share[] {
  const counts = new Map<string, number>()
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1)
  const shares = Array.from(counts, ([state, count]) => ({ state, count }))
  return shares.sort((a, b) => markOf(b.state).weight - markOf(a.state).weight || (a.state < b.state ? -1 : 1))
}

/** Each state's share of a bar; what it says stands beside it as words. */
export function ShareBar({ shares }: { readonly shares: readonly Share[] }) {
  return (
    <span class="bar" aria-hidden="true">
      {shares.map(({ state, count }) => (
        <span key={state} class={toneOf(state)} style={{ flexGrow: count }} />
      ))}
    </span>
  )
}
