/** Secrets in files of sops: opened with age, checked as a whole, and nothing of them shown. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { SECRET_SOURCES } from '../../src/manifest/secret-sources.ts'
import { Closed, valueIn } from '../../src/manifest/sops/store.ts'
import { identityOf, type Options, written } from './sops-writer.ts'

const KEY = 'correct horse battery staple'
const PSK = 'tunnels.dallas.psk'
const PLAIN = {
  note_unencrypted: 'for the branches',
  count_unencrypted: 12,
  ratio_unencrypted: 0.5,
  yes_unencrypted: true,
  tunnels: { dallas: { psk: KEY, number: 20260042, rotated: true, empty: '', nothing: null } },
  list: ['first', KEY, { psk: 'third' }],
}

let identity: string
let folder: string

beforeAll(async () => {
  identity = await identityOf()
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wfpctl-sops-'))
  vi.stubEnv('SOPS_AGE_KEY', identity)
  vi.stubEnv('SOPS_AGE_KEY_FILE', undefined)
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
})

type Read = { readonly text: string } | string

/** Through the source, with the age key that is found. @returns the value as text, or the reason why there is none */
function read(reference: { readonly key: string; readonly ageKeyFile?: string }, file = 'secrets.yaml'): Read {
  const found = SECRET_SOURCES.sops!.read({ sops: file, ...reference }, folder)
  return typeof found === 'string' ? found : { text: found.toString('utf8') }
}

async function save(): Promise<void> {
  writeFileSync(join(folder, 'secrets.yaml'), (await written(PLAIN, identity)).text)
}

/** With the data key at hand. */
function valueAt(text: string, key: string, dataKey: Buffer): Read {
  try {
    return { text: valueIn(text, key, () => dataKey).toString('utf8') }
  } catch (error) {
    if (!(error instanceof Closed)) throw error
    return error.message
  }
}

describe('a file of sops', () => {
  it.each([
    ['a value below names', 'tunnels.dallas.psk', KEY],
    ['an item of a list', 'list.1', KEY],
    ['a value in an item', 'list.2.psk', 'third'],
    ['a number', 'tunnels.dallas.number', '20260042'],
    ['a value that is not encrypted', 'note_unencrypted', 'for the branches'],
  ])('gives %s', async (_, key, text) => {
    const file = await written(PLAIN, identity)
    expect(valueAt(file.text, key, file.key)).toEqual({ text })
  })

  it.each<[string, Options]>([
    ['JSON with tabs', { format: 'json' }],
    ['comments', { comments: true }],
    ['several recipients', { recipients: ['age1yt3tfqlfrwdwx0z0ynwplcr6qxcxfaqycuprpmy89nr83ltx74tqdpszlw'] }],
    ['encrypted_suffix', { rule: { encrypted_suffix: 'psk' } }],
    ['encrypted_regex', { rule: { encrypted_regex: '^(?:psk|list)$' } }],
    ['unencrypted_regex', { rule: { unencrypted_regex: '_unencrypted$' } }],
    ['mac_only_encrypted', { macOnlyEncrypted: true }],
    ['mac_only_encrypted with encrypted_regex', { macOnlyEncrypted: true, rule: { encrypted_regex: '^psk$' } }],
  ])('is read with %s', async (_, options) => {
    const file = await written(PLAIN, identity, options)
    expect(valueAt(file.text, PSK, file.key)).toEqual({ text: KEY })
  })

  it('may have values changed that its MAC leaves out, and no others', async () => {
    const [some, all] = await Promise.all([
      written(PLAIN, identity, { macOnlyEncrypted: true }),
      written(PLAIN, identity),
    ])
    const edited = (text: string) => text.replace('for the branches', 'for everybody')

    expect(valueAt(edited(some.text), PSK, some.key)).toEqual({ text: KEY })
    expect(valueAt(edited(all.text), PSK, all.key)).toBe('was changed after sops encrypted it: its MAC is another')
  })
})

const CHANGED = 'was changed after sops encrypted it: '
/** The first line of a name. */
const line = (text: string, name: string): string => new RegExp(`^ *${name}: .*\n`, 'm').exec(text)![0]

