/**
 * What earlier runs have found out about texts that have not changed, in three files for each place that manifests are read from. It belongs to
 * its owner alone; where anything about it is in doubt it is not used, and where it cannot be written the next run takes longer.
 */

import { hash, randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Json, OWN_DIGEST, type RememberedResults, type Results } from '../base/index.ts'
import { readRegularFile, Trust } from '../manifest/index.ts'
import { makeDirectories } from './trusted.ts'

/** A digest of all that the program is made of, put in by the build. Straight from its source it remembers nothing. */
declare const WFPCTL_BUILD: string | undefined

/** Three for each place whose results are kept; those that were written longest ago go. */
const MOST_FILES = 96
const WHOLE = '.jsonl'
/** Nobody writes for so long. */
const ABANDONED_MILLISECONDS = 600_000
const OTHERS = 0o077
/** Those of 100 000 tunnels take some 100 MB. */
const MAX_BYTES = 512_000_000
const DIGEST_LENGTH = 64

/** A directory in the user's cache; systemd names another. */
export function cacheDirectory(name: string): string {
  const { CACHE_DIRECTORY, LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (CACHE_DIRECTORY) return join(CACHE_DIRECTORY, name)
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'wfpctl', name)
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'wfpctl', name)
}

/**
 * @param places paths or URLs that the manifests are read from
 * @returns undefined where nothing is to be remembered, and `--no-cache` says so
 */
export function openResults(places: readonly string[], options: { readonly cache?: unknown }): AllResults | undefined {
  const build = typeof WFPCTL_BUILD === 'string' ? WFPCTL_BUILD : undefined
  if (build === undefined || options.cache === false || process.env.WFPCTL_NO_CACHE) return undefined
  const about = { places: places.map((place) => resolve(place)), build }
  const of = (what: string, most = 0) => new SavedResults(cacheDirectory('results'), { ...about, of: what }, most)
  return { texts: of('texts'), trees: of('trees', MOST_UNASKED), passes: of('passes', MOST_UNASKED) }
}

/** Of what manifests say, and of passes over an engine. */
interface AllResults extends RememberedResults {
  readonly passes: Results
}

/** The trees of a few branches, the passes of a few choices: who looks at one of them does not forget the others. */
const MOST_UNASKED = 8

/** What is kept is read by every run: of ten thousand tunnels, a pass is a million characters. */
const MOST_UNASKED_CHARACTERS = 3_000_000

/** A line for each result: digest, blank, text. The first line is the digest of the others. Read when something is asked for. */
export class SavedResults implements Results {
  readonly #directory: string
  readonly #path: string
  /** where the line of a digest lies in the text; those of this run are lines of their own */
  #known: ReadonlyMap<string, readonly [start: number, end: number]> | undefined
  #text = ''
  readonly #used = new Map<string, string>()
  readonly #mostUnasked: number
  #hasNew = false

  /**
   * @param key what else the results depend on
   * @param mostUnasked how many are kept of those that this run does not ask for
   */
  constructor(directory: string, key: Json, mostUnasked = 0) {
    this.#directory = directory
    this.#mostUnasked = mostUnasked
    this.#path = join(directory, `${hash('sha256', JSON.stringify(key)).slice(0, 32)}${WHOLE}`)
  }

  get(digest: string): string | undefined {
    const line = this.#used.get(digest) ?? this.#asked(digest)
    return line?.slice(DIGEST_LENGTH + 1)
  }

  #asked(digest: string): string | undefined {
    const place = this.#lines().get(digest)
    if (place === undefined) return undefined
    const line = this.#text.slice(...place)
    this.#used.set(digest, line)
    return line
  }

  put(digest: string, result: string): void {
    if (result.includes('\n')) return
    this.#used.set(digest, `${digest} ${result}`)
    this.#hasNew = true
  }

  #lines(): ReadonlyMap<string, readonly [number, number]> {
    if (this.#known) return this.#known
    this.#text = readOwn(this.#directory, this.#path) ?? ''
    this.#known = linesOf(this.#text)
    return this.#known
  }

  /** In the order of their use, the last first. */
  #kept(): string[] {
    const unasked: string[] = []
    let left = MOST_UNASKED_CHARACTERS
    for (const [digest, [start, end]] of this.#mostUnasked > 0 ? this.#lines() : []) {
      if (this.#used.has(digest)) continue
      left -= end - start
      if (left < 0 || unasked.length === this.#mostUnasked) break
      unasked.push(this.#text.slice(start, end))
    }
    return [...this.#used.values(), ...unasked]
  }

  /**
   * What this run did not ask for is forgotten, but for some. Another run may do the same: the file is replaced whole, by whoever is
   * last.
   */
  save(): void {
    if (!this.#hasNew) return
    const text = `${this.#kept().join('\n')}\n`
    const unfinished = `${this.#path}.${process.pid}.${randomBytes(4).toString('hex')}`
    try {
      makeDirectories(this.#directory, 0o700)
      if (!isOwn(this.#directory)) return
      makeRoom(this.#directory)
      writeFileSync(unfinished, `${hash(OWN_DIGEST, text)}\n${text}`, { mode: 0o600, flag: 'wx' })
      renameSync(unfinished, this.#path)
      this.#hasNew = false
    } catch {
      discard(unfinished)
    }
  }
}

/** @returns the lines behind the first, if that is right; undefined where there is any doubt */
function readOwn(directory: string, path: string): string | undefined {
  try {
    if (!isOwn(directory) || !isOwn(path) || new Trust().flawOf(path)) return undefined
    const bytes = readRegularFile(path, MAX_BYTES)
    const lines = bytes.subarray(DIGEST_LENGTH + 1)
    const head = `${hash(OWN_DIGEST, lines)}\n`
    return bytes.toString('latin1', 0, head.length) === head ? lines.toString('utf8') : undefined
  } catch {
    return undefined
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // where it cannot be looked for, it was never written
  }
}

/** Nobody else could have written it, or can read it. On Windows the user's own folders see to that. */
function isOwn(path: string): boolean {
  const { uid, mode } = lstatSync(path)
  return process.getuid === undefined || (uid === process.getuid() && (mode & OTHERS) === 0)
}

function linesOf(text: string): ReadonlyMap<string, readonly [number, number]> {
  const known = new Map<string, readonly [number, number]>()
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    known.set(text.slice(start, start + DIGEST_LENGTH), [start, end])
    start = end + 1
  }
  return known
}

/** What a process left half done that was killed takes no room from what is whole. */
function makeRoom(directory: string): void {
  const files = readdirSync(directory).map((name) => ({ path: join(directory, name), isWhole: name.endsWith(WHOLE) }))
  const dated = files.flatMap((file) => {
    const at = lstatSync(file.path, { throwIfNoEntry: false })?.mtimeMs // another process makes room as well
    return at === undefined ? [] : [{ ...file, at }]
  })
  const left = dated.filter(({ isWhole, at }) => !isWhole && Date.now() - at > ABANDONED_MILLISECONDS)
  const whole = dated.filter(({ isWhole }) => isWhole).sort((a, b) => a.at - b.at)
  for (const { path } of [...left, ...whole.slice(0, Math.max(0, whole.length - MOST_FILES + 1))])
    rmSync(path, { force: true })
}
