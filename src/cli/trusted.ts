/** Files and folders that commands lean on beside the manifests: who else could have written them, and how they are made. */

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Trust, useFileAccess, useWindowsSecrets } from '../manifest/index.ts'
import { CommandFailure, type ExitCode } from './exit.ts'

/** On Windows descriptors say who may do what, and it keeps secrets of its own; reading them takes the system's own functions. */
export async function knowFileAccess(): Promise<void> {
  if (process.platform !== 'win32') return
  const { windowsFileAccess, windowsSecrets } = await import('../providers/file-access.ts')
  useFileAccess(windowsFileAccess())
  useWindowsSecrets(windowsSecrets)
}

/** @throws CommandFailure where, with the rights of an administrator, others could change it; what does not stand is made by us */
export async function requireTrusted(path: string, what: string, exitCode: ExitCode): Promise<void> {
  await knowFileAccess()
  const flaw = existsSync(path) ? new Trust().flawOf(path) : undefined
  if (flaw)
    throw new CommandFailure(
      exitCode,
      `${what} ${path} is not used: ${flaw.path} can be changed by ${flaw.who}; ${flaw.help}`,
    )
}

/**
 * As `mkdir -p`. Node's own tries for ever where nothing can be made in a directory that stands, as in /proc.
 *
 * @param mode of those that it makes
 * @returns whether there was anything to make
 */
export function makeDirectories(path: string, mode?: number): boolean {
  if (existsSync(path)) return false
  if (dirname(path) !== path) makeDirectories(dirname(path), mode)
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false // somebody else was quicker
    throw error
  }
}
