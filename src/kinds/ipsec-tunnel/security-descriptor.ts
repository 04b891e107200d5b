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

import { FWPM_ACTRL_READ } from '../../providers/wfp/binding/tables/constants/index.ts'
import { type Parsed, problem } from '../values/reading.ts'
import { sddl } from '../values/sddl.ts'

const DELETE = 0x1_0000
const GENERIC_ALL = DELETE | FWPM_ACTRL_READ
/** FWPM_GENERIC_WRITE and FWPM_GENERIC_EXECUTE hold neither of the two rights. */
const RIGHTS: { readonly [word: string]: number } = {
  GA: GENERIC_ALL,
  GR: FWPM_ACTRL_READ,
  SD: DELETE,
  FA: GENERIC_ALL,
  FR: FWPM_ACTRL_READ,
  FX: FWPM_ACTRL_READ,
  KA: DELETE,
  // the bit that directories call "list object"
  LO: FWPM_ACTRL_READ,
}
const NEEDED = [
  { right: FWPM_ACTRL_READ, verb: 'read' },
  { right: DELETE, verb: 'delete' },
] as const

const EVERYBODY = ['WD', 'S-1-1-0', 'AU', 'S-1-5-11']
const ADMINISTRATORS = ['BA', 'S-1-5-32-544']
/** The groups of those who run wfpctl. */
const RUNNERS = [
  [...EVERYBODY, ...ADMINISTRATORS, 'BU', 'S-1-5-32-545', 'IU', 'S-1-5-4'],
  [...EVERYBODY, ...ADMINISTRATORS, 'SY', 'S-1-5-18'],
] as const
/** Groups that never hold wfpctl's account: being granted to one of them is no way in. */
const OUTSIDERS = new Set(['AN', 'S-1-5-7', 'BG', 'S-1-5-32-546', 'CO', 'S-1-3-0', 'CG', 'S-1-3-1', 'NU', 'S-1-5-2'])

interface Entry {
  readonly allow: boolean
  readonly rights: number
  readonly account: string
}

/** A descriptor whose shape is right and that leaves somebody the tunnel. */
export function tunnelDescriptor(text: string): Parsed<string> {
  const reading = sddl(text)
  if ('problem' in reading) return reading
  const denied = NEEDED.filter(({ right }) => !anybodyHas(entriesOf(reading.value), right))
  if (denied.length === 0) return reading
  const verbs = denied.map(({ verb }) => verb).join(' and ')
  return problem('E252', `neither SYSTEM nor Administrators could ${verbs} the tunnel`, {
    label: 'this locks wfpctl out',
    help: 'grant all to both, before any denial: D:(A;;GA;;;BA)(A;;GA;;;SY)',
  })
}

/** @returns undefined where there is no DACL, which shuts nobody out */
function entriesOf(descriptor: string): readonly Entry[] | undefined {
  const dacl = /D:([^(]*)((?:\([^)]*\))*)$/.exec(descriptor)
  if (!dacl || dacl[1]?.includes('NO_ACCESS_CONTROL')) return undefined
  return [...(dacl[2] ?? '').matchAll(/\(([^)]*)\)/g)].flatMap(([, ace = '']) => {
    const [type = '', flags = '', rights = '', , , account = ''] = ace.split(';')
    const applies = (type === 'A' || type === 'D') && !words(flags).includes('IO')
    return applies ? [{ allow: type === 'A', rights: rightsOf(rights), account }] : []
  })
}

function anybodyHas(entries: readonly Entry[] | undefined, right: number): boolean {
  if (!entries) return true
  if (RUNNERS.some((groups) => decided(entries, right, groups))) return true
  const known = new Set<string>([...RUNNERS.flat(), ...OUTSIDERS])
  return entries.some(({ allow, rights, account }) => allow && (rights & right) !== 0 && !known.has(account))
}

/** The first entry that speaks of the right to one of the groups decides; silence denies. */
function decided(entries: readonly Entry[], right: number, groups: readonly string[]): boolean {
  return entries.find(({ rights, account }) => (rights & right) !== 0 && groups.includes(account))?.allow ?? false
}

/** Words of two letters, or a number. */
function rightsOf(text: string): number {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) return expandGeneric(Number(text))
  return words(text).reduce((mask, word) => mask | (RIGHTS[word] ?? 0), 0)
}

function expandGeneric(mask: number): number {
  const all = Math.floor(mask / 0x1000_0000) % 2 === 1 ? GENERIC_ALL : 0
  const read = mask >= 0x8000_0000 ? FWPM_ACTRL_READ : 0
  return (mask | all | read) >>> 0
}

function words(text: string): string[] {
  return text.match(/../g) ?? []
}
