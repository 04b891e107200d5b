/**
 * Who a descriptor shuts out of a tunnel, as far as its text alone can tell.
 *
 * wfpctl runs as LocalSystem or as an elevated administrator. If neither may read and delete the tunnel, nobody can compare it, replace it
 * or take it down again; the next apply would only find that the key is taken. Grants to single accounts are believed: whether one of
 * them is the account that runs wfpctl cannot be known offline.
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/access-control
 * @see https://learn.microsoft.com/windows/win32/secauthz/ace-strings
 */

import { ACE_FLAGS, type Ace, type Descriptor } from '../../base/sddl/index.ts'
import { type Parsed, problem, sddl } from '../values/reading.ts'

/** FWPM_ACTRL_READ and the standard right DELETE. */
const READ = 0x80
const DELETE = 0x1_0000
const NEEDED = [
  { right: READ, verb: 'read' },
  { right: DELETE, verb: 'delete' },
] as const

/** Generic rights, and which of the two they hold for an object of the engine; generic write and execute hold neither. */
const GENERIC = [
  { bit: 0x1000_0000, holds: READ | DELETE },
  { bit: 0x8000_0000, holds: READ },
] as const

const EVERYBODY = ['S-1-1-0', 'S-1-5-11']
const ADMINISTRATORS = 'S-1-5-32-544'
const [USERS, INTERACTIVE, SYSTEM] = ['S-1-5-32-545', 'S-1-5-4', 'S-1-5-18']
/** The groups of those who run wfpctl. */
const RUNNERS = [
  [...EVERYBODY, ADMINISTRATORS, USERS, INTERACTIVE],
  [...EVERYBODY, ADMINISTRATORS, SYSTEM],
] as const
/** Anonymous, guests, creator owner and group, network: never wfpctl's account, so being granted to one of them is no way in. */
const OUTSIDERS = ['S-1-5-7', 'S-1-5-32-546', 'S-1-3-0', 'S-1-3-1', 'S-1-5-2']
const KNOWN = new Set<string>([...RUNNERS.flat(), ...OUTSIDERS])

/** A descriptor that the engine's machine can read and that leaves somebody the tunnel; answers it trimmed. */
export function tunnelDescriptor(text: string): Parsed<string> {
  const plain = text.trim()
  const reading = sddl(plain)
  if ('problem' in reading) return reading
  const entries = entriesOf(reading.value)
  const denied = NEEDED.filter(({ right }) => !anybodyHas(entries, right))
  if (denied.length === 0) return { value: plain }
  const verbs = denied.map(({ verb }) => verb).join(' and ')
  return problem('E252', `neither SYSTEM nor Administrators could ${verbs} the tunnel`, {
    label: 'this locks wfpctl out',
    help: 'grant all to both, before any denial: D:(A;;GA;;;BA)(A;;GA;;;SY)',
  })
}

/** @returns what counts for the object itself; undefined where there is no list, which shuts nobody out */
function entriesOf({ dacl }: Descriptor): readonly Ace[] | undefined {
  return dacl?.entries?.filter(({ type, flags }) => (type === 'A' || type === 'D') && (flags & ACE_FLAGS.IO!) === 0)
}

function anybodyHas(entries: readonly Ace[] | undefined, right: number): boolean {
  if (!entries) return true
  if (RUNNERS.some((groups) => decided(entries, right, groups))) return true
  return entries.some((entry) => entry.type === 'A' && speaksOf(entry, right) && !KNOWN.has(entry.account))
}

/** The first entry that speaks of the right to one of the groups decides; silence denies. */
function decided(entries: readonly Ace[], right: number, groups: readonly string[]): boolean {
  return entries.find((entry) => speaksOf(entry, right) && groups.includes(entry.account))?.type === 'A'
}

function speaksOf({ rights }: Ace, right: number): boolean {
  const held = GENERIC.reduce((mask, { bit, holds }) => ((rights & bit) !== 0 ? mask | holds : mask), rights)
  return (held & right) !== 0
}
