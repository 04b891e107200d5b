import { describe, expect, it } from 'vitest'
import { type Diagnostic, positionOf, type SourceFile } from '../../../src/base/index.ts'
import { renderDiagnostics } from '../../../src/cli/render/frames.ts'
import { diagnosticsToJson } from '../../../src/cli/render/index.ts'
import { kindsByName } from '../../../src/kinds/index.ts'
import { loadDesired } from '../../../src/manifest/load.ts'
import { Memory } from '../../../src/manifest/memory.ts'
import { knowTemplates } from '../../../src/manifest/templated.ts'

const TEMPLATE = `apiVersion: wfpctl/v1alpha1
kind: TunnelTemplate
metadata: { name: branch }
spec:
  parameters:
    required: [site, remote, networks]
    properties:
      site: { type: string, pattern: '^[a-z0-9]+$' }
      remote: { type: string }
      networks: { type: array, items: { type: string } }
      hours: { type: integer, default: 1, maximum: 24 }
      note: { type: string }
      virtual: { type: boolean, default: false }
  template:
    metadata: { name: 'hq-\${site}', labels: { site: '\${site}', cost: '$\${free}' } }
    spec:
      description: \${note}
      mode: gateway
      keyModule: ikev2
      virtualInterface: '\${virtual}'
      endpoints: { local: 203.0.113.10, remote: '\${remote}' }
      traffic: { local: [10.1.0.0/16], remote: '\${networks}' }
      quickMode:
        proposals:
          - { esp: { aead: aes256gcm }, lifetime: { time: '\${hours}h' } }
`
const envelope = (spec: string, metadata = 'name: branches') =>
  `apiVersion: wfpctl/v1alpha1\nkind: TunnelInstances\nmetadata: { ${metadata} }\nspec: ${spec}\n`
const FROM_FILE = (name: string) => envelope(`{ template: branch, file: ${name} }`)
const INLINE = (...rows: readonly string[]) =>
  envelope(`\n  template: branch\n  rows:\n${rows.map((row) => `    - ${row}\n`).join('')}`)

/** @param more other files: path → text; those in `values/` are the values of a host */
async function load(
  instances: string,
  more: { readonly [path: string]: string } = {},
  template = TEMPLATE,
  memory?: Memory,
) {
  const manifests = [
    { path: 'template.yaml', text: template },
    { path: 'branches.yaml', text: instances },
  ]
  const others = Object.entries(more).map(
    ([path, text]): SourceFile => ({
      path,
      text,
      holds: path.startsWith('values/') ? 'values' : 'rows',
    }),
  )
  await knowTemplates(manifests)
  return loadDesired([...manifests, ...others], kindsByName, memory)
}

/** `E223 sites.csv:2:8 what is wrong; a note`. */
function told({ code, span, message, notes = [] }: Diagnostic): string {
  const { line, column } = positionOf(span!.file, span!.start)
  return [`${code} ${span!.file.path}:${line}:${column} ${message}`, ...notes].join('; ')
}

const findings = async (...args: Parameters<typeof load>) => (await load(...args)).diagnostics.map(told)

const CSV = 'site,remote,networks\nparis,198.51.100.7,10.2.0.0/16\nrome,198.51.100.8,10.3.0.0/16 10.4.0.0/16\n'

describe('what is remembered of a row', () => {
  it('says nothing of a row that is broken where that one was empty', async () => {
    const template = TEMPLATE.replace('note:', 'pfs: { type: string, enum: [dh14] }\n      note:').replace(
      'quickMode:',
      "quickMode:\n        pfs: '${pfs}'",
    )
    const saved = new Map<string, string>()
    const results = {
      get: (key: string) => saved.get(key),
      put: (key: string, text: string) => void saved.set(key, text),
      save: () => {},
    }
    const loaded = async (pfs: string, memory?: Memory) => {
      const csv = `site,remote,networks,pfs\nparis,198.51.100.7,10.2.0.0/16,${pfs}\n`
      const { desired, diagnostics } = await load(FROM_FILE('sites.csv'), { 'sites.csv': csv }, template, memory)
      return [desired.resources.map(({ name }) => name), diagnostics.map(told)]
    }

    expect(await loaded('', new Memory({ texts: results, trees: results }))).toEqual([['hq-paris'], []])
    expect(saved.size).toBeGreaterThan(0)
    expect(await loaded('foo', new Memory({ texts: results, trees: results }))).toEqual(await loaded('foo'))
    expect((await loaded('foo'))[0]).toEqual([])
  })
})

