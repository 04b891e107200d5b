/** What a word of another tool becomes here: looked up in the table. */

import { type Tool, WORDS } from './table.ts'

export interface FieldWord {
  readonly tool: string
  /** where the tool has it: a class, a command, a section */
  readonly scope: string
  readonly word: string
  /** ours, e.g. `spec.quickMode.pfs`; absent: a manifest has nothing of the kind */
  readonly field?: string
  /** what to know of it; for what has no field, why */
  readonly says: string
  /** nothing that a tunnel does depends on it: no comment is made of it */
  readonly mute?: true
}

/** Of every class of the firewall: reserved, ignored as the documentation says, or the state of a rule. */
const IGNORED_BY_WINDOWS =
  'AggressiveModeGroupID Caption CommonName ConditionListType CreationClassName DetailedStatus DisplayGroup DoActionLogging ' +
  'DoPacketLogging EnforcementStatus ExchangeMode ExecutionStrategy HealthState IdleDurationSeconds InstallDate IsNegated Mandatory ' +
  'MaxLifetimeSeconds MinLifetimeKilobytes MinLifetimeSeconds OperatingStatus OperationalStatus OtherAuthenticationMethod ' +
  'OtherCipherAlgorithm OtherHashAlgorithm PolicyActionName PolicyDecisionStrategy PolicyKeywords PolicyRoles ' +
  'PolicyRuleCreationClassName PolicyRuleName PolicyStoreSource PolicyStoreSourceType PrimaryStatus Priority RuleUsage ' +
  'SequencedActions Status StatusCode StatusDescriptions SystemCreationClassName SystemName UseIKEIdentityType VendorID ' +
  'CommunicationStatus GroupId CimClass'

function rowsOf(tool: Tool, scope: string, table: string): FieldWord[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [words = '', field = '', says = ''] = line.split('|').map((cell) => cell.trim())
      const sort = field === '-' ? { mute: true as const } : field === '' ? {} : { field }
      return words.split(' ').map((word) => ({ tool, scope, word, says, ...sort }))
    })
}

export const FIELD_WORDS: readonly FieldWord[] = (Object.keys(WORDS) as Tool[]).flatMap((tool) =>
  Object.entries(WORDS[tool]).flatMap(([scope, table]) => rowsOf(tool, scope, table)),
)

const byScope = new Map(FIELD_WORDS.map((row) => [keyOf(`${row.tool} ${row.scope}`, row.word), row]))
const ignored = new Set(IGNORED_BY_WINDOWS.toLowerCase().split(' '))

/** What a word becomes. @param scope `swanctl children`: a tool, and where it has the word */
export function fieldWord(scope: string, word: string): FieldWord | undefined {
  const [tool = '', ...section] = scope.split(' ')
  const found = byScope.get(keyOf(scope, word)) ?? byScope.get(keyOf(`${tool} other`, word))
  if (found || tool !== 'netipsec' || !ignored.has(word.toLowerCase())) return found
  return { tool, scope: section.join(' '), word, says: 'ignored by Windows, or the state of a rule', mute: true }
}

function keyOf(scope: string, word: string): string {
  return `${scope} ${word.toLowerCase()}`
}

/** Everything that a word means, in whatever tool; `esp_proposals`, `-ESPHash` and `IkeEncryption` alike. */
export function meaningsOf(word: string): readonly FieldWord[] {
  const plain = (text: string): string => text.replace(/^-/, '').toLowerCase()
  return FIELD_WORDS.filter((row) => plain(row.word) === plain(word))
}
