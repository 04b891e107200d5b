/**
 * Files that are files. A pipe, a device or a socket under a file's name would keep whoever opens or reads it waiting for ever, or do
 * something by being opened; so a name is looked at first, opened without waiting, and looked at again.
 */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'

/** What stands there is not what it should be. The message follows the file's name: `is not a regular file`. */
export class UnusableFile extends Error {}

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants

/**
 * Opens a regular file, or a link to one, for reading, and closes it after the work.
 *
 * @throws UnusableFile, or the system's error
 */
export function withRegularFile<T>(path: string, work: (file: number, found: Stats) => T): T {
  requireRegular(statSync(path))
  const file = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
  let waits = false
  const close = (): void => closeSync(file)
  try {
    const found = fstatSync(file)
    requireRegular(found)
    const done = work(file, found)
    if (!(done instanceof Promise)) return done
    waits = true
    return done.finally(close) as T
  } finally {
    if (!waits) close()
  }
}

/** All of it, unless it is larger than that: it may grow while it is read. */
export function readRegularFile(path: string, maxBytes: number, check?: (found: Stats) => void): Buffer {
  return withRegularFile(path, (file, found) => {
    check?.(found)
    if (found.size > maxBytes) throw tooLarge(maxBytes)
    const buffer = Buffer.alloc(Math.min(found.size, maxBytes) + 1)
    let length = 0
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null)
      if (read === 0) return buffer.subarray(0, length)
      length += read
      if (length === buffer.length) throw tooLarge(found.size)
    }
  })
}

export function requireRegular(found: Stats): void {
  if (!found.isFile()) throw new UnusableFile('is not a regular file')
}

function tooLarge(maxBytes: number): UnusableFile {
  return new UnusableFile(`is larger than ${maxBytes} bytes`)
}