describe('a table', () => {
  const shown = async (...args: Parameters<typeof load>) => {
    const { desired, diagnostics } = await load(...args)
    expect(diagnostics).toEqual([])
    return desired.resources.map(({ name, spec }) => {
      const { endpoints, traffic, quickMode } = spec as Record<string, Record<string, unknown>>
      const [{ lifetime }] = quickMode!.proposals as [{ lifetime: { time: string } }]
      return [name, endpoints!.remote, traffic!.remote, lifetime.time]
    })
  }
  const both = [
    ['hq-paris', '198.51.100.7', ['10.2.0.0/16'], '1h'],
    ['hq-rome', '198.51.100.8', ['10.3.0.0/16', '10.4.0.0/16'], '1h'],
  ]

  it.each([
    ['CSV', 'sites.csv', CSV],
    ['CSV with a byte order mark, which reading drops, and CRLF', 'sites.csv', CSV.replaceAll('\n', '\r\n')],
    ['CSV with semicolons', 'sites.csv', CSV.replaceAll(',', ';')],
    ['CSV that says what separates it', 'sites.csv', `sep=|\r\n${CSV.replaceAll(',', '|')}`],
    ['CSV with tabs', 'sites.tsv', CSV.replaceAll(',', '\t')],
    ['CSV without a last line end', 'sites.csv', CSV.trimEnd()],
    [
      'CSV with quotes and blanks',
      'sites.csv',
      CSV.replace('10.3.0.0/16 10', '  "10.3.0.0/16, 10').replace('4.0.0/16\n', '4.0.0/16" \n'),
    ],
    ['CSV with empty lines, as spreadsheets leave them', 'sites.csv', `${CSV}\n,,\n,,,,\n`],
    [
      'CSV with its columns in another order',
      'sites.csv',
      'hours,networks,remote,site\n,10.2.0.0/16,198.51.100.7,paris\n1,10.3.0.0/16 10.4.0.0/16,198.51.100.8,rome\n',
    ],
    [
      'YAML',
      'sites.yaml',
      '- { site: paris, remote: 198.51.100.7, networks: [10.2.0.0/16] }\n- site: rome\n  remote: 198.51.100.8\n  networks: [10.3.0.0/16, 10.4.0.0/16]\n  note:\n',
    ],
    [
      'JSON',
      'sites.json',
      '[\n\t{"site": "paris", "remote": "198.51.100.7", "networks": ["10.2.0.0/16"], "note": null},\n\t{"site":"rome","remote":"198.51.100.8","networks":["10.3.0.0/16","10.4.0.0/16"]}\n]\n',
    ],
  ])('is %s', async (_what, name, text) => {
    expect(await shown(FROM_FILE(name), { [name]: text })).toEqual(both)
  })

  it('stands in the manifest itself', async () => {
    const rows = [
      '{ site: paris, remote: 198.51.100.7, networks: [10.2.0.0/16] }',
      '{ site: rome, remote: 198.51.100.8, networks: [10.3.0.0/16, 10.4.0.0/16] }',
    ]

    expect(await shown(INLINE(...rows))).toEqual(both)
  })

  it('may be empty', async () => {
    expect(await shown(FROM_FILE('sites.csv'), { 'sites.csv': 'site,remote,networks\n' })).toEqual([])
    expect(await shown(envelope('{ template: branch, rows: [] }'))).toEqual([])
  })

  it('gives text as it is written, and what is no text as its parameter says', async () => {
    const csv = 'site;remote;networks;hours;virtual;note\n007;198.51.100.7;10.2.0.0/16;12;TRUE;1e3\n'
    const { desired } = await load(FROM_FILE('sites.csv'), { 'sites.csv': csv })

    const [{ name, labels, spec }] = desired.resources as [(typeof desired.resources)[0]]
    expect([name, labels]).toEqual(['hq-007', { site: '007', cost: '${free}' }])
    expect(spec).toMatchObject({
      virtualInterface: true,
      description: '1e3',
      quickMode: { proposals: [{ lifetime: { time: '12h' } }] },
    })
  })

  it('leaves out what is not given and has no default', async () => {
    const { desired } = await load(FROM_FILE('sites.csv'), { 'sites.csv': CSV })

    expect(desired.resources.map(({ spec }) => 'description' in spec)).toEqual([false, false])
  })
})

