import { describe, expect, it } from 'vitest'
import { didYouMean, editDistance, suggest } from '../../src/base/text.ts'

const fields = ['mode', 'keyModule', 'endpoints', 'traffic', 'quickMode', 'mainMode', 'pfs']

describe('suggest', () => {
  it.each([
    ['modee', 'mode'],
    ['qickMode', 'quickMode'],
    ['quickmode', 'quickMode'],
    ['trafifc', 'traffic'],
    ['KEYMODULE', 'keyModule'],
  ])('finds what %s was meant to be', (word, meant) => {
    expect(suggest(word, fields)).toBe(meant)
  })

  it('prefers a word of the same length', () => {
    expect(suggest('dh21', ['dh1', 'dh2', 'dh20'])).toBe('dh20')
  })

  it.each(['lifetime', 'x', 'zz', ''])('has nothing for %j', (word) => {
    expect(suggest(word, fields)).toBeUndefined()
  })

  it('asks a question', () => {
    expect(didYouMean('qickMode', fields)).toBe('did you mean `quickMode`?')
    expect(didYouMean('lifetime', fields)).toBeUndefined()
  })
})

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
  ])('%j to %j takes %i edits', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
  })
})
