/** What would change for every host, as people read it. */

import { plural, printable } from '../../base/index.ts'
import type { HostPlan } from '../../reconcile/plan/index.ts'
import type { Telling } from './change.ts'
import type { Paint } from './paint.ts'
import { renderPlan } from './plan.ts'

interface HostsShown extends Telling {
  /** `['from', 'main, commit …']` */
  readonly head: readonly (readonly [name: string, text: string])[]
  readonly full: boolean
}

/** Every host that something is said of; the others are counted. */
export function renderHosts(hosts: readonly HostPlan[], { head, ...shown }: HostsShown, paint: Paint): string {
  const touched = hosts.filter(isTouched)
  const sections = touched.map(
    ({ host, ...one }) => `${paint.bold(hostName(host))}\n${renderPlan({ ...one, ...shown }, paint)}`,
  )
  const lines = head.map(([name, text]) => printable(`${name}: ${text}`))
  return [...(lines.length > 0 ? [`${lines.join('\n')}\n`] : []), ...sections, `${touchedText(hosts)}\n`].join('\n')
}

export function isTouched({ plans, undeclared }: HostPlan): boolean {
  const lists = plans.flatMap(({ changes, cosmetic, blocked, orphans }) => [changes, cosmetic, blocked, orphans])
  return [...lists, undeclared].some((list) => list.length > 0)
}

function hostName(host: string | undefined): string {
  return host === undefined ? 'any host' : `host ${host}`
}

const UNTOUCHED = ['there is none', '1 host would stay as it is'] as const

/** `Touches 2 of 3 hosts: HQ-GW01, HQ-GW02.` */
export function touchedText(hosts: readonly HostPlan[]): string {
  const touched = hosts.filter(isTouched).map((one) => one.host ?? 'any host')
  if (touched.length === 0)
    return `Touches no host: ${UNTOUCHED[hosts.length] ?? `${hosts.length} hosts would stay as they are`}.`
  return printable(`Touches ${touched.length} of ${plural(hosts.length, 'host')}: ${touched.join(', ')}.`)
}
