import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { invisibleIn, oddCharacterIn, straightened, visible } from '../../src/base/characters.ts'

describe('a character that does not show', () => {
  it.each([
    ['\u200eda39', 'U+200E (left-to-right mark)', 'at its start'],
    ['198.51.100.7\u200b', 'U+200B (zero width space)', 'at its end'],
    ['198.51\u2060.100.7', 'U+2060 (word joiner)', 'after `198.51`'],
    ['10.1.0.5\u00a0', 'U+00A0 (no-break space)', 'at its end'],
    ['\ufeffhq', 'U+FEFF (byte order mark)', 'at its start'],
    ['a\u2066b', 'U+2066', 'after `a`'],
  ])('%j is named, with its place', (text, name, where) => {
    expect(oddCharacterIn(text)).toEqual({ name, where, isInvisible: true })
    expect(invisibleIn(text)).toEqual({ name, where, isInvisible: true })
  })

  it('is written out', () => {
    expect(visible('10\u200b.1 \u202e–')).toBe('10<U+200B>.1 <U+202E>–')
  })

  it('is none where it joins the letters of a word, nor is a plain blank', () => {
    expect([invisibleIn('می\u200cخواهم'), invisibleIn('a b')]).toEqual([undefined, undefined])
    expect(invisibleIn('10.1\u200c.0.0')?.name).toBe('U+200C (zero width non-joiner)')
  })
})

describe('a typographic character', () => {
  it.each([
    ['10.1.0.5–10.1.0.9', 'U+2013 (en dash)', 'after `10.1.0.5`', '10.1.0.5-10.1.0.9'],
    ['“10.1.0.0/16”', 'U+201C (typographic quote)', 'at its start', '10.1.0.0/16'],
    ['1024−65535', 'U+2212 (minus sign)', 'after `1024`', '1024-65535'],
    ['‘hq’', 'U+2018 (typographic quote)', 'at its start', 'hq'],
    ['\u00a08\u00a0h\u200e', 'U+00A0 (no-break space)', 'at its start', '8 h'],
  ])('%s is named, and what was meant is plain', (text, name, where, plain) => {
    expect(oddCharacterIn(text)).toMatchObject({ name, where })
    expect(straightened(text)).toBe(plain)
  })
})

it('leaves nothing odd in what was probably meant, and changes nothing that is plain', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(oddCharacterIn(straightened(text))).toBe(undefined)
    }),
  )
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9./:-]*$/), (text) => {
      expect([straightened(text), visible(text), oddCharacterIn(text)]).toEqual([text, text, undefined])
    }),
  )
})
