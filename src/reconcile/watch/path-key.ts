/**
 * One spelling of a path, to compare two spellings of a place by.
 *
 * What is watched is spelled as the user gave it, and comes back in other spellings: chokidar writes forward slashes on Windows, and the
 * system tells the name that is on the disk. Only what comes back is looked up by a key. Two places of one key (a directory that tells `A`
 * from `a`) are then both looked at: too much, never too little.
 */
import { posix, win32 } from 'node:path'

/** Where `A.yaml` and `a.yaml` are one file, as a rule. */
const FOLDING: ReadonlySet<NodeJS.Platform> = new Set(['win32', 'darwin'])
/** Before a path that Windows is to take as it stands: `\\?\C:\x` is `C:\x`, `\\?\UNC\server\share` is `\\server\share`. */
const EXTENDED = /^\\\\\?\\(UNC\\)?/i
/** `MANIFE~1.YAM`: what Windows calls `manifests.yaml` as well. */
const SHORT_NAME = /~[a-z0-9]{1,3}(\.[^.]{0,3})?$/i

/** Equal for equal places: slashes, `.` and `..`, a slash at the end, the prefix `\\?\` and the case (of the drive, too) do not count. */
export function pathKey(path: string, platform: NodeJS.Platform = process.platform): string {
  const absolute = platform === 'win32' ? win32Path(path) : posix.resolve(path)
  return FOLDING.has(platform) ? absolute.normalize('NFC').toLowerCase() : absolute
}

/** May the name be another name of a file? Windows has a short one for each long one, and tells either. */
export function mayBeShortName(name: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && SHORT_NAME.test(name)
}

function win32Path(path: string): string {
  const absolute = win32.resolve(path)
  return win32.resolve(absolute.replace(EXTENDED, (_, unc: string | undefined) => (unc === undefined ? '' : '\\\\')))
}
