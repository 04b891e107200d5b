import { win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayBeShortName, pathKey } from '../../../src/reconcile/watch/path-key.ts'

const windowsKey = (path: string) => pathKey(path, 'win32')

/** As chokidar 5 writes every path that it is given. */
function asChokidar(path: string): string {
  const forward = win32.normalize(path).replaceAll('\\', '/')
  return forward.startsWith('//') ? `/${forward.replace(/\/\//g, '/')}` : forward.replace(/\/\//g, '/')
}

const name = fc.stringMatching(/^[A-Za-z0-9äß ._-]{0,8}[A-Za-z0-9äß]$/)
const volume = fc.constantFrom('C:\\', 'z:\\', '\\\\server\\share\\', '\\\\?\\C:\\', '\\\\?\\UNC\\server\\share\\')
const windowsPath = fc.tuple(volume, fc.array(name)).map(([root, names]) => win32.resolve(root + names.join('\\')))

describe('the key of a path on Windows', () => {
  it.each([
    ['forward slashes', 'Z:/vpn/manifests', 'Z:\\vpn\\manifests'],
    ['a small drive letter', 'z:\\vpn\\manifests', 'Z:\\vpn\\manifests'],
    ['another case', 'C:\\VPN\\Manifests', 'c:\\vpn\\manifests'],
    ['a slash at the end', 'C:\\vpn\\', 'C:\\vpn'],
    ['a way that leads back', 'C:\\vpn\\x\\..\\.\\manifests', 'C:\\vpn\\manifests'],
    ['a share', '//Server/Share/vpn', '\\\\server\\share\\vpn'],
    ['the root of a drive', 'C:/', 'c:\\'],
    ['an extended path', '\\\\?\\C:\\vpn', 'C:\\vpn'],
    ['an extended path with forward slashes', '//?/C:/vpn', 'C:\\vpn'],
    ['an extended path of a share', '\\\\?\\UNC\\server\\share\\vpn', '\\\\server\\share\\vpn'],
    ['a letter of two code points', 'C:\\a\u0308', 'C:\\\u00e4'],
  ])('does not tell %s from the plain spelling', (_, spelling, plain) => {
    expect(windowsKey(spelling)).toBe(windowsKey(plain))
  })

  it.each([
    ['another drive', 'C:\\vpn', 'D:\\vpn'],
    ['a directory inside', 'C:\\vpn\\sub', 'C:\\vpn'],
    ['a share and a directory of that name', '\\\\server\\share\\vpn', 'C:\\server\\share\\vpn'],
    ['a neighbour with a longer name', 'C:\\vpn2', 'C:\\vpn'],
  ])('tells %s apart', (_, one, other) => {
    expect(windowsKey(one)).not.toBe(windowsKey(other))
  })

  it('is the same for what chokidar makes of a path, and for a path resolved again', () => {
    fc.assert(
      fc.property(windowsPath, (path) => {
        expect(windowsKey(asChokidar(path))).toBe(windowsKey(path))
        expect(windowsKey(win32.resolve(asChokidar(path)))).toBe(windowsKey(path))
        expect(windowsKey(windowsKey(path))).toBe(windowsKey(path))
      }),
    )
  })

  it('takes a name with a tilde and a number for a short one, which may be any file', () => {
    expect(mayBeShortName('MANIFE~1.YAM', 'win32')).toBe(true)
    expect(mayBeShortName('manifests.yaml', 'win32')).toBe(false)
    expect(mayBeShortName('MANIFE~1.YAM', 'linux')).toBe(false)
  })
})

describe('the key of a path elsewhere', () => {
  it('tells the case apart on Linux, and not on macOS', () => {
    expect(pathKey('/vpn/A', 'linux')).not.toBe(pathKey('/vpn/a', 'linux'))
    expect(pathKey('/vpn/A', 'darwin')).toBe(pathKey('/vpn/a', 'darwin'))
    expect(pathKey('/vpn/./m/', 'linux')).toBe(pathKey('/vpn/m', 'linux'))
  })

  it('leaves a backslash alone, which is a letter there', () => {
    expect(pathKey('/vpn\\m', 'linux')).not.toBe(pathKey('/vpn/m', 'linux'))
  })
})
