import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { addressOf } from '../../../src/manifest/index.ts'
import { Secrets } from '../../../src/reconcile/secrets.ts'
import { pointToPoint } from '../../fixtures/specs.ts'
import { desiredOf, openLab, POLICY } from '../../laws/lab.ts'

async function setting() {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-secret-'))
  const secret = join(folder, 'psk')
  writeFileSync(secret, 'swordfish', { mode: 0o600 })
  const lab = await openLab()
  onTestFinished(async () => {
    await lab.close()
    rmSync(folder, { recursive: true })
  })
  return { lab, secret, desired: desiredOf([tunnelWith(secret)]) }
}

describe('a secret', () => {
  it('is read once a pass: what happens to its file afterwards is of no account', async () => {
    const { lab, secret, desired } = await setting()

    const reports = await lab.apply(desired, POLICY, async () => rmSync(secret))

    expect(reports).toMatchObject([{ result: 'applied', verified: true }])
    writeFileSync(secret, 'swordfish', { mode: 0o600 })
    expect((await lab.plan(desired)).flatMap(({ changes }) => changes)).toEqual([])
  })

  it('that is gone before the pass is reported at its place in the manifest, and nothing is changed', async () => {
    const { lab, secret, desired } = await setting()
    rmSync(secret)

    await expect(lab.apply(desired)).rejects.toThrow('cannot read the secret file')

    expect(await lab.provider.list({ all: true })).toEqual([])
  })

  it('is wiped with all the others at the end', async () => {
    const { desired } = await setting()
    const [resource] = desired.resources
    const secrets = new Secrets()
    const read = secrets.bytesOf(resource!)
    const bytes = read.ok ? [...read.value.values()] : []
    expect(bytes.map(String)).toEqual(['swordfish'])

    secrets.wipe()

    expect(bytes.map((buffer) => buffer.every((byte) => byte === 0))).toEqual([true])
  })
})

