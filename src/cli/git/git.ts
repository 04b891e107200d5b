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
  /** an answer that is longer ends it */
  readonly maxBytes?: number
  /** of a repository that is not ours: nothing that it lacks is fetched */
  readonly offline?: true
  /** variables of git's configuration, in the environment of this call */
  readonly config?: { readonly [name: string]: string }
}

/** A fetch that hangs longer is given up; the next one may do better. */
const TIMEOUT_MILLISECONDS = 120_000
/** The listing of a repository of some hundred thousand files. */
const MAX_ANSWER_BYTES = 64_000_000
const MAX_ERROR_CHUNKS = 100
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0', // nobody is there to be asked
  GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1', // a directory may be called `:x`
  LC_ALL: 'C',
} as const

const OFFLINE = { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' } as const

/**
 * What of our environment git, its helpers and ssh are given: what they are known to look at. The rest may hold keys that manifests refer
 * to. `WFPCTL_GIT_ENV` names more. What git tells its hooks (`GIT_DIR`, …) is not among it: a fetch of ours would write into that repository.
 */
const PASSED =
  /^(?:PATH|PATHEXT|HOME|HOMEDRIVE|HOMEPATH|USER|USERNAME|USERPROFILE|LOGNAME|SHELL|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES(?:\(X86\))?|PROGRAMW6432|TEMP|TMP|TMPDIR|TZ|LANG|XDG_[A-Z]+_(?:HOME|DIRS?)|DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|SSH_AUTH_SOCK|SSH_AGENT_PID|SSH_ASKPASS(?:_REQUIRE)?|GNUPGHOME|GPG_TTY|KRB5CCNAME|KRB5_CONFIG|(?:HTTPS?|ALL|NO)_PROXY|CURL_CA_BUNDLE|SSL_CERT_(?:FILE|DIR)|GCM_[A-Z_]+|MSYSTEM|GIT_(?:ASKPASS|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)|CURL_VERBOSE|EXEC_PATH|HTTP_[A-Z_]+|PROXY_COMMAND|PROXY_SSL_[A-Z_]+|SSH|SSH_COMMAND|SSH_VARIANT|SSL_[A-Z_]+|TRACE[A-Z0-9_]*))$/i

/** @returns what git wrote to its standard output */
export function git(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const { signal, directory, timeoutMilliseconds = TIMEOUT_MILLISECONDS, maxBytes = MAX_ANSWER_BYTES } = options
  const where = directory === undefined ? [] : ['--git-dir', directory]
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-c', 'protocol.ext.allow=never', ...where, ...args], {
      env: { ...environment(options.config), ...(options.offline && OFFLINE) },
      stdio: 'pipe',
      windowsHide: true,
      detached: HAS_GROUPS,
    })
    const release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      process.off('exit', abort)
    }
    /** Whoever asked is told at once: what git does about it is no longer waited for. */
    const stop = (reason: string) => {
      release()
      end(child)
      reject(new GitFailure(`git ${args[0]}: ${reason}`))
    }
    const timer = setTimeout(() => stop(`no answer in ${timeoutMilliseconds / 1000} s`), timeoutMilliseconds)
    const abort = () => stop('stopped')
    signal?.addEventListener('abort', abort)
    process.once('exit', abort)
    const output: Buffer[] = []
    const errors: Buffer[] = []
    let length = 0
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) stop(`it answers with more than ${maxBytes} bytes`)
      else output.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < MAX_ERROR_CHUNKS) errors.push(chunk)
    })
    child.stdin.on('error', () => {}) // a git that has failed no longer listens
    child.on('error', (error) => {
      release()
      reject(new GitFailure(startError(error)))
    })
    child.on('close', (code, ended) => {
      release()
      if (code === 0) return resolve(Buffer.concat(output))
      const said = essenceOf(Buffer.concat(errors).toString('utf8'))
      reject(new GitFailure(withoutCredentials(said || `git ${args[0]} ended with ${ended ?? code}`)))
    })
    if (signal?.aborted) abort()
    child.stdin.end(options.input ?? '')
  })
}

const HAS_GROUPS = process.platform !== 'win32'
/** A git that does not go when it is asked to is made to. */
const GRACE_MILLISECONDS = 1_000

/** git and what it has started: a helper that waits for a silent server outlives its git, and holds the pipes open. */
function end(child: ChildProcessWithoutNullStreams): void {
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy()
  child.unref()
  kill(child, 'SIGTERM')
  setTimeout(() => kill(child, 'SIGKILL'), GRACE_MILLISECONDS).unref()
}

function kill(child: ChildProcessWithoutNullStreams, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, signal)
    else child.kill(signal)
  } catch {
    // it has just ended by itself
  }
}

function environment(config: GitOptions['config'] = {}): NodeJS.ProcessEnv {
  const more = (process.env.WFPCTL_GIT_ENV ?? '').split(/[\s,]+/)
  const passed = Object.entries(process.env).filter(([name]) => PASSED.test(name) || more.includes(name))
  return { ...Object.fromEntries(passed), GIT_SSH_COMMAND: sshCommand(), ...ENVIRONMENT, ...configVariables(config) }
}

/** Configuration for this call alone, where no list of processes shows it: beside what is there in that form already. */
function configVariables(config: NonNullable<GitOptions['config']>): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => /^GIT_CONFIG_(?:KEY|VALUE)_\d+$/.test(name))
  const first = Number(process.env.GIT_CONFIG_COUNT ?? 0)
  const own = Object.entries(config).flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${first + i}`, key],
    [`GIT_CONFIG_VALUE_${first + i}`, value],
  ])
  const count = { GIT_CONFIG_COUNT: String(first + Object.keys(config).length) }
  return { ...Object.fromEntries([...given, ...own]), ...count }
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

/** A branch, a tag, or the full id of a commit. @see https://git-scm.com/docs/git-check-ref-format */
export function checkRef(name: string): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9._/+-]*$/.test(name)
  const isOdd = /\.\.|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/.test(name)
  if (isPlain && !isOdd) return name
  throw new CommandFailure(EXIT.usage, `${name} is not the name of a branch or a tag, nor the id of a commit`)
}

export function isCommitId(name: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)
}

/** An address without what proves who asks, and that as configuration: a list of processes shows the one and not the other. */
export function withHiddenCredentials(url: string): {
  readonly url: string
  readonly config: { [name: string]: string }
} {
  const { username, password, origin } = /^https:/.test(url) ? new URL(url) : { username: '', password: '', origin: '' }
  if (username === '' && password === '') return { url: savableUrl(url), config: {} }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const header = `Authorization: Basic ${Buffer.from(pair).toString('base64')}`
  return { url: withoutCredentials(url), config: { [`http.${origin}/.extraHeader`]: header } }
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
