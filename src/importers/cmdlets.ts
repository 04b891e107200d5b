/**
 * `New-NetIPsecRule` and the cmdlets that make its sets → what an export of the firewall would hold, as far as they are literal. A variable
 * may stand for what one of these cmdlets made, and for nothing else.
 *
 * @see https://learn.microsoft.com/powershell/module/netsecurity/new-netipsecrule
 */

import { type Diagnostic, diagnostic, rowOf, suggest } from '../base/index.ts'
import { DEFAULT_SETS, emptyFirewall, type Firewall } from './netipsec.ts'
import type { ScriptRead, Statement, Token } from './script-text.ts'
import { type Branch, branchOf, type Leaf, type Node } from './source.ts'
import { FIELD_WORDS } from './words.ts'

/** Parameters that an export has under another name, or in a filter of the rule. */
const PROPERTIES: { readonly [parameter: string]: string } = {
  IPsecRuleName: 'InstanceID',
  Name: 'InstanceID',
  ID: 'InstanceID',
  RemoteTunnelHostname: 'RemoteTunnelEndpointDNSName',
  ForwardPathLifetime: 'MaxReturnPathLifetimeSeconds',
  EncryptedTunnelBypass: 'BypassTunnelIfEncrypted',
  Proposal: 'Proposals',
  PerfectForwardSecrecyGroup: 'PfsGroupID',
  PfsGroup: 'PfsGroupID',
  Encryption: 'CipherAlgorithm',
  ESPHash: 'HashAlgorithmESP',
  AHHash: 'HashAlgorithmAH',
  Hash: 'HashAlgorithm',
  KeyExchange: 'GroupID',
  MaxMinutes: 'MaxLifetimeMinutes',
  MaxKiloBytes: 'MaxLifetimeKilobytes',
  MaxSessions: 'MaxLifetimeSessions',
  Authority: 'TrustedCA',
  AuthorityType: 'TrustedCAType',
  AccountMapping: 'MapToAccount',
  SubjectName: 'CertName',
  SubjectNameType: 'CertNameType',
  ExtendedKeyUsage: 'EKUs',
  Proxy: 'ProxyServer',
}
const FILTERS: { readonly [parameter: string]: string } = {
  LocalAddress: 'AddressFilter',
  RemoteAddress: 'AddressFilter',
  Protocol: 'PortFilter',
  LocalPort: 'PortFilter',
  RemotePort: 'PortFilter',
}
/** The switches of New-NetIPsecAuthProposal, as the method that they choose: of a user first. */
const METHOD_SWITCHES: readonly (readonly [needed: readonly string[], code: number])[] = [
  [['PreSharedKey'], 2],
  [['Anonymous'], 65001],
  [['User', 'Kerberos'], 65004],
  [['User', 'Ntlm'], 65005],
  [['User', 'Cert'], 65007],
  [['Health'], 65008],
  [['Kerberos'], 65002],
  [['Ntlm'], 65003],
  [['Cert'], 65006],
]

const KINDS: { readonly [cmdlet: string]: keyof Firewall | 'proposal' } = {
  'New-NetIPsecRule': 'rules',
  'New-NetIPsecMainModeRule': 'mainModeRules',
  'New-NetIPsecMainModeCryptoSet': 'mainModeCryptoSets',
  'New-NetIPsecQuickModeCryptoSet': 'quickModeCryptoSets',
  'New-NetIPsecPhase1AuthSet': 'phase1AuthSets',
  'New-NetIPsecPhase2AuthSet': 'phase2AuthSets',
  'New-NetIPsecQuickModeCryptoProposal': 'proposal',
  'New-NetIPsecMainModeCryptoProposal': 'proposal',
  'New-NetIPsecAuthProposal': 'proposal',
}

export interface Commands {
  readonly firewall: Firewall
  readonly findings: readonly Diagnostic[]
}

/** A statement that is refused: the others are read all the same, so that all refusals are told at once. */
class Refused extends Error {
  readonly found: Diagnostic

  constructor(token: Pick<Token, 'span'>, message: string, help?: string) {
    super(message)
    this.found = diagnostic('E161', token.span, message, { ...(help !== undefined && { help }) })
  }
}

