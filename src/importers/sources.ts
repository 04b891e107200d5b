/** The tools that can be imported from: how their files are read, and which tunnels are in them. */

import { type Diagnostic, diagnostic, type SourceFile } from '../base/index.ts'
import { resourcesIn, tunnelOfConnection } from './azure.ts'
import { readCmdlets } from './cmdlets.ts'
import { readJson } from './json.ts'
import { emptyFirewall, type Firewall, titleOf, tunnelOfRule } from './netipsec.ts'
import { readNetsh } from './netsh.ts'
import { readScript } from './script-text.ts'
import { type Branch, branchAt, itemsOf, leafAt, member, type SourceRead, scoped, textOf } from './source.ts'
import { childrenOf, tunnelOfChild } from './swanctl.ts'
import { type ReadBeside, readSettings } from './swanctl-file.ts'

type Read = (files: readonly SourceFile[], beside: ReadBeside) => SourceRead

export const SOURCES = { netipsec, swanctl, azure } as const satisfies { readonly [tool: string]: Read }

const isFinding = (read: Branch | Diagnostic): read is Diagnostic => 'message' in read

function netipsec(files: readonly SourceFile[]): SourceRead {
  const firewall = emptyFirewall()
  const diagnostics: Diagnostic[] = []
  const roots: Branch[] = []
  for (const file of files) {
    const read = /^\s*[{[]/.test(file.text) ? exportIn(file, roots) : scriptIn(file)
    // there may be more than a call has room for
    for (const found of read.findings) diagnostics.push(found)
    for (const kind of Object.keys(firewall) as (keyof Firewall)[])
      for (const one of read.firewall[kind]) firewall[kind].push(one)
  }
  const all = Object.values(firewall).flat() as Branch[]
  const wanted = firewall.rules.map((rule) => ({
    title: titleOf(rule),
    from: rule,
    make: (draft: Parameters<typeof tunnelOfRule>[2]) => tunnelOfRule(rule, firewall, draft),
  }))
  return { wanted, roots: [...new Set([...roots, ...all])], diagnostics }
}

function scriptIn(file: SourceFile) {
  const dialect = /New-NetIPsec/i.test(file.text) ? 'powershell' : 'cmd'
  return readCmdlets(readScript(file, dialect), readNetsh)
}

const EXPORT_FORMAT = 'wfpctl-netipsec/1'

/** The lists of an export, and the classes of what is in them. */
const LISTS: { readonly [kind in keyof Firewall]: readonly [scope: string, proposals?: string] } = {
  rules: ['MSFT_NetConSecRule'],
  mainModeRules: ['MSFT_NetMainModeRule'],
  mainModeCryptoSets: ['MSFT_NetIKEMMCryptoSet', 'MSFT_NetIKEMMCryptoProposal'],
  quickModeCryptoSets: ['MSFT_NetIKEQMCryptoSet', 'MSFT_NetIKEQMCryptoProposal'],
  phase1AuthSets: ['MSFT_NetIKEP1AuthSet', 'MSFT_NetIKEP1AuthSet'],
  phase2AuthSets: ['MSFT_NetIKEP2AuthSet', 'MSFT_NetIKEP2AuthSet'],
}
const FILTERS: { readonly [member: string]: string } = {
  AddressFilter: 'MSFT_NetAddressFilter',
  PortFilter: 'MSFT_NetProtocolPortFilter',
  InterfaceFilter: 'MSFT_NetInterfaceFilter',
  InterfaceTypeFilter: 'MSFT_NetInterfaceTypeFilter',
}

function exportIn(
  file: SourceFile,
  roots: Branch[],
): { readonly firewall: Firewall; readonly findings: readonly Diagnostic[] } {
  const firewall = emptyFirewall()
  const read = readJson(file)
  if (isFinding(read)) return { firewall, findings: [read] }
  const format = leafAt(read, 'format')
  if (textOf(format) !== EXPORT_FORMAT) return { firewall, findings: [otherFormat(read)] }
  roots.push(scoped(read, 'netipsec export'))
  for (const [kind, [scope, proposals]] of Object.entries(LISTS) as [
    keyof Firewall,
    (typeof LISTS)[keyof Firewall],
  ][]) {
    for (const item of itemsOf(member(read, kind))) {
      if (item.sort !== 'branch') continue
      scopeItem(item, scope, proposals)
      firewall[kind].push(item)
    }
  }
  return { firewall, findings: [] }
}

function scopeItem(item: Branch, scope: string, proposals: string | undefined): void {
  scoped(item, `netipsec ${scope}`)
  for (const [name, filter] of Object.entries(FILTERS)) {
    const branch = branchAt(item, name)
    if (branch) scoped(branch, `netipsec ${filter}`)
  }
  const list = member(item, 'Proposals')
  if (list && proposals !== undefined) scoped(list, `netipsec ${proposals}`)
}

function otherFormat({ span }: Branch): Diagnostic {
  const help = 'run packaging/export-netipsec.ps1 on the host: it writes the rules with the sets that belong to them'
  const at = { ...span, end: span.start + 1 }
  return diagnostic('E160', at, `not an export of the firewall: format ${EXPORT_FORMAT} is missing`, { help })
}

function swanctl(files: readonly SourceFile[], beside: ReadBeside): SourceRead {
  const reads = files.map((file) => readSettings(file, beside))
  const roots = reads.flatMap((read) => (isFinding(read) ? [] : [read]))
  const wanted = roots.flatMap(childrenOf).map((child) => ({
    title: child.title,
    from: child.whole,
    make: (draft: Parameters<typeof tunnelOfChild>[1]) => tunnelOfChild(child, draft),
  }))
  return { wanted, roots, diagnostics: reads.filter(isFinding) }
}

function azure(files: readonly SourceFile[]): SourceRead {
  const reads = files.map(readJson)
  const roots = reads.flatMap((read) => (isFinding(read) ? [] : [read]))
  for (const root of roots) scoped(root, 'azure other')
  const resources = resourcesIn(roots)
  const wanted = resources.connections.map((connection) => ({
    title: textOf(leafAt(connection, 'name')) ?? 'azure',
    from: connection,
    make: (draft: Parameters<typeof tunnelOfConnection>[2]) => tunnelOfConnection(connection, resources, draft),
  }))
  return {
    wanted,
    roots,
    diagnostics: [...reads.filter(isFinding), ...(wanted.length === 0 ? noConnection(roots) : [])],
  }
}

function noConnection([root]: readonly Branch[]): readonly Diagnostic[] {
  if (!root) return []
  const help = 'give the answer of `az network vpn-connection show`, and beside it those of the gateways'
  const at = { ...root.span, end: root.span.start + 1 }
  return [diagnostic('E160', at, 'no connection of a VPN gateway is in it', { help })]
}
