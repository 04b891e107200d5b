/**
 * The system's git: it knows the credentials, signatures and protocols of the machine it runs on, and its administrators know how to
 * set it up. Started without a shell; what the user gave is checked before, and never stands where an option could.
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { CommandFailure, EXIT } from '../exit.ts'

/** git refused or could not be run. The message shows no credentials. */
export class GitFailure extends Error {}

export interface GitOptions {
  readonly signal?: AbortSignal
  readonly input?: string
  readonly timeoutMilliseconds?: number
  /** of the repository */
  readonly directory?: string
}

/** A fetch that hangs longer is given up; the next one may do better. */
const TIMEOUT_MILLISECONDS = 120_000
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0', // nobody is there to be asked
  GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1', // a directory may be called `:x`
  LC_ALL: 'C',
} as const

/** What git tells its hooks of the repository they run for: a fetch of ours would write into that one. */
const INHERITED_GIT_VARIABLES = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
] as const

/** @returns what git wrote to its standard output */
export function git(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const { signal, directory, timeoutMilliseconds = TIMEOUT_MILLISECONDS } = options
  const where = directory === undefined ? [] : ['--git-dir', directory]
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-c', 'protocol.ext.allow=never', ...where, ...args], {
      env: environment(),
      stdio: 'pipe',
      windowsHide: true,
      detached: HAS_GROUPS,
    })
    let why = ''
    const stop = (reason: string) => {
      why = reason
      end(child)
    }
    const timer = setTimeout(() => stop(`no answer in ${timeoutMilliseconds / 1000} s`), timeoutMilliseconds)
    const abort = () => stop('stopped')
    signal?.addEventListener('abort', abort)
    process.once('exit', abort)
    const release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      process.off('exit', abort)
    }
    const output: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.stdin.on('error', () => {}) // a git that has failed no longer listens
    child.on('error', (error) => {
      release()
      reject(new GitFailure(startError(error)))
    })
    child.on('close', (code, ended) => {
      release()
      if (code === 0) return resolve(Buffer.concat(output))
      const said = why === '' ? essenceOf(Buffer.concat(errors).toString('utf8')) : `git ${args[0]}: ${why}`
      reject(new GitFailure(withoutCredentials(said || `git ${args[0]} ended with ${ended ?? code}`)))
    })
    if (signal?.aborted) abort()
    child.stdin.end(options.input ?? '')
  })
}

const HAS_GROUPS = process.platform !== 'win32'

/** git and what it has started: a helper that waits for a silent server outlives its git, and holds the pipes open. */
function end(child: ChildProcessWithoutNullStreams): void {
  child.stdout.destroy()
  child.stderr.destroy()
  try {
    if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    else child.kill()
  } catch {
    // it has just ended by itself
  }
}

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !(INHERITED_GIT_VARIABLES as readonly string[]).includes(name),
  )
  return { ...Object.fromEntries(own), GIT_SSH_COMMAND: sshCommand(), ...ENVIRONMENT }
}

export async function gitText(args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(args, options)).toString('utf8').trim()
}

/** Credentials, if any, and a host that no ssh takes for an option. What stands raw in a password could be a path, and be shown as one. */
const AUTHORITY = String.raw`(?:[^\s/@?#]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/@:?#[\]-][^\s/@:?#]*)(?::\d+)?`
/** Protocols that say who is at the other end: https, ssh, and the machine's own files. */
const URLS = [
  new RegExp(`^(?:https|ssh)://${AUTHORITY}(?:/\\S*)?$`),
  /^file:\/\/\/\S+$/,
  /^\/\S*$/,
  /^[A-Za-z]:[\\/]\S*$/,
]
/** `git@host:path`; a host never begins with a dash, lest ssh take it for an option */
const SCP_LIKE = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]+:(?!\/\/)[^\s:-][^\s:]*$/

export function checkUrl(url: string): string {
  if (URLS.some((form) => form.test(url)) || SCP_LIKE.test(url)) return url
  const shown = url.includes('@') ? `…${url.slice(url.lastIndexOf('@'))}` : url
  const help = url.includes('@') ? ' (in a password, write @ as %40, / as %2F, : as %3A)' : ''
  throw new CommandFailure(EXIT.usage, `${shown} is not an address to fetch from; use https, ssh or a path${help}`)
}

/** @see https://git-scm.com/docs/git-check-ref-format */
export function checkBranch(name: string): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name)
  const isOdd = /\.\.|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/.test(name)
  if (isPlain && !isOdd) return name
  throw new CommandFailure(EXIT.usage, `${name} is not the name of a branch`)
}

/** @returns the path inside the repository, with forward slashes; empty for all of it */
export function checkFolder(path: string): string {
  const steps = path.split(/[\\/]/).filter((step) => step !== '' && step !== '.')
  if (!steps.includes('..') && !/[\0\n]/.test(path)) return steps.join('/')
  throw new CommandFailure(EXIT.usage, `${path} leads out of the repository`)
}

/** `https://user:token@host/` is told as `https://host/`. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z]+:\/\/)[^\s/@]+@/gi, '$1')
}

/** An address that may be written down. The user of an ssh address is not a secret, and needed; one of https may be a token. */
export function savableUrl(url: string): string {
  return url.startsWith('ssh://') ? url.replace(/^(ssh:\/\/[^\s/@:]+):[^\s/@]*@/, '$1@') : withoutCredentials(url)
}

/** What git calls an error, without its advice; everything it said where it calls nothing so. */
function essenceOf(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  const errors = lines.filter((line) => /^(?:fatal|error): /.test(line)).map((line) => line.replace(/^\w+: /, ''))
  return (errors.length > 0 ? errors : lines).slice(0, 3).join('; ')
}

function sshCommand(): string {
  return process.env.GIT_SSH_COMMAND ?? 'ssh -o BatchMode=yes -o ConnectTimeout=20'
}

function startError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'git is not installed, or not in PATH'
  return error.message
}
