/** Networks and ranges as other tools write them: `10.1.0.0 255.255.0.0`, `10.1.*.*`, `10.1/16`, `10.1.0.5 to 10.1.0.9`. */

import { ipv4Bits } from './address.ts'

/** Words of the Windows firewall for addresses that change: a tunnel's filters hold none. */
const KEYWORDS = /^(?:localsubnet[46]?|defaultgateway|dns|dhcp|wins|intranet|internet)$/i
const EVERYTHING = /^(?:any|all|\*|%any[46]?|everything)$/i

/** @returns what is to be written instead: a text that may itself be no network, `10.1.2.3/16`; or a sentence */
export function meantNetwork(text: string): { readonly network: string } | { readonly help: string } | undefined {
  if (EVERYTHING.test(text)) return { help: 'write `0.0.0.0/0` for all of IPv4, `::/0` for all of IPv6' }
  if (KEYWORDS.test(text)) return { help: 'the engine knows no such word: write the networks themselves' }
  const network = masked(text) ?? shortRange(text) ?? wildcard(text) ?? shortened(text) ?? spelledRange(text)
  return network === undefined ? undefined : { network }
}

/** `10.1.0.0 255.255.0.0`, with `/`, `mask` or `netmask` between them, and Cisco's `10.1.0.0 0.0.255.255`. */
function masked(text: string): string | undefined {
  const [, address, mask] = /^(\S+?)\s*(?:\/|\s|\smask\s|\snetmask\s)\s*(\d+\.\d+\.\d+\.\d+)$/i.exec(text) ?? []
  if (address === undefined || mask === undefined) return undefined
  const bits = ipv4Bits(mask)
  const length = bits === undefined ? undefined : (maskLength(bits) ?? maskLength(bits ^ 0xffff_ffffn))
  return length === undefined ? undefined : `${address}/${length}`
}

/** @returns the prefix length of the bits of `255.255.0.0`; nothing for what is no mask */
function maskLength(mask: bigint): number | undefined {
  const ones = mask.toString(2).padStart(32, '0')
  return /^1*0*$/.test(ones) ? ones.lastIndexOf('1') + 1 : undefined
}

/** `10.1.0.5-9` */
function shortRange(text: string): string | undefined {
  const [, head, first, last] = /^(\d+\.\d+\.\d+\.)(\d+)\s*-\s*(\d{1,3})$/.exec(text) ?? []
  return head === undefined ? undefined : `${head}${first}-${head}${last}`
}

/** `10.1.*.*`, `10.1.*` */
function wildcard(text: string): string | undefined {
  const [, head] = /^(\d+(?:\.\d+){0,2})(?:\.\*){1,3}$/.exec(text) ?? []
  return head === undefined ? undefined : `${zeroFilled(head)}/${head.split('.').length * 8}`
}

/** `10.1/16` */
function shortened(text: string): string | undefined {
  const [, head, length] = /^(\d+(?:\.\d+){0,2})\s*\/\s*(\d+)$/.exec(text) ?? []
  return head === undefined ? undefined : `${zeroFilled(head)}/${length}`
}

function zeroFilled(head: string): string {
  return [...head.split('.'), '0', '0', '0'].slice(0, 4).join('.')
}

/** `10.1.0.5 to 10.1.0.9`, `10.1.0.5..10.1.0.9` */
function spelledRange(text: string): string | undefined {
  const [, first, last] = /^(\S+?)(?:\s+(?:to|through|bis)\s+|\s*\.\.+\s*|\s*->\s*)(\S+)$/i.exec(text) ?? []
  return first === undefined ? undefined : `${first}-${last}`
}
