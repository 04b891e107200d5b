import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAuditLog } from '../../../../src/providers/wfp/key-managers/handlers/audit-log.ts'
import { keyedSa } from '../../../../src/providers/wfp/key-managers/handlers/sa.ts'
import { keysOf, saDetails } from '../../../support/negotiation.ts'

let folder: string
let complaints: string[]
let hour: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wfpctl-audit-'))
  complaints = []
  hour = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const pair = () => ({
  inbound: keyedSa(saDetails('inbound', keysOf(0x5a))),
  outbound: keyedSa(saDetails('outbound', keysOf(0x5a))),
})
const open = (limits: { maxBytes?: number; generations?: number } = {}, name = 'log') =>
  openAuditLog(join(folder, name), {
    keyManager: 'KeyManager/sa-audit',
    now: () => new Date(Date.UTC(2030, 0, 1, hour++)),
    complain: (what) => complaints.push(what),
    ...limits,
  })
const hours = (name: string): number[] =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => new Date(JSON.parse(line).time).getUTCHours())

describe('openAuditLog', () => {
  it('opens no pipe, device or folder under its name, and waits for nobody', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const reader = openSync(join(folder, 'pipe'), constants.O_RDONLY | constants.O_NONBLOCK)
    mkdirSync(join(folder, 'folder'))

    for (const name of ['pipe', 'folder', '/dev/null'])
      await expect(open({}, relative(folder, resolve(folder, name)))).rejects.toThrow('is not a regular file')
    closeSync(reader)
    await expect(open({}, 'pipe')).rejects.toThrow('is not a regular file')
  })

  it('wipes the keys before it returns', async () => {
    const log = await open()
    const told = pair()

    log.keyNotify(told)

    expect(told.inbound.keys[0]!.authKey!.every((byte) => byte === 0)).toBe(true)
    expect(told.outbound.keys[0]!.cipherKey!.every((byte) => byte === 0)).toBe(true)
    await log.close()
  })

  it('starts a new file where the next line would be too much, and keeps as many as it is told', async () => {
    const log = await open({ maxBytes: 2000, generations: 2 })

    for (let i = 0; i < 8; i += 1) log.keyNotify(pair())
    await log.close()

    expect(hours('log')).toEqual([6, 7])
    expect(hours('log.1')).toEqual([4, 5])
    expect(hours('log.2')).toEqual([2, 3])
    expect(existsSync(join(folder, 'log.3'))).toBe(false)
    expect(complaints).toEqual([])
  })

  it('goes on where an earlier process stopped', async () => {
    const first = await open()
    first.keyNotify(pair())
    await first.close()
    const second = await open()
    second.keyNotify(pair())
    await second.close()

    expect(hours('log')).toEqual([0, 1])
  })

  it.skipIf(process.platform === 'win32')('takes the file from others who could read it (file modes)', async () => {
    writeFileSync(join(folder, 'log'), '')
    chmodSync(join(folder, 'log'), 0o644)

    await (await open()).close()

    expect(statSync(join(folder, 'log')).mode & 0o777).toBe(0o600)
  })

  it.skipIf(process.platform === 'win32')('follows no symbolic link (which take a privilege on Windows)', async () => {
    writeFileSync(join(folder, 'target'), 'untouched')
    symlinkSync(join(folder, 'target'), join(folder, 'log'))

    await expect(open()).rejects.toThrow('is not a regular file')

    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('untouched')
  })

  it('says which error lost a line, and goes on', async () => {
    const log = await open({ maxBytes: 1 })
    log.keyNotify(pair())
    await new Promise((resolve) => setTimeout(resolve, 20))
    rmSync(folder, { recursive: true })

    log.keyNotify(pair())
    await expect.poll(() => complaints).toEqual(['a line of the audit log was lost: ENOENT'])
    mkdirSync(folder)
    log.keyNotify(pair())
    await log.close()

    expect(hours('log')).toEqual([2])
  })
})
