import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { has, TRIGGERS, type Trigger } from '../../../src/reconcile/watch/triggers.ts'

const { $defs } = JSON.parse(readFileSync('schemas/watch-event.schema.json', 'utf8'))

describe('the triggers of a pass', () => {
  it('are those that the published events name', () => {
    expect($defs.pass.properties.triggers.items.enum).toEqual(Object.keys(TRIGGERS))
  })

  it('ask of a pass what any of them asks', () => {
    const marks = (...triggers: Trigger[]) => ({ triggers: new Set(triggers) })

    expect(has(marks('engine', 'retry'), 'readsManifests')).toBe(false)
    expect(has(marks('engine', 'files'), 'readsManifests')).toBe(true)
    expect(has(marks('files', 'git'), 'forgetsEngine')).toBe(false)
    expect(has(marks('files', 'hangup'), 'forgetsEngine')).toBe(true)
  })
})