describe('set and labels of the instances', () => {
  const row = '{ site: paris, remote: 198.51.100.7, networks: [10.2.0.0/16] }'
  const set = 'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: vpn }\nspec: { prune: true }\n---\n'

  it('are those of each tunnel, as far as the template has none', async () => {
    const text =
      set + INLINE(row).replace('name: branches', 'name: branches, set: vpn, labels: { region: emea, cost: much }')
    const { desired, diagnostics } = await load(text)

    expect(diagnostics).toEqual([])
    expect(desired.resources.map(({ set, labels }) => [set, labels])).toEqual([
      ['vpn', { region: 'emea', site: 'paris', cost: '${free}' }],
    ])
  })

  it('give way to those of the template', async () => {
    const text = set + INLINE(row).replace('name: branches', 'name: branches, set: other')
    const found = await findings(text, {}, TEMPLATE.replace("name: 'hq", "set: vpn, name: 'hq"))

    expect(found).toEqual(['E126 branches.yaml:8:34 set `other` has no TunnelSet document'])
  })
})

describe('values of a host', () => {
  const WITHOUT = INLINE(
    '{ site: paris, networks: [10.2.0.0/16] }',
    '{ site: rome, networks: [10.3.0.0/16], remote: 198.51.100.8 }',
  )
  const remotes = async (...args: Parameters<typeof load>) => {
    const { desired, diagnostics } = await load(...args)
    expect(diagnostics).toEqual([])
    return desired.resources.map(({ spec }) => (spec.endpoints as { remote: string }).remote)
  }

  it('are those of each row that does not give its own', async () => {
    expect(await remotes(WITHOUT, { 'values/host.yaml': 'remote: 192.0.2.1\n' })).toEqual(['192.0.2.1', '198.51.100.8'])
    const csv = { 'sites.csv': 'site,networks\nparis,10.2.0.0/16\n', 'values/host.json': '{"remote": "192.0.2.1"}' }
    expect(await remotes(FROM_FILE('sites.csv'), csv)).toEqual(['192.0.2.1'])
  })

  it('come before a default', async () => {
    const { desired } = await load(FROM_FILE('sites.csv'), { 'sites.csv': CSV, 'values/host.yaml': 'hours: 3\n' })

    expect(desired.resources.map(({ spec }) => spec.quickMode)).toMatchObject([
      { proposals: [{ lifetime: { time: '3h' } }] },
      { proposals: [{ lifetime: { time: '3h' } }] },
    ])
  })

  it.each([
    [
      'that is wrong',
      'remote: 192.0.2.256\n',
      ['E223 values/host.yaml:1:9 `192.0.2.256` is not an IP address; filled into the template at template.yaml:21:49'],
    ],
    [
      'of another type',
      'remote: 7\n',
      ['E202 values/host.yaml:1:9 `remote` must be text; as the template asks for at template.yaml:9:7'],
    ],
    [
      'that no template takes',
      'remote: 192.0.2.1\nhuors: 3\n',
      ['W122 values/host.yaml:2:1 no template has a parameter `huors`'],
    ],
    [
      'that are a list',
      '- remote\n',
      [
        'E201 branches.yaml:7:7 `row` needs the field `remote`; as the template asks for at template.yaml:6:5',
        'E143 values/host.yaml:1:1 values/host.yaml is no mapping of parameters to values',
      ],
    ],
  ])('have a finding for one %s', async (_what, values, expected) => {
    expect(await findings(WITHOUT, { 'values/host.yaml': values })).toEqual(expected)
  })
})

