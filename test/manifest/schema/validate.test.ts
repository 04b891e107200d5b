import { describe, expect, it } from 'vitest'
import { validateDocument } from '../../../src/manifest/schema/validate.ts'
import { readDocuments } from '../yaml/documents.ts'

const address = {
  type: 'string',
  pattern: '^[0-9.]+(/[0-9]+)?$',
  'x-code': 'E203',
  'x-hint': 'write address/bits',
  'x-label': 'no network',
}
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'mode'],
  properties: {
    kind: { const: 'Test' },
    mode: { enum: ['gateway', 'pointToPoint'] },
    description: { type: 'string', minLength: 1, maxLength: 8 },
    enabled: { type: 'boolean' },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    lifetime: { type: 'string', pattern: '^[0-9]+h$', examples: ['8h'] },
    networks: { type: 'array', minItems: 1, maxItems: 3, uniqueItems: true, items: { $ref: '#/$defs/address' } },
    remote: { oneOf: [{ $ref: '#/$defs/address' }, { type: 'array', items: { $ref: '#/$defs/address' } }] },
    secret: { $ref: '#/$defs/secret', 'x-sensitive': true },
    method: {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: { kerberos: {}, anonymous: {} },
    },
    endpoints: {
      type: 'object',
      properties: { address: {}, fqdn: {} },
      oneOf: [{ required: ['address'] }, { required: ['fqdn'] }],
    },
    selector: {
      type: 'object',
      properties: { protocol: {}, port: {} },
      additionalProperties: false,
      dependentRequired: { port: ['protocol'] },
      ...JSON.parse(`{
        "if": { "properties": { "protocol": { "const": "icmp" } }, "required": ["protocol"] },
        "then": { "properties": { "port": false } }
      }`),
    },
  },
  $defs: {
    address,
    secret: {
      type: 'object',
      required: ['env'],
      properties: { env: { type: 'string' } },
      additionalProperties: false,
      'x-sensitive': true,
      'x-hint': 'name a variable',
    },
  },
}

const base = 'kind: Test\nmode: gateway\n'

/** One line per finding: code, where, what was written there. */
function findings(text: string): string[] {
  const [document] = readDocuments({ path: 'a.yaml', text }).documents
  return validateDocument(document!, schema).diagnostics.map(
    ({ code, message, span }) => `${code} ${message} @ ${span!.file.text.slice(span!.start, span!.end)}`,
  )
}

describe('one mistake is one finding', () => {
  it.each([
    ['nothing wrong', '', []],
    ['an unknown field', 'foo: 1', ['E200 unknown field `foo` @ foo']],
    ['a wrong type', 'port: "80"', ['E202 `port` must be a whole number @ "80"']],
    ['an empty value', 'port:', ['E202 `port` must be a whole number @ port']],
    ['text that YAML took for a number', 'description: 123', ['E202 `description` must be text @ 123']],
    ['a number out of range', 'port: 70000', ['E205 `port` must be from 1 to 65535 @ 70000']],
    ['a text too long', 'description: 123456789x', ['E206 `description` must have 1 to 8 characters @ 123456789x']],
    ['an empty text', 'description: ""', ['E206 `description` is empty @ ""']],
    ['a wrong form', 'lifetime: 8d', ['E203 `8d` is not a valid `lifetime` @ 8d']],
    ['a wrong item', 'networks: [1.2.3.4, x, 5.6.7.8]', ['E203 `x` is not a valid `networks[1]` @ x']],
    ['an empty list', 'networks: []', ['E207 `networks` needs at least 1 item @ []']],
    [
      'a list too long',
      'networks: [1, 2, 3, 4]'.replaceAll(/\d/g, '$&.0.0.0'),
      ['E207 `networks` has at most 3 items @ 4.0.0.0'],
    ],
    ['an item twice', 'networks: [1.2.3.4, 1.2.3.4]', ['E208 an item of `networks` is given twice @ 1.2.3.4']],
    ['text in a oneOf', 'remote: x', ['E203 `x` is not a valid `remote` @ x']],
    ['an item in a oneOf', 'remote: [1.2.3.4, x]', ['E203 `x` is not a valid `remote[1]` @ x']],
    ['no branch of a oneOf', 'remote: 5', ['E202 `remote` must be text or a list @ 5']],
    ['no choice made', 'method: {}', ['E209 `method` needs one of `kerberos` or `anonymous` @ method']],
    [
      'two choices made',
      'method: {anonymous: {}, kerberos: {}}',
      ['E209 `anonymous` and `kerberos` exclude each other @ kerberos'],
    ],
    ['a choice and an unknown field', 'method: {anonymous: {}, foo: {}}', ['E200 unknown field `foo` @ foo']],
    ['a choice misspelt', 'method: {kerbros: {}}', ['E200 unknown field `kerbros` @ kerbros']],
    ['one of two required', 'endpoints: {}', ['E209 `endpoints` needs one of `address` or `fqdn` @ endpoints']],
    ['both of two', 'endpoints: {fqdn: a, address: b}', ['E209 `fqdn` and `address` exclude each other @ address']],
    ['a field that needs another', 'selector: {port: 1}', ['E201 `port` needs `protocol` beside it @ port']],
    [
      'a field not allowed beside another',
      'selector: {protocol: icmp, port: 1}',
      ['E210 `port` is not allowed here @ port'],
    ],
    [
      'a text where a reference belongs',
      'secret: hunter2',
      ['E202 `secret` holds a secret instead of saying where it is @ hunter2'],
    ],
  ])('%s', (_, line, expected) => {
    expect(findings(`${base}${line}\n`)).toEqual(expected)
  })

  it.each([
    ['kind: Test\n', ['E201 a manifest needs the field `mode` @ kind']],
    ['kind: Test\nmodee: gateway\n', ['E200 unknown field `modee` @ modee']],
    ['kind: Test\nmode: getaway\n', ['E204 `getaway` is not a value of `mode` @ getaway']],
    ['kind: Test\nmode: gateway\nsecret: {}\n', ['E201 `secret` needs the field `env` @ secret']],
  ])('%j', (text, expected) => {
    expect(findings(text)).toEqual(expected)
  })

  it('eight mistakes are eight findings', () => {
    const text = `kind: Test
modee: gateway
port: 0
networks: [x, y, 1.2.3.4]
lifetime: 8
method: {}
remote: [z]
enabled: yes
`
    expect(findings(text)).toHaveLength(8)
  })
})

