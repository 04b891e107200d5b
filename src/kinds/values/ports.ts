/** Ports: one, or a range. */

import { clip } from '../../base/characters.ts'
import { type Parsed, problem } from './reading.ts'

/** Reads a port: `443`, `"443"` or `1024-65535`; answers the number, or `a-b` with a < b. */
export function portOrRange(value: number | string): Parsed<number | string> {
  const bounds = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(String(value).trim())
  const [first, last] = [Number(bounds?.[1]), Number(bounds?.[2] ?? bounds?.[1])]
  if (!bounds || first > 65_535 || last > 65_535) {
    return problem('E228', `\`${clip(String(value))}\` is not a port`, {
      label: 'a port is a number from 0 to 65535',
      help: meantPorts(String(value).trim()) ?? 'write a number, or a range such as 1024-65535',
    })
  }
  if (first > last) {
    return problem('E228', `${value} ends before it starts`, { help: `write \`${last}-${first}\`` })
  }
  return { value: first === last ? first : `${first}-${last}` }
}

/** `80:90`, `80 to 90`, `1024-`, `any`, `80,443`: what other tools have for ports. */
function meantPorts(text: string): string | undefined {
  if (/^(?:any|all|\*)$/i.test(text)) return 'leave out the port: then any port is meant'
  if (/^\d+(?:\s*,\s*\d+)+$/.test(text)) return 'one port or one range: declare a tunnel for each'
  const [, first, last] = /^(\d{1,5})\s*(?::|\.\.+|to|-)\s*(\d{1,5})?$/i.exec(text) ?? []
  const isRange = first !== undefined && Number(first) <= Number(last ?? 65_535) && Number(last ?? 0) <= 65_535
  return isRange ? `write \`${first}-${last ?? 65_535}\`` : undefined
}

/** Is there a port that is among both? An absent one is any. */
export function portsMeet(a: number | string | undefined, b: number | string | undefined): boolean {
  if (a === undefined || b === undefined) return true
  const [x, y] = [portBounds(a), portBounds(b)]
  return x[0] <= y[1] && y[0] <= x[1]
}

function portBounds(port: number | string): [number, number] {
  const [first = 0, last = first] = String(port).split('-').map(Number)
  return [first, last]
}
