/** A host: its sets, the picture of its tunnels, what happened over time, the plan that waits, every resource. */

import { useRef, useState } from 'preact/hooks'
import { Charts } from './charts.tsx'
import { Detail } from './detail.tsx'
import { type Column, Grid } from './grid.tsx'
import { Picture } from './picture.tsx'
import type { EngineView, PageState, ResourceRow, SetRow, ToldRow, WaitingRow } from './state.ts'
import { StateMark } from './states.tsx'
import { At, Since } from './time.tsx'

const COLUMNS: readonly Column<ResourceRow>[] = [
  { head: 'State', width: '8.5rem', text: ({ state }) => state, cell: ({ state }) => <StateMark state={state} /> },
  { head: 'Resource', width: '2.4fr', text: ({ address }) => address, cell: ({ address }) => <code>{address}</code> },
  { head: 'Set', width: '1fr', text: ({ set }) => set, cell: ({ set }) => set },
  { head: 'Peer', width: '1.4fr', text: ({ remote }) => remote ?? '', cell: ({ remote }) => <code>{remote}</code> },
  { head: 'Since', width: '5rem', text: ({ since }) => since, cell: ({ since }) => <Since time={since} /> },
  { head: 'Why', width: '3fr', text: ({ why }) => why ?? '', cell: ({ why }) => why },
]

export function Watch({ state: { parts, tables } }: { readonly state: PageState }) {
  const { sets = [], resources = [], waiting = [], told = [], hour = [], day = [] } = tables
  const [openId, setOpenId] = useState<string>()
  const before = useRef<HTMLElement | undefined>(undefined)
  const open = resources.find(({ id }) => id === openId)
  const show = ({ id }: { readonly id: string }) => {
    before.current = document.activeElement as HTMLElement
    setOpenId(id)
  }
  const close = () => {
    setOpenId(undefined)
    before.current?.focus()
  }
  return (
    <>
      {parts.engine && parts.engine.findings.length > 0 && <Findings engine={parts.engine} />}
      <section class="card" aria-labelledby="sets">
        <h2 id="sets">Sets</h2>
        <Sets sets={sets} />
      </section>
      <section class="card grow" aria-labelledby="picture">
        <h2 id="picture">Sites and tunnels</h2>
        <Picture resources={resources} onOpen={show} />
      </section>
      <Charts hour={hour} day={day} />
      {waiting.length > 0 && <Waiting waiting={waiting} />}
      <section class="card wide" aria-labelledby="resources">
        <h2 id="resources">Resources</h2>
        <Grid name="Resources" rows={resources} columns={COLUMNS} onOpen={show} />
      </section>
      <Told told={told} />
      {open && (
        <Detail title={open.address} onClose={close}>
          <ResourceDetail {...{ open, told }} waiting={waiting.find(({ id }) => id === open.id)} />
        </Detail>
      )}
    </>
  )
}

function Findings({ engine: { tree, findings } }: { readonly engine: EngineView }) {
  return (
    <section class="card wide bad" aria-labelledby="findings">
      <h2 id="findings">
        {tree === 'invalid' ? 'The manifests have errors; the last good version stays in force' : 'Findings'}
      </h2>
      <ul class="lines">
        {findings.map((finding) => (
          <li key={finding}>
            <code>{finding}</code>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Sets({ sets }: { readonly sets: readonly SetRow[] }) {
  return (
    <table class="sets">
      <thead>
        <tr>
          <th scope="col">Set</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col" class="number">
            As declared
          </th>
          <th scope="col">Mode</th>
        </tr>
      </thead>
      <tbody>
        {sets.map(({ id, state, since, resources, unsynced, mode, why }) => (
          <tr key={id}>
            <th scope="row">{id}</th>
            <td>
              <StateMark state={state} />
              {why !== undefined && <p class="why">{why}</p>}
            </td>
            <td>
              <Since time={since} />
            </td>
            <td class="number">
              {resources - unsynced} of {resources}
            </td>
            <td>{mode}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** More are in the list of resources. */
const MOST_WAITING = 50

function Waiting({ waiting }: { readonly waiting: readonly WaitingRow[] }) {
  return (
    <section class="card wide" aria-labelledby="waiting">
      <h2 id="waiting">The plan that waits</h2>
      <p class="quiet">
        {waiting.length} {waiting.length === 1 ? 'change is' : 'changes are'} planned and not made.
      </p>
      <ul class="plan">
        {waiting.slice(0, MOST_WAITING).map((one) => (
          <li key={one.id}>
            <Planned {...one} />
          </li>
        ))}
      </ul>
      {waiting.length > MOST_WAITING && (
        <p class="quiet">{waiting.length - MOST_WAITING} more are in the list below.</p>
      )}
    </section>
  )
}

const SYMBOLS: { readonly [action: string]: string } = {
  create: '+',
  replace: '-/+',
  delete: '−',
  disable: '−',
  update: '~',
}

function Planned({ action, address, set, cause, impact, since, differences }: WaitingRow) {
  return (
    <>
      <p class="change">
        <span class="symbol" aria-hidden="true">
          {Object.hasOwn(SYMBOLS, action) ? SYMBOLS[action] : '~'}
        </span>
        <b>{action}</b> <code>{address}</code>{' '}
        <span class="quiet">
          set {set}, cause {cause}, impact {impact}, <Since time={since} />
        </span>
      </p>
      <Differences list={differences} />
    </>
  )
}

function Differences({ list }: { readonly list: WaitingRow['differences'] }) {
  if (list.length === 0) return null
  return (
    <dl class="differences">
      {list.map(([path, text]) => (
        <div key={path}>
          <dt>
            <code>{path}</code>
          </dt>
          <dd>
            <code>{text}</code>
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Told({ told }: { readonly told: readonly ToldRow[] }) {
  return (
    <section class="card wide" aria-labelledby="told">
      <h2 id="told">What happened</h2>
      {told.length === 0 ? (
        <p class="quiet">Nothing yet.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="told">
          <table>
            <thead class="hidden">
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Event</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {[...told].reverse().map(({ id, time, event, text }) => (
                <tr key={id}>
                  <td class="quiet">
                    <At time={time} />
                  </td>
                  <td class="event">{event}</td>
                  <td>{text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

interface ResourceDetailProps {
  readonly open: ResourceRow
  readonly waiting: WaitingRow | undefined
  readonly told: readonly ToldRow[]
}

function ResourceDetail({ open, waiting, told }: ResourceDetailProps) {
  const own = told.filter(({ address }) => address === open.address)
  return (
    <>
      <dl class="pairs">
        <dt>State</dt>
        <dd>
          <StateMark state={open.state} />
        </dd>
        <dt>Since</dt>
        <dd>
          <At time={open.since} />
        </dd>
        {open.why !== undefined && (
          <>
            <dt>Why</dt>
            <dd>{open.why}</dd>
          </>
        )}
        <dt>Set</dt>
        <dd>{open.set}</dd>
        {open.remote !== undefined && (
          <>
            <dt>Ends</dt>
            <dd>
              <code>{open.local}</code> to <code>{open.remote}</code>
            </dd>
          </>
        )}
      </dl>
      {waiting && (
        <>
          <h3>What waits</h3>
          <Planned {...waiting} />
        </>
      )}
      {own.length > 0 && (
        <>
          <h3>What happened to it</h3>
          <ul class="lines">
            {[...own].reverse().map(({ id, time, event, text }) => (
              <li key={id}>
                <span class="quiet">
                  <At time={time} /> {event}
                </span>{' '}
                {text}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