describe('a table that is too wide', () => {
  it('is refused as a whole', async () => {
    const csv = `${'site;'.repeat(1_500)}\na;b\n`
    expect(await findings(FROM_FILE('sites.csv'), { 'sites.csv': csv })).toEqual([
      'E104 sites.csv:1:1 a table of 1501 columns; the limit is 1000',
    ])
  })
})

describe('a finding', () => {
  it.each([
    [
      'a value',
      CSV.replace('198.51.100.8', '198.51.100.800'),
      ['E223 sites.csv:3:6 `198.51.100.800` is not an IP address; filled into the template at template.yaml:21:49'],
    ],
    [
      'an item of a list',
      CSV.replace('10.4.0.0/16', '10.4.0.0/61'),
      ['E223 sites.csv:3:19 10.4.0.0/61 is not an IPv4 network; filled into the template at template.yaml:22:48'],
    ],
    [
      'a name inside a text',
      CSV.replace('rome', 'r'.repeat(70)),
      [
        `E123 sites.csv:3:1 \`hq-${'r'.repeat(56)}…\` is not a valid \`name\`; filled into the template at template.yaml:15:23`,
      ],
    ],
    [
      'a pattern',
      CSV.replace('rome', 'Rome'),
      ['E203 sites.csv:3:1 `Rome` is not a valid `site`; as the template asks for at template.yaml:8:7'],
    ],
    [
      'an empty cell that must not be',
      CSV.replace('198.51.100.8', ''),
      ['E201 sites.csv:3:1 `row` needs the field `remote`; as the template asks for at template.yaml:6:5'],
    ],
    [
      'a number that is none',
      'site,remote,networks,hours\nparis,198.51.100.7,10.2.0.0/16,"1,5"\n',
      ['E202 sites.csv:2:32 `hours` must be a whole number; as the template asks for at template.yaml:11:7'],
    ],
    [
      'a number that is too large',
      'site,remote,networks,hours\nparis,198.51.100.7,10.2.0.0/16,25\n',
      ['E205 sites.csv:2:32 `hours` must be at most 24; as the template asks for at template.yaml:11:7'],
    ],
    [
      'two rows with one name',
      `${CSV}paris,198.51.100.9,10.9.0.0/16\n`,
      [
        'E124 sites.csv:4:1 a second IPsecTunnel/hq-paris; first declared at sites.csv:2:1; filled into the template at template.yaml:15:23',
      ],
    ],
    [
      'an unknown column, once',
      CSV.replace('networks', 'networks,hourz').replaceAll('/16\n', '/16,1\n'),
      ['E200 sites.csv:1:22 unknown field `hourz`; as the template asks for at template.yaml:7:5'],
    ],
    [
      'a column that is misspelt, once',
      CSV.replace('remote', 'remot'),
      ['E200 sites.csv:1:6 unknown field `remot`; as the template asks for at template.yaml:7:5'],
    ],
    [
      'a column that is missing, once',
      CSV.replace(/,[^,\n]*$/gm, ''),
      ['E201 sites.csv:1:1 `header` needs the field `networks`; as the template asks for at template.yaml:6:5'],
    ],
    [
      'a column that is given twice',
      CSV.replace('networks', 'networks,site').replaceAll('/16\n', '/16,x\n'),
      ['E112 sites.csv:1:22 the column `site` is given twice'],
    ],
    [
      'a row that is too short',
      `${CSV}oslo,198.51.100.9\n`,
      ['E143 sites.csv:4:1 this row has 2 cells, and the header names 3'],
    ],
    [
      'a cell too many',
      CSV.replace('7,10', '7,,10'),
      ['E143 sites.csv:2:21 this row has 4 cells, and the header names 3'],
    ],
    [
      'quotes that never end',
      CSV.replace('rome', '"rome'),
      ['E143 sites.csv:3:1 the quotes of this cell are never closed'],
    ],
    [
      'quotes that end too soon',
      CSV.replace('rome', '"ro"me'),
      ['E143 sites.csv:3:1 something stands behind the quotes of this cell'],
    ],
    [
      'a quote inside a cell',
      CSV.replace('198.51.100.8', '198"51'),
      ['E143 sites.csv:3:6 a quote stands inside this cell'],
    ],
    ['nothing at all', ' \n', ['E143 sites.csv:1:1 sites.csv has no header']],
  ])('points at the cell and names the template: %s', async (_what, csv, expected) => {
    expect((await findings(FROM_FILE('sites.csv'), { 'sites.csv': csv })).sort()).toEqual([...expected].sort())
  })

  const GOOD = { 'sites.csv': CSV }
  it.each([
    [
      'a value',
      ['mode: gateway', 'mode: gatway'],
      ['E204 template.yaml:18:13 `gatway` is not a value of `mode`; for the row at sites.csv:2:1'],
    ],
    [
      'an unknown field',
      ['keyModule: ikev2', 'keyModule: ikev2\n      keyModul: x'],
      ['E200 template.yaml:20:7 unknown field `keyModul`; for the row at sites.csv:2:1'],
    ],
    [
      'a missing field',
      ['      mode: gateway\n', ''],
      ['E201 template.yaml:16:5 `spec` needs the field `mode`; for the row at sites.csv:2:1'],
    ],
    [
      'a placeholder that names nothing',
      ["remote: '\\${networks}'", "remote: '\\${network}'"],
      ['E141 template.yaml:22:48 there is no parameter `network`'],
    ],
    [
      'no placeholder',
      ["'\\${remote}'", "'\\${remote + 1}'"],
      ['E141 template.yaml:21:49 `\\${remote + 1}` is no placeholder'],
    ],
    [
      'a placeholder that is not closed',
      ["'\\${remote}'", "'\\${remote'"],
      ['E141 template.yaml:21:49 `\\${` is no placeholder'],
    ],
    [
      'a list inside a text',
      ["'\\${remote}'", "'a \\${networks}'"],
      ['E141 template.yaml:21:49 `networks` is a list, and stands inside a text'],
    ],
    [
      'what may be absent inside a text',
      ["'\\${remote}'", "'a \\${note}'"],
      ['E141 template.yaml:21:49 `note` may be absent, and stands inside a text'],
    ],
    [
      'a requirement of nothing',
      ['required: [site,', 'required: [sites,'],
      ['E141 template.yaml:6:16 there is no parameter `sites`'],
    ],
    [
      'a default of another type',
      ['default: 1,', 'default: one,'],
      ['E202 template.yaml:11:40 `hours` must be a whole number'],
    ],
    [
      'a pattern that is none',
      ["'^[a-z0-9]+$'", "'['"],
      ['E140 template.yaml:8:38 this pattern cannot be used: unterminated character class'],
    ],
    [
      'a pattern that may run for ever',
      ["'^[a-z0-9]+$'", "'^(?=a)+$'"],
      ['E140 template.yaml:8:38 this pattern cannot be used: cannot be executed in linear time'],
    ],
    [
      'a name that no parameter can have',
      ['note: {', '__proto__: { type: string }\n      note: {'],
      ['E123 template.yaml:12:7 `__proto__` cannot name a parameter'],
    ],
    [
      'a keyword that parameters do not have',
      ['maximum: 24', '$ref: "#"'],
      ['E200 template.yaml:11:43 unknown field `$ref`'],
    ],
  ])('points at the line of the template: %s', async (_what, [from, to], expected) => {
    const unescaped = (text: string) => text.replaceAll('\\$', '$')
    const template = TEMPLATE.replace(unescaped(from!), () => unescaped(to!))
    expect(template).not.toBe(TEMPLATE)

    const found = await findings(FROM_FILE('sites.csv'), GOOD, template)

    expect(found).toEqual(expected.map(unescaped))
  })

  it.each([
    [
      'of rows with a field too many, once',
      INLINE(
        '{ site: a, remote: 198.51.100.7, networks: [10.2.0.0/16], hourz: 1 }',
        '{ site: b, remote: 198.51.100.7, networks: [10.3.0.0/16], hourz: 1 }',
      ),
      [
        'E200 branches.yaml:7:65 unknown field `hourz`; as the template asks for at template.yaml:7:5; the same in 1 more of the rows',
      ],
    ],
    [
      'of a number that should be text',
      INLINE('{ site: 007, remote: 198.51.100.7, networks: [10.2.0.0/16] }'),
      ['E202 branches.yaml:7:15 `site` must be text; as the template asks for at template.yaml:8:7'],
    ],
    ['of a row that is no mapping', INLINE('paris'), ['E202 branches.yaml:7:7 `rows[0]` must be a mapping']],
    [
      'of a key like a prototype',
      INLINE('{ site: a, remote: 198.51.100.7, networks: [10.2.0.0/16], __proto__: { x: 1 } }'),
      ['E200 branches.yaml:7:65 unknown field `__proto__`; as the template asks for at template.yaml:7:5'],
    ],
    [
      'of an unknown template',
      envelope('{ template: brunch, rows: [] }'),
      ['E142 branches.yaml:4:19 there is no TunnelTemplate `brunch`'],
    ],
    [
      'of neither rows nor a file',
      envelope('{ template: branch }'),
      ['E209 branches.yaml:4:1 `spec` needs one of `rows` or `file`'],
    ],
    ['of a spec that is none', envelope(''), ['E202 branches.yaml:4:1 `spec` must be a mapping']],
    ['of a spec that is a list', envelope('[]'), ['E202 branches.yaml:4:7 `spec` must be a mapping']],
    [
      'of both',
      envelope('{ template: branch, rows: [], file: a.csv }'),
      ['E209 branches.yaml:4:37 `rows` and `file` exclude each other'],
    ],
    ['of a file that is not there', FROM_FILE('nowhere.csv'), ['E143 branches.yaml:4:33 nowhere.csv was not given']],
    ['of an absolute path', FROM_FILE('/etc/passwd'), ['E203 branches.yaml:4:33 `/etc/passwd` is not a valid `file`']],
    [
      'of YAML that is no list',
      FROM_FILE('sites.yaml'),
      ['E143 sites.yaml:1:1 sites.yaml holds no list of rows'],
      { 'sites.yaml': 'site: paris\n' },
    ],
    [
      'of YAML with two documents',
      FROM_FILE('sites.yaml'),
      ['E143 sites.yaml:3:1 sites.yaml holds more than one document'],
      { 'sites.yaml': '- {}\n---\n- {}\n' },
    ],
    [
      'of JSON that is broken off',
      FROM_FILE('sites.json'),
      ['E110 sites.json:1:1 this `[` is never closed'],
      { 'sites.json': '[{"site": "a"}' },
    ],
  ])('tells %s', async (_what, instances, expected, more?: object) => {
    const found = await findings(instances, more as { readonly [path: string]: string } | undefined)

    expect(found).toEqual(expected)
  })

  it('of the template alone is told once, however many rows there are', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `s${i},198.51.100.${i},10.${i}.0.0/16`)
    const csv = `site,remote,networks\n${rows.join('\n')}\n`

    const found = await findings(FROM_FILE('sites.csv'), { 'sites.csv': csv }, TEMPLATE.replace('ikev2', 'ikev3'))

    expect(found.filter((one) => one.startsWith('E'))).toEqual([
      'E204 template.yaml:19:18 `ikev3` is not a value of `keyModule`; for the row at sites.csv:2:1',
    ])
  })
})

