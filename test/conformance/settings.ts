/** The ways in which an engine may behave where no document says how Windows does: the provider has to keep its promises under each. */
import { it } from 'vitest'
import type { SwitchName } from '../../src/providers/wfp/sandbox/switches.ts'

/** Titles of tests → why they do not hold (yet). */
type Reasons = Readonly<Record<string, string>>

export interface Setting {
  readonly title: string
  readonly switches: Partial<Readonly<Record<SwitchName, string>>>
  /** What the set accepts to read back otherwise. */
  readonly accept?: readonly string[]
  /** What the provider does not keep yet. */
  readonly notYet?: Reasons
  /** What cannot be said under this setting. */
  readonly without?: Reasons
}

const LISTING = [
  'are listed while they are registered',
  'of others have names of their own, whatever their makers call them',
] as const

const all = (titles: readonly string[], reason: string): Reasons =>
  Object.fromEntries(titles.map((title) => [title, reason]))

export const SETTINGS: readonly Setting[] = [
  { title: 'as it comes', switches: {} },
  {
    title: 'where main modes outlive their tunnels',
    switches: { 'main-mode': 'kept' },
  },
  {
    title: 'where templates are strict',
    switches: { templates: 'strict' },
  },
  {
    title: 'where key managers are listed outside transactions only',
    switches: { 'manager-list': 'outside' },
  },
  {
    title: 'where key managers may not be listed',
    switches: { 'manager-list': 'denied' },
    without: all(LISTING, 'nobody may list them'),
  },
  { title: 'where IKEv2 has to say how long it retransmits', switches: { retransmission: 'strict' } },
  {
    title: 'where subnets are split',
    switches: { conditions: 'split' },
  },
  { title: 'where addresses become subnets', switches: { conditions: 'masked' } },
  { title: 'where subnets keep host bits', switches: { conditions: 'host-bits' } },
  {
    title: 'where filters have a profile besides',
    switches: { conditions: 'profile' },
    accept: ['/traffic/profile'],
  },
  {
    title: 'where filters have an interface besides',
    switches: { conditions: 'interface' },
    accept: ['/traffic/interface'],
  },
]

/** vitest's `it`, or its `fails`: the test that passes although it is not expected to is to be struck from the list. */
export type Test = (title: string, run: () => Promise<void>) => void

export function testsExcept(notYet: Reasons, without: Reasons = {}): Test {
  return (title, run) => {
    if (title in without) it.skip(`${title} (${without[title]})`, run)
    else if (title in notYet) it.fails(`${title} (not yet: ${notYet[title]})`, run)
    else it(title, run)
  }
}

export function testsUnder({ notYet, without }: Setting): Test {
  return testsExcept(notYet ?? {}, without)
}
