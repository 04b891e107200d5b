/** What people mistype in YAML. Each mistake has one finding: where it is, in plain words, with help. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { positionOf } from '../../src/base/source.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'

const manifest = `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: hq-dallas }
spec:
  description: HQ to Dallas
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.7 }
  traffic:
    local: [10.1.0.0/16]
    remote:
      - 10.2.0.0/16
      - 10.3.0.0/16
  quickMode:
    pfs: dh20
    proposals:
      - esp: { aead: aes256gcm }
        lifetime: { time: 1h, data: 100MB }
`

function errorsOf(text: string) {
  const { diagnostics } = loadDesired([{ path: 'a.yaml', text }], kindsByName)
  return diagnostics.filter(({ severity }) => severity === 'error')
}

/** What is written, what somebody wrote instead, and the finding: its code and place, the marked text, its words. One a line. */
type Mistake = readonly [what: string, right: string, wrong: string, place: string, marked: string, message: string]
const mistakes: readonly Mistake[] = JSON.parse(readFileSync(new URL('typing-mistakes.json', import.meta.url), 'utf8'))

describe('a mistake in YAML has one finding, where it is', () => {
  it('and without one there is none', () => {
    expect(errorsOf(manifest)).toEqual([])
  })

  it.each(mistakes)('%s', (_, right, wrong, place, marked, message) => {
    const found = errorsOf(manifest.replace(right, () => wrong))

    const shown = found.map(({ code, span, message }) => {
      const { line, column } = positionOf(span!.file, span!.start)
      return [`${code} ${line}:${column}`, span!.file.text.slice(span!.start, span!.end), message]
    })
    expect(shown).toEqual([[place, marked, message]])
    expect(found[0]!.help ?? found[0]!.notes).toBeDefined()
  })

  it('although it is made on every line', () => {
    const asWebPagesShowIt = manifest.replace(/^ +/gm, (indentation) => '\u00a0'.repeat(indentation.length))

    expect(errorsOf(asWebPagesShowIt).map(({ code, span }) => [code, span!.start])).toEqual([
      ['E130', manifest.indexOf('  description')],
    ])
  })

  it.each(mistakes)('%s, in a file that Windows wrote', (_, right, wrong, place) => {
    const found = errorsOf(manifest.replace(right, () => wrong).replaceAll('\n', '\r\n'))

    const places = found.map(({ code, span }) => {
      const { line, column } = positionOf(span!.file, span!.start)
      return `${code} ${line}:${column}`
    })
    expect(places).toEqual([place])
  })
})
