/** A systemd unit as its lines say it. */

import { readFileSync } from 'node:fs'

export interface Unit {
  /** values of a key, in order; `-` before a path (may be absent) is left in place */
  all(key: string): readonly string[]
  /** the only value of a key */
  one(key: string): string
}

export function readUnit(file: string): Unit {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^[A-Za-z]+=/.test(line))
  const pairs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  const all = (key: string) => pairs.filter(([name]) => name === key).map(([, value]) => value)
  return {
    all,
    one: (key) => {
      const values = all(key)
      if (values.length !== 1) throw new Error(`${key} stands ${values.length} times in ${file}`)
      return values[0] as string
    },
  }
}