describe('a file that was changed', () => {
  it.each<[string, (text: string) => string, string]>([
    [
      'a value',
      (text) =>
        text.replace(
          /(psk: ENC\[AES256_GCM,data:)(.)/,
          (_, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'),
        ),
      `${CHANGED}the value at tunnels.dallas.psk does not open`,
    ],
    [
      'a value without encryption in its place',
      (text) => text.replace(line(text, 'psk'), '        psk: mine\n'),
      `${CHANGED}the value at tunnels.dallas.psk does not open`,
    ],
    [
      'a value moved to another name',
      (text) => text.replace(' psk:', ' key:').replace(' number:', ' psk:'),
      `${CHANGED}the value at tunnels.dallas.key does not open`,
    ],
    ['a value taken away', (text) => text.replace(line(text, 'number'), ''), `${CHANGED}its MAC is another`],
    ['a value added', (text) => text.replace('list:', 'more_unencrypted: "x"\nlist:'), `${CHANGED}its MAC is another`],
    [
      'two values in another order',
      (text) =>
        text
          .replace(line(text, 'count_unencrypted'), '')
          .replace('tunnels:', `${line(text, 'count_unencrypted')}tunnels:`),
      `${CHANGED}its MAC is another`,
    ],
    [
      'a number that is not encrypted',
      (text) => text.replace('count_unencrypted: 12', 'count_unencrypted: 13'),
      `${CHANGED}its MAC is another`,
    ],
    [
      'the MAC',
      (text) =>
        text.replace(
          /(mac: ENC\[AES256_GCM,data:)(.)/,
          (_, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'),
        ),
      `${CHANGED}its MAC does not open`,
    ],
    [
      'the time that the MAC is bound to',
      (text) => text.replace('2026-11-20T09:12:44Z', '2026-11-20T09:12:45Z'),
      `${CHANGED}its MAC does not open`,
    ],
    ['no MAC', (text) => text.replace(line(text, 'mac'), ''), 'has no MAC: whether it was changed cannot be known'],
    [
      'another rule',
      (text) => text.replace('unencrypted_suffix: "_unencrypted"', 'unencrypted_suffix: "psk"'),
      `${CHANGED}the value at note_unencrypted does not open`,
    ],
  ])('gives nothing: %s', async (_, edit, why) => {
    const { text, key } = await written(PLAIN, identity)
    const changed = edit(text)
    expect(changed).not.toBe(text)

    expect(valueAt(changed, PSK, key)).toBe(why)
  })
})

describe('what cannot be read', () => {
  it.each<[string, string, string]>([
    [
      'a file that sops has not encrypted',
      'psk: plain\n',
      'secrets.yaml is not encrypted by sops: it has no section `sops`',
    ],
    ['no YAML', '{ "a": ', 'secrets.yaml is neither YAML nor JSON'],
    ['no mapping', '- a\n', 'secrets.yaml is not encrypted by sops: a mapping has to stand there'],
    ['several documents', 'a: 1\n---\nb: 1\n', 'secrets.yaml holds several documents: keep secrets in a file with one'],
    [
      'other keys than age',
      'psk: x\nsops:\n  pgp: [{ fp: AB }]\n  mac: x\n',
      'secrets.yaml is encrypted for no age key',
    ],
    [
      'shares of a key',
      'psk: x\nsops:\n  key_groups: [{ age: [] }]\n',
      'secrets.yaml uses key_groups of sops, which is not read',
    ],
    [
      'rules by comments',
      'psk: x\nsops:\n  encrypted_comment_regex: sops\n',
      'secrets.yaml uses encrypted_comment_regex of sops, which is not read',
    ],
  ])('is said: %s', (_, text, why) => {
    expect(valueAt(text, 'psk', Buffer.alloc(32))).toBe(why.replace('secrets.yaml ', ''))
  })

  it('is said of places', async () => {
    await save()
    expect(read({ key: 'tunnels.austin.psk' })).toBe('secrets.yaml has nothing at tunnels.austin; there are dallas')
    expect(read({ key: 'list.7' })).toBe('secrets.yaml has nothing at list.7; the list has 3 items')
    expect(read({ key: 'tunnels.dallas' })).toBe(
      'secrets.yaml holds a mapping or a list at tunnels.dallas: name one value in it',
    )
    expect(read({ key: 'sops.mac' })).toContain('secrets.yaml has nothing at sops')
    expect(read({ key: 'a' }, 'other.yaml')).toBe('cannot read the file other.yaml: ENOENT')
  })
})

describe('the age key', () => {
  const psk = { key: 'tunnels.dallas.psk' }

  it('comes from the variable, among others and comments', async () => {
    await save()
    vi.stubEnv('SOPS_AGE_KEY', `# created\n${await identityOf()}\n${identity}\n`)
    expect(read(psk)).toEqual({ text: KEY })
  })

  it.each([
    ['SOPS_AGE_KEY_FILE', () => vi.stubEnv('SOPS_AGE_KEY_FILE', join(folder, 'keys.txt')), 'keys.txt'],
    ['the place that sops looks at', () => {}, 'sops/age/keys.txt'],
  ] as const)('comes from %s', async (_, set, place) => {
    await save()
    vi.stubEnv('SOPS_AGE_KEY', undefined)
    set()

    mkdirSync(join(folder, 'sops/age'), { recursive: true })
    writeFileSync(join(folder, place), `${identity}\n`, { mode: 0o600 })
    expect(read(psk)).toEqual({ text: KEY })
  })

  it('comes from the file beside the reference before all others', async () => {
    await save()
    vi.stubEnv('SOPS_AGE_KEY', await identityOf())
    writeFileSync(join(folder, 'mine.txt'), identity, { mode: 0o600 })
    expect(read({ ...psk, ageKeyFile: 'mine.txt' })).toEqual({ text: KEY })
  })

  it('is the wrong one, and the right ones are named', async () => {
    await save()
    vi.stubEnv('SOPS_AGE_KEY', await identityOf())
    expect(read(psk)).toMatch(/^secrets\.yaml is opened by no age key here: it is encrypted for age1[a-z0-9]+$/)
  })

  it('is in a file that others can read, and not used', async () => {
    await save()
    const path = join(folder, 'open.txt')
    writeFileSync(path, identity)
    chmodSync(path, 0o644)
    expect(read({ ...psk, ageKeyFile: 'open.txt' })).toMatch(/^no age key: open\.txt can be read by .*owner-only/)
  })

  it('is not there', async () => {
    await save()
    vi.stubEnv('SOPS_AGE_KEY', undefined)
    expect(read(psk)).toMatch(/^no age key: cannot read the secret file .*keys\.txt: ENOENT$/)
  })
})
