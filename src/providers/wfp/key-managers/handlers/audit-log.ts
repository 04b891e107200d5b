/**
 * The built-in audit log: one line of JSON for each pair of SAs whose keys are in use. What a line holds is listed here, field by field,
 * and no key is among them: they are wiped before the line is written.
 */

import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { requireRegular } from '../../../../manifest/index.ts'
import type { KeyedSa, SaPair, SecurityAssociation } from './contract.ts'
import type { Complain, Handler } from './handler.ts'
import { whereabouts, wipeDeep } from './shared.js'

export interface AuditLogOptions {
  /** the key manager's address, e.g. `KeyManager/sa-audit` */
  readonly keyManager: string
  readonly now: () => Date
  readonly complain: Complain
  /** a file that has grown to this size is rotated: `log`, `log.1`, … */
  readonly maxBytes?: number
  /** rotated files that are kept */
  readonly generations?: number
}

const OWNER_ONLY = 0o600
const MAX_BYTES = 10_000_000
const GENERATIONS = 5
/** Lines that wait for a disk; beyond, they are dropped and counted. */
const MAX_WAITING = 10_000

/** @throws the file system's error where the file cannot be opened for appending */
export async function openAuditLog(path: string, options: AuditLogOptions): Promise<Handler> {
  const file = await RotatedFile.open(path, options.maxBytes ?? MAX_BYTES, options.generations ?? GENERATIONS)
  const { now, complain, keyManager } = options
  let waiting = 0
  let dropped = 0
  let tail = Promise.resolve()
  const write = async (line: string): Promise<void> => {
    try {
      await file.append(line)
    } catch (error) {
      complain(`a line of the audit log was lost: ${(error as NodeJS.ErrnoException).code ?? whereabouts(error)}`)
    } finally {
      waiting -= 1
    }
  }
  return {
    keyNotify: (pair) => {
      const record = { time: now().toISOString(), event: 'keysInUse', keyManager, ...withoutKeys(pair) }
      if (waiting >= MAX_WAITING) {
        dropped += 1
        if (dropped === 1) complain(`the audit log cannot follow: lines are dropped from ${record.time} on`)
        return
      }
      waiting += 1
      tail = tail.then(() => write(`${JSON.stringify(record)}\n`))
    },
    close: async () => {
      await tail
      if (dropped > 0) complain(`${dropped} lines of the audit log were dropped`)
      await file.close()
    },
  }
}

function withoutKeys(pair: SaPair): { inbound: SecurityAssociation; outbound: SecurityAssociation } {
  wipeDeep([pair.inbound.keys, pair.outbound.keys])
  return { inbound: withoutKey(pair.inbound), outbound: withoutKey(pair.outbound) }
}

function withoutKey({ keys: _, ...sa }: KeyedSa): SecurityAssociation {
  return sa
}

class RotatedFile {
  readonly #path: string
  readonly #maxBytes: number
  readonly #generations: number
  /** absent after a rotation that failed, until the next line is to be written */
  #file: FileHandle | undefined
  #size = 0

  private constructor(path: string, maxBytes: number, generations: number) {
    this.#path = path
    this.#maxBytes = maxBytes
    this.#generations = generations
  }

  static async open(path: string, maxBytes: number, generations: number): Promise<RotatedFile> {
    const rotated = new RotatedFile(path, maxBytes, generations)
    await rotated.#open()
    return rotated
  }

  async append(line: string): Promise<void> {
    const bytes = Buffer.byteLength(line)
    if (this.#size > 0 && this.#size + bytes > this.#maxBytes) await this.#rotate()
    const file = this.#file ?? (await this.#open())
    await file.appendFile(line)
    this.#size += bytes
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  async #open(): Promise<FileHandle> {
    const file = await openForOwner(this.#path)
    this.#file = file
    this.#size = (await file.stat()).size
    return file
  }

  async #rotate(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    await rm(this.#named(this.#generations), { force: true })
    for (let i = this.#generations - 1; i >= 0; i -= 1) await renameIfThere(this.#named(i), this.#named(i + 1))
  }

  #named(generation: number): string {
    return generation === 0 ? this.#path : `${this.#path}.${generation}`
  }
}

/** Never through a symbolic link, which another user may have laid; a file that was open to others is closed to them. */
async function openForOwner(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants
  const existing = await lstat(path).catch(() => undefined)
  if (existing) requireRegular(existing) // a device may do something by being opened
  const file = await open(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, OWNER_ONLY)
  try {
    requireRegular(await file.stat())
    await takeFromOthers(file, path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function takeFromOthers(file: FileHandle, path: string): Promise<void> {
  if (process.platform !== 'win32') return file.chmod(OWNER_ONLY)
  const windows = await import('../../binding/system/file-security.ts')
  windows.setFileSecurity(path, windows.OWNER_ONLY)
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
