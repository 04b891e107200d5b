/** Sites and tunnels: the ends of this host on the left, a box for each tunnel's other end on the right, a line between them in its state. */

import { useRef, useState } from 'preact/hooks'
import type { ResourceRow } from './state.ts'
import { markOf, toneOf } from './states.tsx'

/** More lines show nothing any more; what is not as declared is among them. */
const MOST = 24
const ROW = 30
const BOX = { left: 170, right: 330, height: 22 } as const
const WIDTH = 760
const EDGE = 1

interface Tunnel extends ResourceRow {
  readonly local: string
  readonly remote: string
}

interface PictureProps {
  readonly resources: readonly ResourceRow[]
  onOpen(row: ResourceRow): void
}

export function Picture({ resources, onOpen }: PictureProps) {
  const [focused, setFocused] = useState(0)
  const svg = useRef<SVGSVGElement>(null)
  const tunnels = resources.filter(isTunnel)
  const shown = mostUrgent(tunnels)
  if (shown.length === 0) return <p class="quiet">Nothing that is declared leads from here to anywhere.</p>
  const sites = [...new Set(shown.map(({ local }) => local))]
  const height = Math.max(shown.length, sites.length) * ROW + 2 * EDGE
  const at = Math.min(focused, shown.length - 1)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const next = Math.max(0, Math.min(shown.length - 1, at + step))
    setFocused(next)
    svg.current?.querySelectorAll<SVGGElement>('[role="button"]')[next]?.focus()
  }
  return (
    <figure>
      <svg
        ref={svg}
        class="picture"
        role="group"
        aria-label={`${shown.length} tunnels from this host to their peers. Arrow keys go through them.`}
        viewBox={`0 0 ${WIDTH} ${height}`}
        onKeyDown={onKeyDown}
      >
        {shown.map((tunnel, row) => (
          <path
            key={tunnel.id}
            class={`link ${toneOf(tunnel.state)}`}
            d={curve(middle(siteRow(sites, tunnel.local, shown.length)), middle(row))}
          />
        ))}
        {sites.map((site) => (
          <g
            key={site}
            class="site"
            transform={`translate(${EDGE} ${middle(siteRow(sites, site, shown.length)) - 11})`}
          >
            <rect width={BOX.left} height={BOX.height} rx="5" />
            <text x="10" y="15">
              {clipped(site, 22)}
            </text>
          </g>
        ))}
        {shown.map((tunnel, row) => (
          <g
            key={tunnel.id}
            class={`peer ${toneOf(tunnel.state)}`}
            role="button"
            tabIndex={row === at ? 0 : -1}
            aria-label={`${clipped(nameOf(tunnel.address), 21)} ${clipped(tunnel.remote, 20)}, ${tunnel.state}, from ${tunnel.local}`}
            transform={`translate(${WIDTH - BOX.right - EDGE} ${middle(row) - 11})`}
            onClick={() => onOpen(tunnel)}
            onFocus={() => setFocused(row)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return
              event.preventDefault()
              onOpen(tunnel)
            }}
          >
            <title>{`${tunnel.address}: ${tunnel.state}`}</title>
            <rect width={BOX.right} height={BOX.height} rx="5" />
            <g transform="translate(8 5)" class={markOf(tunnel.state).hollow ? 'mark hollow' : 'mark'}>
              <path d={markOf(tunnel.state).shape} />
            </g>
            <text x="27" y="15">
              {clipped(nameOf(tunnel.address), 21)}
            </text>{' '}
            <text x={BOX.right - 10} y="15" class="address">
              {clipped(tunnel.remote, 20)}
            </text>
          </g>
        ))}
      </svg>
      {tunnels.length > shown.length && (
        <figcaption class="quiet">
          {tunnels.length - shown.length} more are in the list below; what is not as declared is drawn first.
        </figcaption>
      )}
    </figure>
  )
}

const STEPS: { readonly [key: string]: number } = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

function isTunnel(row: ResourceRow): row is Tunnel {
  return row.local !== undefined && row.remote !== undefined
}

/** The first of them by urgency, in the order of their ends. */
function mostUrgent(tunnels: readonly Tunnel[]): readonly Tunnel[] {
  const urgent = [...tunnels].sort((a, b) => markOf(b.state).weight - markOf(a.state).weight).slice(0, MOST)
  return urgent.sort((a, b) => compare(a.local, b.local) || compare(a.address, b.address))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Ends of this host are spread over the height that its tunnels take. */
function siteRow(sites: readonly string[], site: string, rows: number): number {
  return ((sites.indexOf(site) + 0.5) * Math.max(rows, sites.length)) / sites.length - 0.5
}

function middle(row: number): number {
  return EDGE + row * ROW + ROW / 2
}

function curve(from: number, to: number): string {
  const [start, end] = [EDGE + BOX.left, WIDTH - BOX.right - EDGE]
  const bend = (start + end) / 2
  return `M${start} ${from}C${bend} ${from} ${bend} ${to} ${end} ${to}`
}

function nameOf(address: string): string {
  return address.slice(address.indexOf('/') + 1)
}

function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}
