/** A fleet: the rollout with its waves, what runs where, every host. */

import { type ComponentChildren, Fragment } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { Detail } from './detail.tsx'
import { type Column, Grid } from './grid.tsx'
import type { HostRow, PageState, RolloutView, WaveView } from './state.ts'
import { ShareBar, StateMark, sharesOf } from './states.tsx'
import { At, Since } from './time.tsx'

const COLUMNS: readonly Column<HostRow>[] = [
  { head: 'State', width: '8.5rem', text: ({ state }) => state, cell: ({ state }) => <StateMark state={state} /> },
  { head: 'Host', width: '2fr', text: ({ id }) => id, cell: ({ id }) => <code>{id}</code> },
  { head: 'Commit', width: '8rem', text: ({ commit }) => commit ?? '', cell: ({ commit }) => <Commit id={commit} /> },
  { head: 'Wave', width: '1fr', text: ({ wave }) => wave ?? '', cell: ({ wave }) => wave },
  {
    head: 'Since',
    width: '5rem',
    text: ({ since }) => since ?? '',
    cell: ({ since }) => since && <Since time={since} />,
  },
  {
    head: 'Silent',
    width: '5rem',
    text: ({ silentSince }) => silentSince ?? '',
    cell: ({ silentSince }) => silentSince && <Since time={silentSince} />,
  },
  { head: 'Failure', width: '3fr', text: ({ failure }) => failure ?? '', cell: ({ failure }) => failure },
]

export function Fleet({ state: { parts, tables } }: { readonly state: PageState }) {
  const { hosts = [] } = tables
  const [openId, setOpenId] = useState<string>()
  const before = useRef<HTMLElement | undefined>(undefined)
  const open = hosts.find(({ id }) => id === openId)
  const close = () => {
    setOpenId(undefined)
    before.current?.focus()
  }
  return (
    <>
      <section class="card grow" aria-labelledby="rollout">
        <h2 id="rollout">Rollout</h2>
        {parts.rollout ? <Rollout {...parts.rollout} /> : <p class="quiet">None has been started.</p>}
      </section>
      <section class="card" aria-labelledby="commits">
        <h2 id="commits">Commits</h2>
        <Commits hosts={hosts} />
      </section>
      <section class="card wide" aria-labelledby="hosts">
        <h2 id="hosts">Hosts</h2>
        <Grid
          name="Hosts"
          rows={hosts}
          columns={COLUMNS}
          onOpen={({ id }) => {
            before.current = document.activeElement as HTMLElement
            setOpenId(id)
          }}
        />
      </section>
      {open && (
        <Detail title={open.id} onClose={close}>
          <HostDetail {...open} />
        </Detail>
      )}
    </>
  )
}

function Commit({ id }: { readonly id: string | undefined }) {
  return id === undefined ? <span class="quiet">none</span> : <code title={id}>{id.slice(0, 12)}</code>
}

function Rollout({ id, commit, back, state, since, by, why, maxFailures, waves }: RolloutView) {
  return (
    <>
      <p class="rollout">
        <StateMark state={state} /> <b>{id}</b>
        <span>
          {commit === undefined ? (
            `back from ${back}`
          ) : (
            <>
              to <Commit id={commit} />
            </>
          )}
        </span>
        <span class="quiet">
          since <Since time={since} />, by {by}, halts at more than {maxFailures} failed
        </span>
        {why !== undefined && <span class="why">{why}</span>}
      </p>
      <table class="waves">
        <thead>
          <tr>
            <th scope="col">Wave</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Synced
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col">
              <span class="hidden">Share</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {waves.map((wave) => (
            <Wave key={wave.name} {...wave} />
          ))}
        </tbody>
      </table>
    </>
  )
}

function Wave({ name, hosts, synced, failed, state }: WaveView) {
  const shares = [
    { state: 'failed', count: failed },
    { state: 'synced', count: synced },
    { state: 'off', count: Math.max(0, hosts - synced - failed) },
  ]
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <StateMark state={state} />
      </td>
      <td class="number">
        {synced} of {hosts}
      </td>
      <td class="number">{failed}</td>
      <td class="share">
        <ShareBar shares={shares.filter(({ count }) => count > 0)} />
      </td>
    </tr>
  )
}

/** How many hosts run a commit, and how they stand; the commit of most first. */
function Commits({ hosts }: { readonly hosts: readonly HostRow[] }) {
  const groups = useMemo(() => byCommit(hosts), [hosts])
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Commit</th>
          <th scope="col" class="number">
            Hosts
          </th>
          <th scope="col">States</th>
        </tr>
      </thead>
      <tbody>
        {groups.map(({ commit, rows }) => (
          <tr key={commit ?? ''}>
            <th scope="row">
              <Commit id={commit} />
            </th>
            <td class="number">{rows.length}</td>
            <td>
              <ul class="shares">
                {sharesOf(rows).map(({ state, count }) => (
                  <li key={state}>
                    <StateMark state={state} /> {count}
                  </li>
                ))}
              </ul>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** More are found by the search. */
const MOST_COMMITS = 8

function byCommit(hosts: readonly HostRow[]) {
  const groups = new Map<string | undefined, HostRow[]>()
  for (const host of hosts) {
    const rows = groups.get(host.commit)
    if (rows) rows.push(host)
    else groups.set(host.commit, [host])
  }
  const list = Array.from(groups, ([commit, rows]) => ({ commit, rows }))
  return list.sort((a, b) => b.rows.length - a.rows.length).slice(0, MOST_COMMITS)
}

function HostDetail({ state, commit, desired, since, silentSince, wave, failure, drift, version, sets }: HostRow) {
  const pairs: readonly (readonly [name: string, value: ComponentChildren])[] = [
    ['State', <StateMark key="state" state={state} />],
    ['Runs', commit && <code>{commit}</code>],
    ['Was told', desired && desired !== commit && <code>{desired}</code>],
    ['Reported', since && <At time={since} />],
    ['Silent since', silentSince && <At time={silentSince} />],
    ['Wave', wave],
    ['Failure', failure],
    ['Not as declared', drift > 0 && `${drift} objects`],
    ['Sets', sets?.map((set) => <div key={set}>{set}</div>)],
    ['wfpctl', version],
  ]
  return (
    <dl class="pairs">
      {pairs.map(
        ([name, value]) =>
          value && (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ),
      )}
    </dl>
  )
}