describe('the digests of a set of secrets', () => {
  const [own, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

  async function declared() {
    const { secret, desired } = await setting()
    const { resources } = desired
    return { secret, resources, address: addressOf(resources[0]!) }
  }

  it('are the very same for the same list and key, and others for another key', async () => {
    const { resources, address } = await declared()
    const secrets = new Secrets()
    const made = secrets.digestsOf(resources, { own })

    expect(made.digests.get(address)?.size).toBe(1)
    expect(secrets.digestsOf(resources, { own })).toBe(made)
    expect(secrets.digestsOf([...resources], { own }).digests).toEqual(made.digests)
    expect(secrets.digestsOf(resources, { own: other }).digests).not.toEqual(made.digests)
    expect(secrets.digestsOf(resources, { own: undefined }).digests).toEqual(new Map())
  })

  it('of what arrives are made with the key of where it comes from, whatever was asked before', async () => {
    const { resources, address } = await declared()
    const secrets = new Secrets()
    const [plain, foreign] = [own, other].map((key) => secrets.digestsOf(resources, { own: key }).digests)

    const arriving = new Map([[address, other]])
    expect(secrets.digestsOf(resources, { own, arriving }).digests).toEqual(foreign)
    expect(secrets.digestsOf(resources, { own }).digests).toEqual(plain)
    expect(secrets.digestsOf(resources, { own, arriving: new Map([[address, undefined]]) }).digests).toEqual(new Map())
  })

  it('are made anew after the secrets were wiped', async () => {
    const { secret, resources } = await declared()
    const secrets = new Secrets()
    const before = secrets.digestsOf(resources, { own })
    secrets.wipe()
    writeFileSync(secret, 'marlin', { mode: 0o600 })

    expect(secrets.digestsOf(resources, { own }).digests).not.toEqual(before.digests)
  })
})

const KEY = 'field-key-12345678'
const utf16 = Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le')

/** As editors and shells of Windows leave them. */
const SECRETS: readonly (readonly [what: string, bytes: Buffer, encoding: string, code: string, words: string])[] = [
  ['a byte order mark', Buffer.from(`\ufeff${KEY}`), 'utf8', 'E311', 'byte order mark'],
  ['a byte order mark before hex', Buffer.from('\ufeff00ff'), 'hex', 'E311', 'byte order mark'],
  ['what `>` of Windows PowerShell writes', utf16, 'utf8', 'E311', 'UTF-16'],
  ['the same without its mark', utf16.subarray(2), 'utf8', 'E311', 'UTF-16'],
  ['UTF-16 with the high byte first', Buffer.from(utf16).swap16(), 'utf16le', 'E311', 'UTF-16'],
  ['UTF-16 where base64 is declared', utf16, 'base64', 'E311', 'UTF-16'],
  ['a zero byte', Buffer.from(`${KEY}\0`), 'utf8', 'E311', 'zero byte'],
  ['bytes of a code page', Buffer.from(`${KEY}\xe4`, 'latin1'), 'utf8', 'E311', 'not UTF-8'],
  ['a replacement character', Buffer.from(`${KEY}\ufffd`), 'utf8', 'E311', 'U+FFFD'],
  ['blanks alone', Buffer.from('   \n'), 'utf8', 'E310', 'empty'],
  ['nothing', Buffer.from('\r\n'), 'base64', 'E310', 'empty'],
  ['a blank at its end', Buffer.from(`${KEY} \n`), 'utf8', 'W310', 'white space'],
  ['a no-break space before it', Buffer.from(`\u00a0${KEY}`), 'utf16le', 'W310', 'white space'],
  ['quotes around it', Buffer.from(`"${KEY}"\n`), 'utf8', 'W310', 'quotes'],
  ['typographic quotes around it', Buffer.from(`\u201c${KEY}\u201d`), 'utf8', 'W310', 'quotes'],
  ['two line ends', Buffer.from(`${KEY}\n\n`), 'utf8', 'W310', 'line end'],
  ['the line end of an old Macintosh', Buffer.from(`${KEY}\r`), 'utf8', 'W310', 'line end'],
  ['a character without width', Buffer.from(`${KEY}\u200b`), 'utf8', 'W310', 'does not show'],
]

describe('a secret with', () => {
  it.each(SECRETS)('%s has one finding, which shows nothing of the key', async (_, bytes, encoding, code, words) => {
    const { secret } = await setting()
    writeFileSync(secret, bytes, { mode: 0o600 })
    const [resource] = desiredOf([tunnelWith(secret, encoding)]).resources

    const read = new Secrets().bytesOf(resource!)

    expect(read.diagnostics).toMatchObject([{ code, message: expect.stringContaining(words) }])
    expect(read.ok).toBe(code === 'W310')
    expect(JSON.stringify(read.diagnostics.map(({ message, help }) => [message, help]))).not.toContain('key-1')
  })

  it.each(['', '\n', '\r\n'])(
    'a final line end %j is read without it, from a file and from a variable alike',
    async (end) => {
      const { secret } = await setting()
      writeFileSync(secret, `${KEY}${end}`)
      vi.stubEnv('WFPCTL_TEST_PSK', `${KEY}${end}`)
      onTestFinished(() => void vi.unstubAllEnvs())
      const resources = [{ file: secret }, { env: 'WFPCTL_TEST_PSK' }].map((reference) =>
        desiredOf([tunnelOf(reference)]),
      )

      for (const {
        resources: [resource],
      } of resources) {
        const read = new Secrets().bytesOf(resource!)
        expect(read.diagnostics).toEqual([])
        expect(read.ok && [...read.value.values()].map(String)).toEqual([KEY])
      }
    },
  )
})

const tunnelWith = (file: string, encoding = 'utf8') => tunnelOf({ file, encoding })

function tunnelOf(presharedKey: object) {
  const [method] = pointToPoint.mainMode!.authentication
  const mainMode = { ...pointToPoint.mainMode, authentication: [{ ...method, presharedKey }] }
  const spec = { ...pointToPoint, mainMode }
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'IPsecTunnel',
    metadata: { name: 'a' },
    spec: JSON.parse(JSON.stringify(spec)),
  }
}
