/** Files of ours that nobody else may read. */

import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { keepFromOthers, UnusableFile } from '../manifest/index.ts'

const OWNER_ONLY = 0o600

/** The whole text under a new name, then in the place of the old file: never through a link, into a device, or half of it. */
export function writeForOwner(path: string, text: string): void {
  const standing = lstatSync(path, { throwIfNoEntry: false })
  if (standing && !standing.isFile()) throw new UnusableFile(`${path} is not a regular file`)
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  const file = openSync(beside, 'wx', OWNER_ONLY)
  try {
    keepFromOthers(beside)
    writeWhole(file, Buffer.from(text))
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

function writeWhole(file: number, bytes: Buffer): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
