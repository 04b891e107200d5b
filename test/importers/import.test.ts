/**
 * Imports of files as their tools write them. What Windows itself exports is shaped after the documentation of its CIM classes: there is no
 * PowerShell where these tests run.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionOf, type SourceFile } from '../../src/base/index.ts'
import { renderDiagnostics } from '../../src/cli/render/frames.ts'
import { type Imported, type ImportTool, importFrom, SOURCES, yamlOf } from '../../src/importers/import.ts'
import { FIELD_WORDS } from '../../src/importers/words.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/index.ts'

const FOLDER = 'test/fixtures/import'
const file = (name: string): SourceFile => ({ path: name, text: readFileSync(join(FOLDER, name), 'utf8') })
const beside = (pattern: string) => (pattern === 'conf.d/*.conf' ? [file('conf.d/partner.conf')] : 'it lies elsewhere')

function imported(
  tool: ImportTool,
  files: readonly SourceFile[],
  fill: readonly (readonly [string, string])[] = [],
): Imported {
  return importFrom(tool, files, { fill: new Map(fill), beside })
}

const CASES: readonly (readonly [name: string, tool: ImportTool, files: readonly string[]])[] = [
  ['firewall.json', 'netipsec', ['firewall.json']],
  ['rules.ps1', 'netipsec', ['rules.ps1']],
  ['rules.cmd', 'netipsec', ['rules.cmd']],
  ['swanctl.conf', 'swanctl', ['swanctl.conf']],
  ['connection.json', 'azure', ['connection.json', 'gateways.json']],
  ['template.json', 'azure', ['template.json']],
]
const runs = CASES.map(([name, tool, files]) => ({ name, tool, files, ...imported(tool, files.map(file)) }))

/** What users see of an import, whatever they ask for. */
const surfaces = ({ manifests, entries, diagnostics }: Imported): string =>
  [yamlOf(manifests), JSON.stringify({ manifests, entries }), renderDiagnostics(diagnostics, { color: false })].join(
    '\n',
  )