describe('a waiver in a template', () => {
  const weak = TEMPLATE.replace('{ aead: aes256gcm }', '{ encryption: 3des, integrity: sha1 }')
  const waived = weak.replace(
    'labels: {',
    "waive: [{ code: W220, reason: an old peer, until: '2999-01-01' }], labels: {",
  )

  it('answers for each of its tunnels, and is needed when one needs it', async () => {
    expect(
      (await findings(FROM_FILE('sites.csv'), { 'sites.csv': CSV }, weak)).map((one) => one.slice(0, 4)),
    ).toContain('W220')
    expect(await findings(FROM_FILE('sites.csv'), { 'sites.csv': CSV }, waived)).toEqual([])
  })

  it('that none of them needs is told once', async () => {
    const idle = TEMPLATE.replace(
      'labels: {',
      "waive: [{ code: W220, reason: an old peer, until: '2999-01-01' }], labels: {",
    )

    expect((await findings(FROM_FILE('sites.csv'), { 'sites.csv': CSV }, idle)).map((one) => one.slice(0, 4))).toEqual([
      'W120',
    ])
  })
})

describe('a key in a table', () => {
  const template = TEMPLATE.replace('note: { type: string }', "psk: { type: string, pattern: '^x' }")
    .replace('${note}', 'x')
    .replace('      quickMode:', "      mainMode: { authentication: [{ presharedKey: '${psk}' }] }\n      quickMode:")
  const csv = (key: string) => `site,remote,networks,psk\nparis,198.51.100.7,10.2.0.0/16,${key}\n`

  it.each([
    ['as it is', csv('xhunter2')],
    ['that is not what its parameter is to be', csv('hunter2')],
    ['behind another finding', csv('xhunter2').replace('198.51.100.7', '198.51.100.777')],
    ['in a row that cannot be read', csv('xhunter2').replace('paris', '"paris')],
    ['in a cell too many', csv('xhunter2').replace('paris', 'paris,')],
    ['behind a line that says what separates cells', `sep=,\n${csv('xhunter2').replace('psk', '"psk"')}`],
  ])('is an error, and is shown nowhere: %s', async (_what, text) => {
    const { diagnostics } = await load(FROM_FILE('sites.csv'), { 'sites.csv': text }, template)

    expect(diagnostics.filter(({ severity }) => severity === 'error')).not.toEqual([])
    expect(renderDiagnostics(diagnostics, { color: false })).not.toContain('hunter2')
    expect(JSON.stringify(diagnosticsToJson(diagnostics))).not.toContain('hunter2')
  })

  it('shows names of variables', async () => {
    const text = csv('PARIS_PSK').replace('psk', 'psk_env').replace('198.51.100.7', '198.51.100.777')
    const { diagnostics } = await load(
      FROM_FILE('sites.csv'),
      { 'sites.csv': text },
      TEMPLATE.replace('note:', 'psk_env:').replace('${note}', '${psk_env}'),
    )

    expect(renderDiagnostics(diagnostics, { color: false })).toContain('2 | paris,198.51.100.777,10.2.0.0/16,PARIS_PSK')
  })
})

