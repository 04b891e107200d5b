/** YAML of every sort, for comparing readers: printed, damaged, and put together at random. */

import fc from 'fast-check'
import { stringify } from 'yaml'
import type { SourceFile } from '../../../src/base/source.ts'
import { splitDocuments } from '../../../src/manifest/yaml/split.ts'
import { exampleFiles, exampleNames } from '../../support/examples.ts'

/** The parts of all examples. */
export const exampleParts: readonly string[] = exampleNames.flatMap((name) => exampleFiles(name).flatMap(partsOf))

export function partsOf(file: SourceFile): string[] {
  return splitDocuments(file).segments.map(({ text }) => text)
}

/** What a scalar may be mistaken for, and what stands between scalars. */
export const WORDS = [
  ...['', '~', 'null', 'Null', 'NULL', 'nUll', 'true', 'True', 'TRUE', 'tRue', 'false', 'yes', 'no', 'on', 'y', '<<'],
  ...['0', '-0', '+0', '1', '-1', '+1', '007', '0x1F', '0xg', '0o17', '0o8', '-0x1', '1_000', '9007199254740993'],
  ...['1.5', '-.5', '.5', '1.', '.', '1e3', '1E-3', '1e999', '1e20', '1.0e+2', 'e3', '.inf', '-.INF', '.nan', '+.Inf'],
  ...['10.1.0.0/16', '2001:db8::/32', '::1', '::', 'fe80::', '1h30m', '100MB', 'a b', 'a  b', 'a: b', 'a:b', ':a'],
  ...[
    'a #b',
    'a#b',
    '#a',
    '- a',
    '-',
    '--',
    '---',
    '...',
    '-a',
    '?a',
    '? a',
    '!a',
    '&a',
    '*a',
    '@a',
    '`a',
    '%a',
    '|',
    '>',
  ],
  ...[
    '|-',
    '>+',
    '|2',
    'a,b',
    ',',
    '[',
    ']',
    '{',
    '}',
    '[]',
    '{}',
    '[a]',
    '{a: b}',
    'a]',
    '"',
    "'",
    '"a"',
    "'a'",
    "it's",
  ],
  ...[
    'a"b',
    '\\',
    '\\n',
    'a\\',
    '\t',
    'a\tb',
    '\u00a0',
    'a\u00a0b',
    '\u00a0a',
    '“a”',
    'ü',
    'äöü ß',
    '日本',
    '\ud83d\ude00',
  ],
  ...[
    '\ud800',
    '\u2028',
    '\u0085',
    '\ufeff',
    '\u0000',
    '\u0007',
    '\u007f',
    '__proto__',
    'constructor',
    'toString',
    '=',
    '<a>',
  ],
  ...['text\nmore', 'text\n', '\ntext', 'text\n\n  more\n\n', ' a', 'a ', '  a\nb', 'a\n#b', '<<<<<<< HEAD', '======='],
]
const BETWEEN = [
  ...[
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\n\n',
    '\r',
    ' ',
    ' ',
    '  ',
    '    ',
    '\t',
    '\n  ',
    '\n    ',
    '\n ',
    '\n  - ',
    '\n- ',
    '- ',
  ],
  ...[
    ': ',
    ': ',
    ':',
    ':\n',
    ':\n  ',
    ':\n- ',
    ', ',
    ',',
    '[',
    ']',
    '{',
    '}',
    '{ ',
    ' }',
    ' [',
    ' {',
    '"',
    "'",
    ' #',
    ' # a\n',
    '#',
  ],
  ...[
    '|\n  ',
    '|-\n  ',
    '|+\n',
    '|2\n   ',
    '>\n  ',
    '&a ',
    '*a',
    '!!str ',
    '! ',
    '? ',
    '<<: ',
    '---\n',
    '--- ',
    '...\n',
    '%YAML 1.2\n',
  ],
  ...['\\', '\\"', "''", '\\x41', '\\u00e9', '\\U0001F600', '\ufeff', '\u00a0'],
]

const words = fc.constantFrom(...WORDS)
const names = fc.constantFrom('a', 'b', 'kind', 'spec', 'local-address', 'x.y/z', 'a b', '7', 'null', 'ü')

const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(words, names, fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 6 })),
    fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(names, names, words), tie('value'), { maxKeys: 5 }),
  ),
})).value

const mappings = fc.dictionary(fc.oneof(names, words), values, { minKeys: 1, maxKeys: 5 })

const styles = fc.record({
  indent: fc.constantFrom(2, 2, 3, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
  flowCollectionPadding: fc.boolean(),
  defaultStringType: fc.constantFrom(
    ...(['PLAIN', 'PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const),
  ),
  defaultKeyType: fc.constantFrom(null, 'PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
  lineWidth: fc.constantFrom(0, 0, 20, 80),
  nullStr: fc.constantFrom('null', '~', ''),
  aliasDuplicateObjects: fc.constant(false),
})

const asWindowsWouldSaveIt = (text: string) => text.replaceAll('\n', '\r\n')

/** Documents as printers print them: `yaml` in many styles, and JSON. */
export const printed: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(mappings, styles).map(([value, style]) => stringify(value, style)) },
  {
    weight: 1,
    arbitrary: fc.tuple(mappings, styles).map(([value, style]) => asWindowsWouldSaveIt(stringify(value, style))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(mappings, fc.constantFrom(0, 2)).map(([value, indent]) => JSON.stringify(value, null, indent)),
  },
)

/** Where, how much is removed, what is inserted. Places are shares of a text, whose length is not known yet. */
const edits = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  atLine: fc.boolean(),
  remove: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(3), fc.nat(40)),
  insert: fc.oneof(
    fc.constantFrom(...BETWEEN),
    words,
    fc.constantFrom('', ' ', '  ', '\n', 'a: 1\n', '# a\n'),
    fc.string({ maxLength: 3 }),
  ),
})

function edited(
  text: string,
  { at, atLine, remove, insert }: { at: number; atLine: boolean; remove: number; insert: string },
): string {
  const somewhere = Math.floor(at * text.length)
  const start = atLine ? text.lastIndexOf('\n', somewhere) + 1 : somewhere
  return text.slice(0, start) + insert + text.slice(start + remove)
}

/** What somebody does to a manifest by mistake: letters, special characters, and the indentation of lines. */
export function damaged(originals: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(originals, fc.array(edits, { minLength: 1, maxLength: 3 }))
    .map(([text, all]) => all.reduce(edited, text))
}

/** Now and then something else than what is right. */
const mostly = (right: readonly string[], other: readonly string[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...other) })

const lines = fc.tuple(
  mostly(['', '', '', '  ', '- ', '  - '], ['    ', ' ', '\t', '- - ', '# ', '? ']),
  fc.oneof(names, words),
  mostly([': ', ': ', ': ', ':', ': [', ': { '], [' : ', ':  ', ': |\n   ', ': >\n   ', ': &a ', '']),
  fc.oneof(names, words, words),
  mostly(['\n', '\n', '\r\n', ' # a\n', ']\n', ' }\n'], ['', ', ', '\n\n', ' \n', '\r', '\n  # a\n', ' #a', ' a\n']),
)

/** Words and what stands between them, in no order, or in the order of lines. */
export const soup: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.oneof(words, names, fc.constantFrom(...BETWEEN)), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(lines, { minLength: 1, maxLength: 5 }).map((all) => all.flat().join('')),
)
