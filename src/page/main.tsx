/** The page: what a watch or a fleet does, as it does it. Reads and never acts. */

import { render } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Fleet } from './fleet.tsx'
import type { LinkView, PageState } from './state.ts'
import { type Share, ShareBar, StateMark, sharesOf } from './states.tsx'
import { type Link, type Shown, Store } from './store.ts'
import { Now, Since, spanText } from './time.tsx'
import { Watch } from './watch.tsx'

const TICK_MILLISECONDS = 10_000
/** News come in bursts; nobody listens to all of them. */
const ANNOUNCE_MILLISECONDS = 1_500

function Page() {
  const [shown, setShown] = useState<Shown>({ link: 'connecting', at: Date.now() })
  const [now, setNow] = useState(Date.now())
  const store = useMemo(() => new Store(setShown), [])
  useEffect(() => {
    void store.connect()
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS)
    return () => clearInterval(timer)
  }, [store])
  useEffect(() => setNow(Date.now()), [shown.state])
  useEffect(searchBySlash, [])
  const { link, state } = shown
  if (link === 'locked') return <Locked unlock={(token) => store.unlock(token)} />
  if (!state) return <p class="waiting">{link === 'lost' ? 'Nobody answers. Trying again.' : 'Asking.'}</p>
  return (
    <Now.Provider value={Math.max(now, shown.at)}>
      <Head {...{ state, link, at: shown.at }} />
      <main class={state.parts.about.page}>
        <Summary state={state} />
        {state.parts.about.page === 'fleet' ? <Fleet state={state} /> : <Watch state={state} />}
      </main>
    </Now.Provider>
  )
}

const LINKS: { readonly [link in Link]: string } = {
  live: 'live',
  connecting: 'connecting',
  lost: 'connection lost',
  locked: 'locked',
}

const TREES = {
  good: 'manifests good',
  unsettled: 'manifests coming to rest',
  invalid: 'manifests with errors',
  nothing: 'manifests not read yet',
} as const

function Head({ state, link, at }: { readonly state: PageState; readonly link: Link; readonly at: number }) {
  const { about, engine, plane, link: fleet } = state.parts
  return (
    <header>
      <p class="brand">
        <img src="/icon.svg" alt="" width="18" height="18" />
        wfpctl <span class="quiet">{about.page === 'fleet' ? 'fleet' : 'watch'}</span>
      </p>
      <h1>{about.name}</h1>
      {engine && (
        <dl class="facts">
          <Fact name="engine" bad={!engine.connected}>
            {engine.name} {engine.connected ? 'open' : 'away'}
          </Fact>
          <Fact name="manifests" bad={engine.tree === 'invalid' || engine.tree === 'nothing'}>
            {TREES[engine.tree]}
          </Fact>
          {engine.commit !== undefined && (
            <Fact name="commit">
              commit <code title={engine.commit}>{engine.commit.slice(0, 12)}</code>
            </Fact>
          )}
          <Fact name="passes">
            {engine.passes} passes
            {engine.lastPass !== undefined && (
              <>
                , last <Since time={engine.lastPass} /> ago
              </>
            )}
          </Fact>
        </dl>
      )}
      {fleet && <FleetLink {...fleet} enforced={engine?.commit} />}
      {plane && (
        <dl class="facts">
          <Fact name="plane" bad={!plane.connected}>
            {plane.connected ? 'plane open' : 'plane away: what is shown was true before'}
          </Fact>
        </dl>
      )}
      <p class={`link ${link}`} role="status">
        <span class="dot" aria-hidden="true" />
        {LINKS[link]}
        {link === 'lost' && `; what is shown is ${spanText(Date.now() - at)} old`}
      </p>
    </header>
  )
}

