/** What people see who write manifests in an editor: the YAML language server with the published schemas, as VS Code and others run it. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { getLanguageService } from 'yaml-language-server'
import { kinds } from '../src/kinds/index.ts'
import { loadDesired } from '../src/manifest/load.ts'
import { readSchema } from '../src/manifest/schema/files.ts'
import { knowTemplates } from '../src/manifest/templated.ts'
import { exampleFiles, exampleNames } from './support/examples.ts'
import { KIND_NAMES } from './support/schemas.ts'

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))
const SCHEMA = new URL('../schemas/wfpctl.schema.json', import.meta.url).href

const server = getLanguageService({
  // nothing is fetched: the references of the schemas are files beside them
  schemaRequestService: async (uri: string) => readFileSync(fileURLToPath(uri), 'utf8'),
  workspaceContext: { resolveRelativePath: (relative: string, base: string) => new URL(relative, base).href },
})
server.configure({
  validate: true,
  completion: true,
  customTags: [],
  schemas: [{ uri: SCHEMA, fileMatch: ['*.yaml'] }],
})

let opened = 0
function open(text: string, uri = `file:///manifests/${opened}.yaml`): TextDocument {
  opened++
  return TextDocument.create(uri, 'yaml', opened, text)
}

/** `11:23 keep the key outside …` */
async function problemsOf(text: string, uri?: string): Promise<string[]> {
  const found = await server.doValidation(open(text, uri), false)
  return found.map(({ range, message }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`)
}

interface Snippet {
  readonly label: string
  readonly text: string
}

async function snippetsAt(text: string): Promise<Snippet[]> {
  const document = open(text)
  const { items } = await server.doComplete(document, document.positionAt(text.length), false)
  return items.filter(({ kind }) => kind === SNIPPET).map(({ label, insertText = '' }) => ({ label, text: insertText }))
}

/** CompletionItemKind.Snippet (language server protocol) */
const SNIPPET = 9 // as the server gives what stands in `defaultSnippets`

/** What a snippet is when every place is left as it is. */
function filled(snippet: string): string {
  return snippet.replace(/\$\{\d+[:|]([^},|]*)[^}]*\}/g, '$1').replaceAll('\\$', '$')
}

function errorsOf(text: string): string[] {
  const { diagnostics } = loadDesired([{ path: 'a.yaml', text }], KINDS)
  return diagnostics.map(({ code, message }) => `${code} ${message}`).filter((found) => !found.startsWith('E126'))
}

const HEAD = `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: hq }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.7 }
  traffic: { local: [10.1.0.0/16], remote: [10.2.0.0/16] }
`
const QUICK = '  quickMode:\n    proposals: [{ esp: { aead: aes256gcm } }]\n'
const MAIN = '  mainMode:\n    authentication: [{ presharedKey: { env: PSK } }]\n'

describe('an editor', () => {
  it.each(exampleNames)('has nothing to say to the example %s', async (name) => {
    for (const { path, text } of exampleFiles(name))
      expect([path, await problemsOf(text, new URL(`../${path}`, import.meta.url).href)]).toEqual([path, []])
  })

  it.each([
    [
      'a key written into the manifest',
      `${HEAD}  mainMode:\n    authentication:\n      - presharedKey: hunter2\n${QUICK}`,
      '11:23 keep the key outside and write { env: NAME }, { file: PATH } or { sops: FILE, key: a.b }; change the key, it is in the history now',
    ],
    [
      'a key written into the reference',
      `${HEAD}  mainMode:\n    authentication:\n      - presharedKey: { value: hunter2 }\n${QUICK}`,
      '11:25 keep the key outside and write { env: NAME }, { file: PATH } or { sops: FILE, key: a.b }; change the key, it is in the history now',
    ],
    [
      'a duration without its unit',
      `${HEAD}${MAIN}    proposals: [{ lifetime: 28800 }]\n${QUICK}`,
      '11:29 write a duration with its unit, e.g. 8h, 90s or 1h30m',
    ],
    [
      'a duration of another tool',
      `${HEAD}${MAIN}    retransmitFor: 8hours\n${QUICK}`,
      '11:20 write a duration with its unit, e.g. 8h, 90s or 1h30m',
    ],
    [
      'a name as an address',
      HEAD.replace('198.51.100.7', 'vpn.example.com') + QUICK,
      '7:45 write an address, e.g. 198.51.100.7',
    ],
    [
      'a network without its bits',
      HEAD.replace('[10.2.0.0/16]', '["10.2.0.0/"]') + QUICK,
      '8:45 write an address, a prefix or a range in quotes or plain, e.g. 10.1.0.0/16',
    ],
    [
      'one network that is no list',
      HEAD.replace('[10.2.0.0/16]', '10.2.0.0/16') + QUICK,
      '8:44 write a list, e.g. [10.2.0.0/16]',
    ],
    [
      'a word of another tool',
      HEAD.replace('gateway', 'transport') + QUICK,
      '5:9 Value is not accepted. Valid values: "gateway", "pointToPoint".',
    ],
    [
      'a duration where a mapping belongs',
      `${HEAD}  quickMode:\n    proposals: [{ esp: { aead: aes256gcm }, lifetime: 1h }]\n`,
      '10:55 Incorrect type. Expected "time, data and packets".',
    ],
  ])('says what to write instead of %s', async (_what, text, problem) => {
    expect(await problemsOf(text)).toEqual([problem])
  })
})

describe('a snippet', () => {
  it('is offered for each kind in an empty file, and is a manifest without a finding', async () => {
    const offered = await snippetsAt('')
    const template = filled(offered.find(({ label }) => label === 'TunnelTemplate')!.text)
    await knowTemplates([{ path: 'a.yaml', text: `${template}\nkind: Policy` }])

    expect(new Set(offered.map(({ label }) => label.split(' ')[0]))).toEqual(new Set<string | undefined>(KIND_NAMES))
    for (const { label, text } of offered) {
      // a table needs its template
      const whole = label === 'TunnelInstances' ? `${template}\n---\n${filled(text)}` : filled(text)
      expect([label, errorsOf(whole)]).toEqual([label, []])
      expect([label, await problemsOf(filled(text))]).toEqual([label, []])
    }
  })

  it.each([
    ['authentication', `${HEAD}${QUICK}  mainMode:\n    authentication:\n      - `],
    ['proposals of main mode', `${HEAD}${QUICK}${MAIN}    proposals:\n      - `],
    ['proposals of quick mode', `${HEAD}  quickMode:\n    proposals:\n      - `],
  ])('is offered for %s, and is taken there', async (_where, text) => {
    const offered = await snippetsAt(text)

    expect(offered.length).toBeGreaterThan(1)
    for (const { label, text: snippet } of offered) {
      // a client indents what is inserted as the line is
      const [indent] = /^ */.exec(text.slice(text.lastIndexOf('\n') + 1))!
      const manifest = `${text}${filled(snippet).replaceAll('\n', `\n${indent}`)}\n`

      expect([label, errorsOf(manifest), await problemsOf(manifest)]).toEqual([label, [], []])
    }
  })

  it('of a kind stands in the schema of the kind as in that for all', () => {
    const own = KIND_NAMES.flatMap((kind) => (readSchema(kind) as { defaultSnippets: object[] }).defaultSnippets)

    expect((readSchema('wfpctl') as { defaultSnippets: object[] }).defaultSnippets).toEqual(own)
  })
})
