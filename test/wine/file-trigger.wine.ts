/** What `watch` hears of files in node.exe: paths in the spellings of Windows, notifications as Wine makes them. */
import { win32 } from 'node:path'
import koffi from 'koffi'
import { describeFileTrigger } from '../conformance/file-trigger.ts'

const kernel32 = koffi.load('kernel32.dll')
const getShortPath = kernel32.func('__stdcall', 'GetShortPathNameW', 'uint32', ['str16', 'void *', 'uint32'])

function shortPath(path: string): string {
  const text = Buffer.alloc(2 * 260)
  const length = getShortPath(path, text, 260)
  if (length === 0) throw new Error(`no short name of ${path}`)
  return text.toString('utf16le', 0, 2 * length)
}

const NO_LINKS = 'Wine makes no symbolic links'
const PENDING =
  'Wine keeps the name of a deleted directory for as long as it is watched; test/wine/cli/watch.cli.ts deletes one from outside'

describeFileTrigger(
  'FileTrigger in node.exe',
  {
    'forward slashes': (path) => path.replaceAll('\\', '/'),
    'another case, of the drive too': (path) => path.toLowerCase(),
    'short names': shortPath,
    'the prefix for long paths': (path) => win32.toNamespacedPath(path),
  },
  {
    'marks when a directory is re-created, and when a file in it is edited then': PENDING,
    'marks when the root is deleted, when it is made again, and when a file in the new one is edited': PENDING,
    'marks when the root is a link that is exchanged at once, and when a file behind the new link is edited': NO_LINKS,
    'marks when a link on the way to the root is exchanged': NO_LINKS,
    'marks when a volume is exchanged as Kubernetes does it': NO_LINKS,
    'marks when a linked directory inside the tree is exchanged': NO_LINKS,
  },
)
