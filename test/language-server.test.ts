/** The YAML language server as an editor runs it: a process of its own that speaks the language server protocol, with the published schema. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node.js'
import { exampleFiles, exampleNames } from './support/examples.ts'

const SERVER = join(
  dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json')),
  'bin/yaml-language-server',
)
const ROOT = pathToFileURL(`${process.cwd()}/`).href
const SETTINGS = {
  yaml: {
    validate: true,
    completion: true,
    schemaStore: { enable: false }, // nothing is fetched
    schemas: { [new URL('schemas/wfpctl.schema.json', ROOT).href]: '*.yaml' },
  },
}

interface Diagnostic {
  readonly range: { readonly start: { readonly line: number; readonly character: number } }
  readonly message: string
}

let server: ChildProcessWithoutNullStreams
let editor: MessageConnection
const waiting = new Map<string, (found: readonly Diagnostic[]) => void>()

beforeAll(async () => {
  server = spawn(process.execPath, [SERVER, '--stdio'])
  editor = createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin))
  editor.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => waiting.get(uri)?.(diagnostics))
  editor.onRequest(
    'workspace/configuration',
    ({ items }: { items: readonly { readonly section?: keyof typeof SETTINGS }[] }) =>
      items.map(({ section }) => (section === undefined ? SETTINGS : (SETTINGS[section] ?? null))),
  )
  editor.onRequest('client/registerCapability', () => null)
  editor.listen()
  const capabilities = { workspace: { configuration: true }, textDocument: { completion: {}, publishDiagnostics: {} } }
  await editor.sendRequest('initialize', { processId: process.pid, rootUri: ROOT, capabilities })
  await editor.sendNotification('initialized', {})
  await editor.sendNotification('workspace/didChangeConfiguration', { settings: SETTINGS })
})
afterAll(async () => {
  await editor.sendRequest('shutdown')
  await editor.sendNotification('exit')
  editor.dispose()
  server.kill()
})

/** `7:45 write an address, …` */
async function problemsOf(path: string, text: string): Promise<string[]> {
  const uri = new URL(path, ROOT).href
  const found = new Promise<readonly Diagnostic[]>((settle) => waiting.set(uri, settle))
  await editor.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } })
  const diagnostics = await found
  waiting.delete(uri)
  await editor.sendNotification('textDocument/didClose', { textDocument: { uri } })
  return diagnostics.map(({ range, message }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`)
}

const TUNNEL = `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: hq }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.7 }
  traffic: { local: [10.1.0.0/16], remote: [10.2.0.0/16] }
  quickMode:
    proposals: [{ esp: { aead: aes256gcm } }]
`

describe('the language server', () => {
  it.each(exampleNames)('has nothing to say to the example %s', async (name) => {
    for (const { path, text } of exampleFiles(name)) expect([path, await problemsOf(path, text)]).toEqual([path, []])
  })

  it('says where an address is wrong, and what to write', async () => {
    expect(await problemsOf('a.yaml', TUNNEL.replace('198.51.100.7', 'vpn.example.com'))).toEqual([
      '7:45 write an address, e.g. 198.51.100.7',
    ])
  })

  it('knows what may stand in a tunnel', async () => {
    const text = `${TUNNEL}  ma`
    const uri = new URL('b.yaml', ROOT).href
    await editor.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    })
    const position = { line: text.split('\n').length - 1, character: 4 }
    const answer = await editor.sendRequest<{ readonly items: readonly { readonly label: string }[] }>(
      'textDocument/completion',
      { textDocument: { uri }, position },
    )

    const labels = answer.items.map(({ label }) => label)
    expect(labels).toContain('mainMode')
    expect(labels).not.toContain('mode') // it stands there already
  })
})