function FleetLink({ connected, since, why, wanted, enforced }: LinkView & { readonly enforced: string | undefined }) {
  return (
    <dl class="facts">
      <Fact name="fleet" bad={!connected}>
        {connected ? 'fleet open' : 'fleet away'} for <Since time={since} />
        {!connected && why !== undefined && `: ${why}`}
      </Fact>
      {wanted && (
        <Fact name="wanted" bad={wanted.commit !== enforced}>
          rollout {wanted.rollout}, wave {wanted.wave}
          {wanted.commit !== enforced && (
            <>
              , wants <code title={wanted.commit}>{wanted.commit.slice(0, 12)}</code>
            </>
          )}
        </Fact>
      )}
    </dl>
  )
}

function Fact({
  name,
  bad = false,
  children,
}: {
  readonly name: string
  readonly bad?: boolean
  readonly children: preact.ComponentChildren
}) {
  return (
    <div class={bad ? 'bad' : ''}>
      <dt class="hidden">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What a person wants to know first. */
function Summary({ state }: { readonly state: PageState }) {
  const { tables, parts } = state
  const isFleet = parts.about.page === 'fleet'
  const rows = (isFleet ? tables.hosts : tables.resources) ?? []
  const shares = useMemo(() => sharesOf(rows), [rows])
  const good = countOf(shares, ['synced', 'off'])
  const aim = isFleet ? 'synced' : 'as declared'
  const noun = isFleet ? 'hosts' : 'resources'
  const text =
    rows.length === 0
      ? `No ${noun} yet`
      : good === rows.length
        ? `All ${good} ${noun} are ${aim}`
        : `${rows.length - good} of ${rows.length} ${noun} are not ${aim}`
  useEffect(() => {
    document.title = `${good === rows.length ? '' : `${rows.length - good} not ${aim} · `}${parts.about.name} · wfpctl`
  }, [good, rows.length, parts.about.name, aim])
  return (
    <section class={good === rows.length ? 'summary' : 'summary trouble'} aria-label="Summary">
      <p class="headline">{text}</p>
      <ShareBar shares={shares} />
      <ul class="shares">
        {shares.map(({ state, count }) => (
          <li key={state}>
            <StateMark state={state} /> <b>{count}</b>
          </li>
        ))}
      </ul>
      <Announcer text={text} news={tables.told?.at(-1)?.text} />
    </section>
  )
}

/** Says what changed to who cannot see it, and not more often than one can listen to. */
function Announcer({ text, news }: { readonly text: string; readonly news: string | undefined }) {
  const [said, setSaid] = useState('')
  const first = useRef(true)
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    const timer = setTimeout(
      () => setSaid([text, news].filter((one) => one !== undefined).join('. ')),
      ANNOUNCE_MILLISECONDS,
    )
    return () => clearTimeout(timer)
  }, [text, news])
  return (
    <p class="hidden" role="status" aria-live="polite" data-announcer>
      {said}
    </p>
  )
}

function countOf(shares: readonly Share[], states: readonly string[]): number {
  return shares.filter(({ state }) => states.includes(state)).reduce((sum, { count }) => sum + count, 0)
}

/** A server that others can reach wants to know who asks. */
function Locked({ unlock }: { unlock(token: string): Promise<boolean> }) {
  const [token, setToken] = useState('')
  const [wrong, setWrong] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setWrong(!(await unlock(token.trim())))
  }
  return (
    <main class="locked">
      <h1>wfpctl</h1>
      <form onSubmit={submit}>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          value={token}
          aria-describedby="token-help"
          aria-invalid={wrong}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit">Open</button>
        <p id="token-help" class="quiet">
          It stands in the file that was named when this process was started, or that it named itself.
        </p>
        <p role="alert" class="bad">
          {wrong ? 'That is not the token.' : ''}
        </p>
      </form>
    </main>
  )
}

/** As elsewhere: `/` goes to the search, unless somebody is writing. */
function searchBySlash(): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    document.querySelector<HTMLInputElement>('[data-search]')?.focus()
  }
  addEventListener('keydown', pressed)
  return () => removeEventListener('keydown', pressed)
}

render(<Page />, document.getElementById('page') as HTMLElement)