describe('help', () => {
  const helpOf = (line: string) => {
    const [document] = readDocuments({ path: 'a.yaml', text: `${base}${line}\n` }).documents
    const [finding] = validateDocument(document!, schema).diagnostics
    return [finding!.label, finding!.help]
  }

  it.each([
    ['prot: 1', [undefined, 'did you mean `port`?']],
    ['secret:', ['it is empty', 'name a variable']],
    ['secret: {env: X, value: hunter2}', [undefined, 'name a variable']],
    ['secret: {en: X}', [undefined, 'did you mean `env`?']],
    ['method: {foo: 1}', [undefined, '`method` has the fields `kerberos` or `anonymous`']],
    ['networks: [x]', ['no network', 'write address/bits']],
    ['lifetime: 8', ['this is a number', 'for example `8h`']],
    ['lifetime: 8d', [undefined, 'for example `8h`']],
    ['description: 8', ['this is a number', 'put it in quotes: "8"']],
    ['enabled: yes', ['this is text', 'YAML 1.2 has only `true` and `false`']],
    ['port: "80"', ['this is text', 'remove the quotes']],
    ['networks: 1.2.3.4', ['this is text', 'write it as a list: [1.2.3.4]']],
  ])('%s', (line, expected) => {
    expect(helpOf(line)).toEqual(expected)
  })
})

describe('broken values', () => {
  const validate = (text: string) => {
    const [document] = readDocuments({ path: 'a.yaml', text }).documents
    return validateDocument(document!, schema)
  }

  it('names every value that nobody should look at again', () => {
    const { broken } = validate('kind: Test\nport: x\nremote: [y, 1.2.3.4]\nfoo: 1\n')

    expect([...broken].sort()).toEqual(['/foo', '/mode', '/port', '/remote/0'])
  })

  it('keeps what YAML found and does not report it again', () => {
    const { diagnostics, broken } = validate(`${base}networks: [1.2.3.4, !t x]\nport: 1e999\n`)

    expect(diagnostics).toEqual([])
    expect([...broken].sort()).toEqual(['/networks/1', '/port'])
  })

  it('marks the text of a key written into the manifest', () => {
    const { diagnostics } = validate(`${base}secret: hunter2\n`)

    expect(diagnostics[0]!.secrets!.map(({ file, start, end }) => file.text.slice(start, end))).toEqual(['hunter2'])
    expect(JSON.stringify({ ...diagnostics[0], span: undefined, secrets: undefined })).not.toContain('hunter2')
  })

  it('marks what stands in a field that may be a misspelt secret', () => {
    const [finding] = validate(`${base}secrte: hunter2\n`).diagnostics

    expect(finding!.help).toBe('did you mean `secret`?')
    expect(finding!.secrets!.map(({ file, start, end }) => file.text.slice(start, end))).toEqual(['hunter2'])
  })

  it('finds its way among very many mistakes', () => {
    const text = base + Array.from({ length: 5_000 }, (_, i) => `f${i}: 1\n`).join('')

    expect(validate(text).diagnostics).toHaveLength(5_000)
  })
})