describe.each(runs)('$name', ({ name, manifests, entries, diagnostics }) => {
  it('becomes these manifests', async () => {
    expect(manifests.length).toBeGreaterThan(0)
    await expect(yamlOf(manifests)).toMatchFileSnapshot(`../fixtures/import/expected/${name}.yaml`)
  })

  it('becomes manifests that validate', () => {
    const read = loadDesired([{ path: 'import.yaml', text: yamlOf(manifests) }], kindsByName)

    expect(read.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(read.desired.resources.length).toBe(manifests.length)
  })

  it('tells of every value where it stands and what became of it', async () => {
    const told = entries.map(({ file: path, line, word, value = '', outcome, field = '', note = '' }) =>
      [outcome.padEnd(11), `${path}:${line}`, word, value, field, note].join(' | '),
    )
    const left = diagnostics.map(({ code, message }) => `${code} ${message}`)

    await expect(`${[...told, ...left].join('\n')}\n`).toMatchFileSnapshot(`../fixtures/import/expected/${name}.txt`)
  })
})

describe('every import', () => {
  it('is of a tool that has one', () => {
    expect(new Set(CASES.map(([, tool]) => tool))).toEqual(new Set(Object.keys(SOURCES)))
  })

  it('leaves no key on any surface, wherever the source has one', () => {
    const keys = readdirSync(FOLDER)
      .filter((name) => /[.](?:json|ps1|cmd|conf)$/.test(name))
      .flatMap((name) => readFileSync(join(FOLDER, name), 'utf8').match(/S3cret[^"'\n]*/g) ?? [])

    expect(keys.length).toBeGreaterThan(4)
    for (const key of keys) for (const run of runs) expect(surfaces(run)).not.toContain(key)
  })

  it('names a value that it does not know, and shows nothing of it', () => {
    const text = file('firewall.json').text.replace('"Mode": 2,', '"Mode": 2, "NewInWindows13": "what-it-says",')
    const { entries, manifests } = imported('netipsec', [{ path: 'firewall.json', text }])

    const entry = entries.find(({ word }) => word === 'NewInWindows13')
    expect(entry).toMatchObject({ outcome: 'not-carried', line: 17 })
    expect(JSON.stringify(entries)).not.toContain('what-it-says')
    expect(manifests[0]?.comments).toContainEqual(expect.stringContaining('NewInWindows13: not carried'))
  })

  it('gives tunnels of one title names of their own', () => {
    const text = file('firewall.json').text.replace(
      '"DisplayName": "Database over TLS (partner)"',
      '"DisplayName": "HQ to Dallas"',
    )
    const { manifests } = imported('netipsec', [{ path: 'firewall.json', text }])

    expect(manifests.map(({ document }) => (document.metadata as { name: string }).name)).toEqual([
      'hq-to-dallas',
      'hq-to-dallas-2',
      'between-the-laboratories',
    ])
  })
})

describe('the table of words', () => {
  const met = new Set(
    runs.flatMap(({ entries }) =>
      entries.flatMap(({ word, outcome, field }) => (outcome !== 'not-carried' && field ? [word.toLowerCase()] : [])),
    ),
  )

  it('promises nothing that no importer does', () => {
    const promised = FIELD_WORDS.filter(({ tool, field }) => tool !== 'ipsec.conf' && field !== undefined)
    const kept = (word: string): boolean =>
      met.has(word.toLowerCase()) ||
      SAME.some((words) => words.includes(word) && words.some((one) => met.has(one.toLowerCase())))

    expect(promised.map(({ word }) => word).filter((word) => !kept(word))).toEqual([])
  })
})

/** Two names of one thing, of which a file has one. */
const SAME: readonly (readonly string[])[] = [
  ['-Name', '-ID', '-IPsecRuleName', '-DisplayName'],
  ['-PerfectForwardSecrecyGroup', '-PfsGroup'],
  ['-EKUs', '-ExtendedKeyUsage'],
  ['saLifeTimeSeconds', 'saLifetimeSeconds'],
  ['auth1ca', 'auth1ecdsap256ca', 'auth1ecdsap384ca'],
  ['cacerts', 'cacert'],
  ['GroupID', 'GroupId'],
  // what stands in them are the proposals
  ['-Proposal', 'Proposals', 'proposals'],
]

/** A line and a column, and the beginning of what is said. */
function refusals(tool: ImportTool, text: string): string[] {
  const { diagnostics, manifests } = imported(tool, [{ path: 'f', text }])
  expect(manifests).toEqual([])
  return diagnostics.map(({ code, span, message }) => {
    const { line, column } = positionOf(span!.file, span!.start)
    return `${code} ${line}:${column} ${message}`
  })
}

const RULE = "New-NetIPsecRule -DisplayName 'a' -Mode Tunnel"

const NETSH =
  'netsh advfirewall consec add rule name=x mode=tunnel endpoint1=10.1.0.0/16 endpoint2=10.2.0.0/16 localtunnelendpoint=203.0.113.1 remotetunnelendpoint=198.51.100.7 action=requireinrequireout'
const CONNECTION = (more: string) => `connections {
 a {
 local_addrs = 203.0.113.10
 remote_addrs = 198.51.100.7
 ${more}
 local { auth = psk }
 remote { auth = psk }
 children { net { local_ts = 10.1.0.0/16
   remote_ts = 10.2.0.0/16
   esp_proposals = aes256gcm16 } }
 }
}
`

describe('code in a script', () => {
  it.each([
    [
      'a variable',
      `${RULE} \`\n  -LocalAddress $local`,
      'E161 2:17 $local has a value when the script runs: write the value',
    ],
    [
      'a variable that is set',
      `$net = "10.1.0.0/16"\n${RULE}`,
      'E161 1:1 a variable stands for what a cmdlet of IPsec makes, and for nothing else',
    ],
    [
      'an environment variable',
      `${RULE} -LocalAddress $env:NET`,
      'E161 1:62 a variable has a value when the script runs: write the value',
    ],
    [
      'a variable in a string',
      `${RULE} -Description "of $site"`,
      'E161 1:61 a string in double quotes with $ or a backtick is put together when the script runs: write what comes out',
    ],
    ['a pipeline', `${RULE} | Out-Null`, 'E161 1:48 a pipeline would have to be run'],
    ['a loop', `foreach ($net in 1..3) { ${RULE} }`, 'E161 1:24 code would have to be run'],
    ['a block', `if ($true) { ${RULE} }`, 'E161 1:12 code would have to be run'],
    ['splatting', `New-NetIPsecRule @rule`, 'E161 1:18 a variable has a value when the script runs: write the value'],
    [
      'a command in a value',
      `${RULE} -LocalAddress (Get-Content nets.txt)`,
      'E161 1:63 a command in parentheses would have to be run',
    ],
    [
      'a property of a variable',
      `${RULE} -LocalAddress $set.Address[0]`,
      'E161 1:62 a variable has a value when the script runs',
    ],
    [
      'an unknown parameter',
      `${RULE} -LocalAdress 10.1.0.0/16`,
      'E161 1:48 New-NetIPsecRule has no parameter -LocalAdress',
    ],
    [
      'a variable of cmd',
      'netsh advfirewall consec add rule name=a endpoint1=%NET%',
      'E161 1:42 a variable has a value when the script runs: write the value',
    ],
    [
      'a second command',
      'netsh advfirewall consec add rule name=a mode=tunnel & echo done',
      'E161 1:54 a pipe, a second command or a redirection would have to be run',
    ],
  ])('is refused where it stands: %s', (_, text, said) => {
    const [first] = refusals('netipsec', text)
    expect(first).toMatch(new RegExp(`^${said.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`))
  })

  it('is refused at every place at once', () => {
    expect(
      refusals('netipsec', `${RULE} -LocalAddress $a\n${RULE} -LocalAddress $b\n`).map((said) => said.slice(0, 9)),
    ).toEqual(['E161 1:62', 'E161 2:62'])
  })
})

describe('a file that is broken', () => {
  it.each([
    ['azure', '{ "name": "a", }', 'E160 1:16 not JSON: a name in double quotes has to stand here'],
    ['azure', '{ "name": "a" ', 'E160 1:14 not JSON: the end is missing'],
    ['azure', '{ "name": a }', 'E160 1:11 not JSON: no value'],
    ['azure', '{ "name": "a", "name": "b" }', 'E160 1:16 not JSON: a name is given twice'],
    ['azure', '{ "name": "a" } 1', 'E160 1:16 not JSON: something follows the end'],
    ['azure', '{ "name": "a" }', 'E160 1:1 no connection of a VPN gateway is in it'],
    ['azure', '', 'E160 1:1 not JSON: the end is missing'],
    ['netipsec', '{ "rules": [] }', 'E160 1:1 not an export of the firewall: format wfpctl-netipsec/1 is missing'],
    ['swanctl', 'connections {\n  a {\n  }\n', 'E160 1:1 not swanctl.conf: the section connections is not closed'],
    ['swanctl', 'connections {\n}\n}\n', 'E160 3:1 not swanctl.conf: a brace closes no section'],
    ['swanctl', 'connections {\n  version 2\n}\n', 'E160 2:3 not swanctl.conf: neither a section nor a setting'],
    ['swanctl', 'a {\n  id = "open\n}\n', 'E160 2:8 not swanctl.conf: a string is not closed'],
    [
      'swanctl',
      'include /etc/swanctl/more.conf\n',
      'E160 1:1 not swanctl.conf: include /etc/swanctl/more.conf: it lies elsewhere',
    ],
    [
      'swanctl',
      'connections {\n  a : base {\n  }\n}\n',
      'E160 2:3 not swanctl.conf: it refers to base, which stands nowhere above',
    ],
  ] as const)('is refused where it breaks: %s %j', (tool, text, said) => {
    expect(refusals(tool, text)).toEqual([said])
  })
})

describe('a part of a value of which nothing becomes', () => {
  it.each<[string, ImportTool, string, string, string]>([
    [
      'an authority of several, and a word of it that nobody has',
      'netipsec',
      `${NETSH} auth1=computercert auth1ca="CN=A excludecaname:yes|CN=B"`,
      'auth1ca',
      'changed: nothing becomes of excludecaname:yes; nothing becomes of CN=B',
    ],
    [
      'a part of a proposal',
      'netipsec',
      `${NETSH} auth1=computercert qmsecmethods=esp:sha1-aes256+60min+foo`,
      'qmsecmethods',
      'changed: nothing becomes of foo',
    ],
    [
      'a second lifetime',
      'swanctl',
      CONNECTION('rekey_time = 4h\n reauth_time = 9h'),
      'reauth_time',
      'not-carried: Windows has one lifetime: the other is carried',
    ],
    ['a lifetime that is none', 'swanctl', CONNECTION('rekey_time = 4h30'), 'rekey_time', 'not-carried: it is no time'],
  ])('is told: %s', (_what, tool, text, wanted, said) => {
    const { entries, manifests } = imported(tool, [{ path: 'f', text }])
    expect(manifests).toHaveLength(1)
    const found = entries.filter(({ word }) => word === wanted)
    expect(found.map(({ outcome, note }) => `${outcome}: ${note}`)).toEqual([said])
  })

  it('is not the word for no: every one of strongSwan is known', () => {
    for (const no of ['no', 'false', '0', 'No']) {
      const text = CONNECTION('').replace('esp_proposals', `copy_df = ${no}\n   esp_proposals`)
      expect([no, yamlOf(imported('swanctl', [{ path: 'f', text }]).manifests)]).toEqual([
        no,
        expect.stringContaining('clearDfOnTunnel'),
      ])
    }
  })
})

describe('a hostile file', () => {
  const SHARED = (make: (i: number) => string) => Array.from({ length: 31 }, (_, i) => make(i + 1)).join('')

  it.each<[string, ImportTool, string, RegExp | undefined]>([
    [
      'sections that refer twice to what refers twice',
      'swanctl',
      `s0 {\n a = 1\n}\n${SHARED((i) => `s${i} {\n l : s${i - 1} { }\n r : s${i - 1} { }\n}\n`)}connections {\n}\n`,
      undefined,
    ],
    [
      'sets in the place of proposals',
      'netipsec',
      `$p0 = New-NetIPsecQuickModeCryptoProposal -Encryption AES256\n${SHARED((i) => `$p${i} = New-NetIPsecQuickModeCryptoSet -DisplayName x -Proposal $p${i - 1},$p${i - 1}\n`)}`,
      /^E161 3:63 \$p1 is no proposal/,
    ],
    ['more lines than a call has room for', 'netipsec', 'foo\n'.repeat(200_000), /^W160 1:1 foo is left out/],
    ['a word of nine megabytes', 'netipsec', 'x'.repeat(9_000_000), /^E160 1:1 a value in it is too long to be read/],
    ['a text of nine megabytes', 'azure', `{"a":"${'x'.repeat(9_000_000)}"}`, /^E160 1:1 a value in it is too long/],
    ['a setting of nine megabytes', 'swanctl', `a = ${'x'.repeat(9_000_000)}`, /^E160 1:1 a value in it is too long/],
    ['blank lines', 'netipsec', `${'\n'.repeat(300_000)}x`, /^W160 300001:1 x is left out/],
    ['a variable without end', 'netipsec', `$${'key'.repeat(100_000)}`, /^W160 1:1 /],
    ['a list without end', 'netipsec', `${RULE} -LocalAddress ${'a,'.repeat(150_000)}a`, /^W160 1:48 /],
  ])('is answered in time: %s', (_what, tool, text, said) => {
    const { diagnostics } = imported(tool, [{ path: 'f', text }])
    const [first] = diagnostics
    if (said === undefined || !first) return expect(diagnostics).toEqual([])
    const { line, column } = positionOf(first.span!.file, first.span!.start)
    expect(`${first.code} ${line}:${column} ${first.message}`).toMatch(said)
  })
})

describe('what the source does not say', () => {
  const conf =
    'connections {\n  a {\n    version = 2\n    local { auth = psk }\n    remote { auth = psk }\n    children { a { } }\n  }\n}\n'

  it('leaves the tunnel out, and says which option says it', () => {
    const { manifests, diagnostics } = imported('swanctl', [{ path: 'f', text: conf }])

    expect(manifests).toEqual([])
    expect(diagnostics).toMatchObject([
      {
        code: 'W160',
        message: '`a` is left out: the source does not say its endpoints.local',
        help: 'add --fill endpoints.local=…',
      },
    ])
  })

  it('is taken from --fill, and told', () => {
    const fill = [
      ['endpoints.local', '203.0.113.10'],
      ['endpoints.remote', '198.51.100.7'],
      ['traffic.local', '10.1.0.0/16,10.9.0.0/16'],
      ['traffic.remote', '10.2.0.0/16'],
    ] as const
    const { manifests } = imported('swanctl', [{ path: 'f', text: conf }], fill)

    expect(manifests[0]?.document.spec).toMatchObject({
      endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
      traffic: { local: ['10.1.0.0/16', '10.9.0.0/16'], remote: ['10.2.0.0/16'] },
    })
    expect(manifests[0]?.comments).toContain('endpoints.local was given on the command line')
  })
})

describe('keys of any text', () => {
  const key = fc
    .string({ unit: 'grapheme-ascii', minLength: 12, maxLength: 24 })
    .map((text) => `Kq${text.replace(/[\s"'`\\$%^]/g, 'x')}Z7`)
  const places: readonly (readonly [ImportTool, (key: string) => string])[] = [
    ['netipsec', (k) => file('firewall.json').text.replace('"S3cret-of-Dallas"', JSON.stringify(k))],
    ['azure', (k) => file('connection.json').text.replace('"S3cret-of-Azure"', JSON.stringify(k))],
    ['netipsec', (k) => file('rules.ps1').text.replace("'S3cret-of-Austin'", `'${k}'`)],
    [
      'netipsec',
      (k) => file('rules.ps1').text.replace("-PreSharedKey 'S3cret-of-Austin'", `-PreShared \`\n  "${k}" -Wrong 1`),
    ],
    ['netipsec', (k) => `$mykey = '${k}'\n${RULE}\n`],
    ['netipsec', (k) => file('rules.cmd').text.replace('"S3cret of Reno"', `"${k}"`)],
    ['netipsec', (k) => `netsh advfirewall consec add rule name=%NAME% auth1psk="${k}" mode=tunnel\n`],
    ['netipsec', (k) => `set PSK=${k}\nnetsh advfirewall consec add rule name=a auth1psk=%PSK%\n`],
    ['swanctl', (k) => file('swanctl.conf').text.replace('"S3cret # of {Dallas}"', `"${k}"`)],
    ['swanctl', (k) => `secrets { ike { secret = "${k}" }\nbroken`],
    ['swanctl', (k) => `secrets {\n  token1 {\n    pin = ${k}\n    handle = 77\n  }\n}\n`],
    ['swanctl', (k) => `secrets { token1 { pin = "${k}" }\nbroken`],
    ['azure', (k) => `{"value": "${k}"}`],
  ]

  it.each(places.map(([tool, at], i) => [i, tool, at] as const))('are on no surface: place %i, %s', (_, tool, at) => {
    fc.assert(
      fc.property(key, (text) => {
        expect(surfaces(imported(tool, [{ path: 'f', text: at(text) }]))).not.toContain(text)
      }),
      { numRuns: 30 },
    )
  })
})