/** @param other reads a statement that is no cmdlet of IPsec, and says whether it could */
export function readCmdlets(
  { statements, refused }: ScriptRead,
  other: (statement: Statement, made: Firewall) => boolean,
): Commands {
  const made = emptyFirewall()
  const findings: Diagnostic[] = [...refused]
  const reader = new CmdletReader(made)
  for (const statement of statements) {
    if (HARMLESS.test(statement.tokens[0]?.text ?? '')) continue
    try {
      if (!reader.read(statement) && !other(statement, made)) findings.push(leftOut(statement))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      findings.push(error.found)
    }
  }
  return { firewall: made, findings }
}

/** They make nothing. */
const HARMLESS = /^(?:Import-Module|Set-StrictMode|Write-\w+|param|exit)$/i

function leftOut({ tokens, span }: Statement): Diagnostic {
  return diagnostic('W160', span, `${tokens[0]?.text} is left out: it makes no connection security rule`)
}

class CmdletReader {
  readonly #made: Firewall
  /** what a variable stands for */
  readonly #variables = new Map<string, Branch>()
  readonly #proposals = new Set<Branch>()
  #number = 0

  constructor(made: Firewall) {
    this.#made = made
  }

  /** @returns false for what is none of these cmdlets */
  read({ tokens }: Statement): boolean {
    const [first, sign] = tokens
    const assigned = first?.sort === 'variable' && sign?.text === '=' ? first : undefined
    const call = assigned ? tokens.slice(2) : tokens
    if (!cmdletOf(call[0])) {
      if (assigned)
        throw new Refused(
          assigned,
          'a variable stands for what a cmdlet of IPsec makes, and for nothing else',
          'write the value where it is used',
        )
      const variable = tokens.find(({ sort }) => sort === 'variable')
      if (variable) throw new Refused(variable, 'a variable has a value when the script runs: write the value')
      return false
    }
    const { branch, rest } = this.#call(call)
    if (rest.length > 0) throw new Refused(rest[0] as Token, 'this does not belong to the command')
    if (assigned) this.#variables.set(assigned.text.toLowerCase(), branch)
    return true
  }

