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
/** Within a line. */
const ENTRY_AT = DIGEST_LENGTH + 1
const RESULT_AT = ENTRY_AT + DIGEST_LENGTH + 1
const LINE_END = 0x0a
const BLANK = 0x20
const NOTHING = Buffer.alloc(0)

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

/** A line for each result. The file is read when the first one is asked for; a line is checked and decoded when it is. */
export class SavedResults implements Results {
  readonly #directory: string
  readonly #path: string
  /** where the line of a digest lies in the bytes; those of this run are lines of their own */
  #known: ReadonlyMap<string, readonly [start: number, end: number]> | undefined
  #bytes: Buffer = NOTHING
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
    return line?.slice(RESULT_AT)
  }

  #asked(digest: string): string | undefined {
    const place = this.#lines().get(digest)
    const line = place && wholeLine(this.#bytes.subarray(...place))
    if (line !== undefined) this.#used.set(digest, line)
    return line
  }

  put(digest: string, result: string): void {
    if (result.includes('\n')) return
    this.#used.set(digest, lineOf(`${digest} ${result}`))
    this.#hasNew = true
  }

  #lines(): ReadonlyMap<string, readonly [number, number]> {
    if (this.#known) return this.#known
    this.#bytes = readOwn(this.#directory, this.#path) ?? NOTHING
    this.#known = linesIn(this.#bytes)
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
      const line = wholeLine(this.#bytes.subarray(start, end))
      if (line !== undefined) unasked.push(line)
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
      writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' })
      renameSync(unfinished, this.#path)
      this.#hasNew = false
    } catch {
      discard(unfinished)
    }
  }
}

/** @returns undefined where there is any doubt */
function readOwn(directory: string, path: string): Buffer | undefined {
  try {
    if (!isOwn(directory) || !isOwn(path) || new Trust().flawOf(path)) return undefined
    return readRegularFile(path, MAX_BYTES)
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

/** A digest of what follows, a blank, the digest that the result is asked for by, a blank, the result. */
function lineOf(entry: string): string {
  return `${hash(OWN_DIGEST, entry)} ${entry}`
}

/** @returns undefined where a byte of it is another, or missing */
function wholeLine(bytes: Buffer): string | undefined {
  const isWhole = hash(OWN_DIGEST, bytes.subarray(ENTRY_AT)) === bytes.toString('latin1', 0, DIGEST_LENGTH)
  return isWhole && bytes[DIGEST_LENGTH] === BLANK ? bytes.toString('utf8') : undefined
}

/** What has no end is none: its writer was killed. */
function linesIn(bytes: Buffer): ReadonlyMap<string, readonly [number, number]> {
  const known = new Map<string, readonly [number, number]>()
  for (let start = 0, end = bytes.indexOf(LINE_END); end >= 0; start = end + 1, end = bytes.indexOf(LINE_END, start))
    known.set(bytes.toString('latin1', start + ENTRY_AT, start + ENTRY_AT + DIGEST_LENGTH), [start, end])
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
