/** One file → its text, or a finding about it as a whole. */

import { isAscii } from 'node:buffer'
import { readSync } from 'node:fs'
import { relative } from 'node:path'
import { type Diagnostic, diagnostic, type SourceFile, type YieldToLoop } from '../base/index.ts'
import type { KnownFiles } from './known-files.ts'
import { UnusableFile, withRegularFile } from './regular-file.ts'

/** 10 000 tunnels take about 7 MB. */
export const MAX_FILE_BYTES = 16_000_000

/** Files of rows that are no YAML. */
export const IS_CSV = /\.(csv|tsv|txt)$/i

/** A file that `sops` has encrypted holds secrets, no manifests. */
const SOPS_KEY = /^(?:sops|"sops"|'sops')[ \t]*:/m
/** It drops a byte order mark. */
const UTF8 = new TextDecoder('utf-8', { fatal: true })

const STEP_BYTES = 256_000

/** Reads whole files, one after the other, into the same memory. */
export class Reader {
  /** the youngest of what was read */
  changedAt = 0
  readonly #loop: YieldToLoop
  readonly #known: KnownFiles | undefined
  #buffer = Buffer.allocUnsafe(STEP_BYTES)

  /** @param known from which what is as it was is taken; absent: everything is read */
  constructor(loop: YieldToLoop, known?: KnownFiles) {
    this.#loop = loop
    this.#known = known
  }

  async read(path: string, shown: string): Promise<SourceFile | Diagnostic | undefined> {
    try {
      const known = this.#known?.at(path)
      this.changedAt = Math.max(this.changedAt, known?.changedAt ?? 0)
      if (known) return known.file
      const began = Date.now()
      return await withRegularFile(path, async (file, found) => {
        this.changedAt = Math.max(this.changedAt, found.mtimeMs)
        if (found.size > MAX_FILE_BYTES) return tooLarge(shown, found.size)
        const read = manifestFileOf(await this.#bytes(file, found.size), shown)
        if (read && 'text' in read) this.#known?.keep(path, { file: read, found, began })
        return read
      })
    } catch (error) {
      return unreadable(shown, error)
    }
  }

  /** Up to the file's end, or until it is too large: it may grow while it is read. */
  async #bytes(file: number, expected: number): Promise<Buffer> {
    if (this.#buffer.length <= expected) this.#buffer = Buffer.allocUnsafe(expected + 1)
    let length = 0
    for (;;) {
      if (length === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], 2 * length)
      const read = readSync(file, this.#buffer, length, Math.min(this.#buffer.length - length, STEP_BYTES), null)
      length += read
      if (read === 0 || length > MAX_FILE_BYTES) return this.#buffer.subarray(0, length)
      await this.#loop.give()
    }
  }
}

/** @returns a finding when the bytes are not the text of a manifest, and undefined for a store of secrets */
export function manifestFileOf(bytes: Buffer, path: string): SourceFile | Diagnostic | undefined {
  if (bytes.length > MAX_FILE_BYTES) return tooLarge(path, bytes.length)
  const file = decode(bytes, path)
  return 'text' in file && hasSopsKey(file.text) ? undefined : file
}

/** Searching for the word is much faster than for the pattern, which few texts have to be searched for. */
function hasSopsKey(text: string): boolean {
  return text.includes('sops') && SOPS_KEY.test(text)
}

function decode(bytes: Buffer, path: string): SourceFile | Diagnostic {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return fileFinding('E105', path, 'is UTF-16', 'save it as UTF-8')
  }
  const zero = bytes.indexOf(0)
  if (zero >= 0) return fileFinding('E105', path, `is not text: byte ${zero} is zero`)
  try {
    return { path, text: isAscii(bytes) ? bytes.toString('latin1') : UTF8.decode(bytes) }
  } catch {
    return fileFinding('E105', path, 'is not UTF-8 text', 'save it as UTF-8')
  }
}

export function noFile(path: string, isDirectory = false): Diagnostic {
  if (!isDirectory) return fileFinding('E102', path, 'is neither a file nor a directory')
  return fileFinding('E102', path, 'is a directory that is called like a manifest', 'give it a name without .yaml')
}

export function tooLarge(path: string, size: number): Diagnostic {
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000)} MB`
  return fileFinding(
    'E104',
    path,
    `is too large: ${megabytes(size)}`,
    `the limit is ${megabytes(MAX_FILE_BYTES)} a file`,
  )
}

const SYSTEM_ERRORS: { readonly [code: string]: readonly ['E101' | 'E102' | 'E103', string] } = {
  ENOENT: ['E101', 'does not exist'],
  ENOTDIR: ['E101', 'does not exist'],
  ELOOP: ['E103', 'leads back to itself'],
  EACCES: ['E102', 'may not be read'],
  EPERM: ['E102', 'may not be read'],
}

export function unreadable(path: string, error: unknown): Diagnostic {
  if (error instanceof UnusableFile) return fileFinding('E102', path, error.message)
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) throw error
  const [finding, message] = SYSTEM_ERRORS[code] ?? ['E102', `cannot be read (${code})`]
  const help =
    finding === 'E101' && /[*?]/.test(path) ? 'no file matches this pattern; a directory may be given whole' : undefined
  return fileFinding(finding, path, message, help)
}

/** A finding about a whole file stands at its first line; none of its text is shown. */
export function fileFinding(
  code: 'E101' | 'E102' | 'E103' | 'E104' | 'E105' | 'E106',
  path: string,
  what: string,
  help?: string,
): Diagnostic {
  const file = { path, text: '' }
  return diagnostic(code, { file, start: 0, end: 0 }, `${path} ${what}`, help === undefined ? {} : { help })
}

/** As the user would write it: relative to the working directory where it lies below, with forward slashes. */
export function shownPath(path: string): string {
  const below = relative(process.cwd(), path)
  const shown = below === '' ? '.' : below.startsWith('..') ? path : below
  return shown.replaceAll('\\', '/')
}