  /** One cmdlet with its parameters, up to the end or a closing parenthesis. */
  #call(tokens: readonly Token[]): { readonly branch: Branch; readonly rest: readonly Token[] } {
    const cmdlet = cmdletOf(tokens[0]) as string
    const branch = branchOf((tokens[0] as Token).span)
    let rest: readonly Token[] = tokens.slice(1)
    while (rest[0] !== undefined && rest[0].text !== ')') rest = this.#parameter(cmdlet, branch, rest)
    this.#keep(cmdlet, branch)
    return { branch, rest }
  }

  #parameter(cmdlet: string, into: Branch, tokens: readonly Token[]): readonly Token[] {
    const [name, ...rest] = tokens
    if (name?.sort !== 'parameter') throw new Refused(name as Token, 'the name of a parameter has to stand here')
    const parameter = parameterOf(cmdlet, name)
    const { nodes, left } = this.#values(cmdlet, parameter, name, rest)
    const filter = rowOf(FILTERS, parameter)
    const target = filter === undefined ? into : memberBranch(into, filter)
    const [only] = nodes
    const value =
      nodes.length === 1 && only?.sort === 'leaf'
        ? only
        : branchOf(
            name.span,
            nodes.map((node, i) => [String(i), node]),
          )
    target.members.set(rowOf(PROPERTIES, parameter) ?? parameter, value)
    return left
  }

  /** `a, b`, `@(a, b)`, `(New-… )`, `$variable`; a switch has none. */
  #values(cmdlet: string, parameter: string, name: Token, tokens: readonly Token[]) {
    const leaf = (text: string, span = name.span): Leaf =>
      parameter === 'PreSharedKey'
        ? {
            sort: 'leaf',
            word: `-${parameter}`,
            value: null,
            secret: true,
            span: name.span,
            scope: `powershell ${cmdlet}`,
          }
        : {
            sort: 'leaf',
            word: `-${parameter}`,
            value: text,
            span: { ...name.span, end: span.end },
            scope: `powershell ${cmdlet}`,
          }
    const nodes: Node[] = []
    let at = 0
    let brackets = 0
    for (;;) {
      const token = tokens[at]
      if (token === undefined || token.sort === 'parameter') break
      if (token.text === ')' && token.sort === 'sign' && brackets === 0) break
      const next = tokens[++at]
      if (token.sort === 'word' || token.sort === 'string') nodes.push(leaf(token.text, token.span))
      else if (token.sort === 'variable') nodes.push(this.#variable(parameter, token, leaf))
      else if (/\($/.test(token.text) && cmdletOf(next)) {
        const { branch, rest } = this.#call(tokens.slice(at))
        nodes.push(branch)
        at = tokens.length - rest.length
        brackets++
      } else if (/\($/.test(token.text) && next?.sort === 'word' && !/^\d/.test(next.text)) {
        throw new Refused(next, 'a command in parentheses would have to be run')
      } else if (/\($/.test(token.text)) brackets++
      else if (token.text === ')') brackets--
      else if (token.text !== ',') throw new Refused(token, 'this is no value')
      if (brackets === 0 && tokens[at]?.text !== ',' && token.text !== ',') break
    }
    return { nodes: nodes.length > 0 ? nodes : [leaf('true')], left: tokens.slice(at) }
  }

  /** A set is named where a rule wants it, and a proposal stands in the set. */
  #variable(parameter: string, token: Token, leaf: (text: string, span: Token['span']) => Leaf): Node {
    const [name = '', property] = token.text.toLowerCase().split('.')
    const branch = this.#variables.get(name)
    if (!branch) throw new Refused(token, `$${name} has a value when the script runs: write the value`)
    if (parameter === 'Proposal' && property === undefined) {
      if (this.#proposals.has(branch)) return branch
      throw new Refused(token, `$${name} is no proposal`, 'give what a cmdlet New-NetIPsec…Proposal has made')
    }
    const id = branch.members.get('InstanceID')
    return leaf(id?.sort === 'leaf' ? String(id.value) : '', token.span)
  }

  /** What has no name of its own gets one, by which a variable is known. */
  #keep(cmdlet: string, branch: Branch): void {
    const kind = KINDS[cmdlet] as keyof Firewall | 'proposal'
    if (kind === 'proposal') {
      if (cmdlet === 'New-NetIPsecAuthProposal') addMethod(branch)
      this.#proposals.add(branch)
      return
    }
    const isDefault = branch.members.has('Default')
    const named = branch.members.get('InstanceID')
    if (isDefault || named === undefined) {
      const value =
        (isDefault && kind in DEFAULT_SETS ? DEFAULT_SETS[kind as keyof typeof DEFAULT_SETS] : undefined) ??
        `set ${++this.#number}`
      if (kind !== 'rules' && kind !== 'mainModeRules')
        branch.members.set('InstanceID', {
          sort: 'leaf',
          word: '-Name',
          value,
          span: branch.span,
          scope: `powershell ${cmdlet}`,
          made: true,
        })
    }
    this.#made[kind].push(branch)
  }
}

/** In the spelling of the documentation. */
function cmdletOf(token: Token | undefined): string | undefined {
  if (token?.sort !== 'word') return undefined
  return Object.keys(KINDS).find((name) => name.toLowerCase() === token.text.toLowerCase())
}

/** PowerShell takes any beginning of a name that no other parameter has. */
function parameterOf(cmdlet: string, { text, span }: Token): string {
  const known = [
    ...new Set(
      FIELD_WORDS.filter((row) => row.tool === 'powershell' && row.scope === cmdlet).map(({ word }) => word.slice(1)),
    ),
  ]
  const exact = known.find((name) => name.toLowerCase() === text.toLowerCase())
  const begun = known.filter((name) => name.toLowerCase().startsWith(text.toLowerCase()))
  const found = exact ?? (begun.length === 1 ? begun[0] : undefined)
  if (found !== undefined) return found
  const near = suggest(text, known)
  throw new Refused({ span }, `${cmdlet} has no parameter -${text}`, near && `did you mean -${near}?`)
}

function memberBranch(branch: Branch, name: string): Branch {
  const known = branch.members.get(name)
  const made = known?.sort === 'branch' ? known : branchOf(branch.span)
  branch.members.set(name, made)
  return made
}

function addMethod(branch: Branch): void {
  const [, code] = METHOD_SWITCHES.find(([needed]) => needed.every((name) => branch.members.has(name))) ?? []
  const first = [...branch.members.values()].find((node) => node.sort === 'leaf')
  if (code === undefined || first?.sort !== 'leaf') return
  branch.members.set('AuthenticationMethod', { ...first, value: code, origin: first })
}
