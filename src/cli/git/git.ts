/**
 * The system's git: it knows the credentials, signatures and protocols of the machine it runs on, and its administrators know how to
 * set it up. Started without a shell; what the user gave is checked before, and never stands where an option could.
 */

import { spawn } from 'node:child_process'
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

/** @returns what git wrote to its standard output */
export function git(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const where = options.directory === undefined ? [] : ['--git-dir', options.directory]
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-c', 'protocol.ext.allow=never', ...where, ...args], {
      env: { ...process.env, GIT_SSH_COMMAND: sshCommand(), ...ENVIRONMENT },
      stdio: 'pipe',
      windowsHide: true,
      timeout: options.timeoutMilliseconds ?? TIMEOUT_MILLISECONDS,
      ...(options.signal && { signal: options.signal }),
    })
    const output: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.stdin.on('error', () => {}) // a git that has failed no longer listens
    child.on('error', (error) => reject(new GitFailure(startError(error))))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output))
      const said = essenceOf(Buffer.concat(errors).toString('utf8'))
      reject(new GitFailure(withoutCredentials(said || `git ${args[0]} ended with ${signal ?? code}`)))
    })
    child.stdin.end(options.input ?? '')
  })
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
  throw new CommandFailure(EXIT.usage, `${shown} is no address to fetch from; use https, ssh or a path${help}`)
}

/** @see https://git-scm.com/docs/git-check-ref-format */
export function checkBranch(name: string): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name)
  const isOdd = /\.\.|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/.test(name)
  if (isPlain && !isOdd) return name
  throw new CommandFailure(EXIT.usage, `${name} is no name of a branch`)
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

/** An address that may be written down. The user of an ssh address is no secret, and needed; one of https may be a token. */
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
  return error.name === 'AbortError' ? 'git was stopped' : error.message
}
