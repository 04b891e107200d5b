/** JUnit XML, as test reports of CI systems read it: https://github.com/testmoapp/junitxml */

interface Suite {
  readonly name: string
  readonly cases: readonly TestCase[]
}

interface TestCase {
  readonly name: string
  readonly file: string
  readonly line: string
  /** of a failure */
  readonly message?: string
  readonly text?: string | undefined
}

export function junit(name: string, suites: readonly Suite[]): string {
  const all = suites.flatMap(({ cases }) => cases)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...countsOf(all) })}>`,
    ...suites.flatMap((suite) => [
      `  <testsuite ${attributes({ name: suite.name, ...countsOf(suite.cases) })}>`,
      ...suite.cases.flatMap((one) => linesOf(one, suite.name)),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

function linesOf({ name, file, line, message, text = '' }: TestCase, classname: string): string[] {
  const start = `    <testcase ${attributes({ name, classname, file, line })}`
  if (message === undefined) return [`${start}/>`]
  return [
    `${start}>`,
    `      <failure ${attributes({ message, type: 'E340' })}>${escaped(text)}</failure>`,
    '    </testcase>',
  ]
}

function countsOf(cases: readonly TestCase[]) {
  return { tests: cases.length, failures: cases.filter(({ message }) => message !== undefined).length, errors: 0 }
}

function attributes(values: { readonly [name: string]: string | number }): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ')
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
/** What no XML may hold, escaped or not (XML 1.0, 2.2), and lone halves of characters. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

function escaped(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