describe('hostile tables', () => {
  it('never make more than a document may hold', async () => {
    const csv = `site,remote,networks,note\nparis,198.51.100.7,10.2.0.0/16,${'x'.repeat(249_990)}\n`

    const found = await findings(FROM_FILE('sites.csv'), { 'sites.csv': csv })

    expect(found.map((one) => one.replace(/\d{6}/, 'N'))).toEqual([
      'E104 sites.csv:2:1 the template makes N characters of this row; the limit is 250000',
    ])
  })

  it('never hold more rows than can be made', async () => {
    const csv = `site,remote,networks\n${'a,b,c\n'.repeat(100_001)}`

    expect(await findings(FROM_FILE('sites.csv'), { 'sites.csv': csv })).toEqual([
      'E104 sites.csv:1:1 a table of 100001 rows; the limit is 100000',
    ])
  })

  it('cannot keep a pattern busy', async () => {
    const template = TEMPLATE.replace('^[a-z0-9]+', '^(a+)+')
    const csv = CSV.replace('rome', `${'a'.repeat(60)}!`)

    const found = await findings(FROM_FILE('sites.csv'), { 'sites.csv': csv }, template)

    expect(found.map((one) => one.slice(0, 18))).toEqual(['E203 sites.csv:2:1', 'E203 sites.csv:3:1'])
  })
})
