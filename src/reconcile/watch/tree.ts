/** The files as they were read last, and what of them counts: readings that are invalid, or of which something is missing, wait. */

import {
  type Diagnostic,
  hasErrors,
  type OnProgress,
  type RememberedResults,
  type SourceFile,
} from '../../base/index.ts'
import {
  type Address,
  addressOf,
  type Desired,
  firstExpiry,
  type Kind,
  loadDesired,
  Memory,
  manifestsOf,
} from '../../manifest/index.ts'
import { strictly } from '../plan/index.ts'
import type { Clock } from './clock.ts'
import type { ManifestSource, SourceReading } from './source.ts'

/** A reading that was accepted: it is enforced until a better one comes. */
export interface Accepted {
  readonly desired: Desired
  readonly warnings: readonly Diagnostic[]
  readonly commit?: string
}

export interface Look {
  /** `good`: what was read is what is enforced; otherwise the last good one still is */
  readonly verdict: 'good' | 'invalid' | 'unsettled' | 'nothing'
  /** what is to be enforced; absent before the first good reading */
  readonly accepted?: Accepted
  /** Git commit of the last reading, whether or not it is enforced */
  readonly read?: string
  /** this reading took the place of another one */
  readonly changed: boolean
  /** errors of an invalid reading */
  readonly diagnostics: readonly Diagnostic[]
  /** what was declared before and is not in an unsettled reading; empty at the start, when nothing was known before */
  readonly missing: readonly Address[]
  /** of an unsettled reading: how long until the next one may agree with it */
  readonly waitMilliseconds: number
}

/** A reading with an absence, waiting for the next one to agree. */
interface Candidate {
  readonly fingerprint: string
  readonly seenAt: number
}

/** What was declared before, and the file it stood in. */
interface Missing {
  readonly address: Address
  readonly file: string | undefined
}

type Kinds = ReadonlyMap<string, Kind>

export interface TreeOptions {
  readonly clock: Clock
  readonly settleMilliseconds: number
  /** a reading with warnings that nobody waived does not count */
  readonly strict: boolean
  readonly progress?: OnProgress
  /** what earlier processes have found out of these manifests, for the first reading; absent: nothing is known */
  readonly results?: RememberedResults
}

/** How long an absence must stand before it counts. A deletion can wait for a moment; a tunnel that was pruned is an outage. */
export const SETTLE_MILLISECONDS = 250
/** What is missing from a file that still stands may be about to be written: a slow writer pauses longer than one who deletes. */
const IN_FILE_MILLISECONDS = 2_000
const LONGEST_MILLISECONDS = 60_000

export class Tree {
  readonly #source: ManifestSource
  readonly #kinds: Kinds
  readonly #options: Omit<TreeOptions, 'results' | 'progress'>
  #accepted: Accepted | undefined
  #acceptedFingerprint = ''
  #read: string | undefined
  /** milliseconds since 1970, when the first waiver in what is accepted ends */
  #expiry: number | undefined
  #candidate: Candidate | undefined
  /** the last reading that differed from the one before, and how many such came in a row */
  #unrest = { fingerprint: '', count: 0, at: 0 }
  readonly #memory: Memory
  #files = new Map<string, SourceFile>()

  constructor(source: ManifestSource, kinds: Kinds, { results, progress, ...options }: TreeOptions) {
    this.#source = source
    this.#kinds = kinds
    this.#options = options
    // for the first reading alone: what was remembered of ten thousand texts is as long as they are
    this.#memory = new Memory(results, progress)
  }

  /** @param options `anew`: see `ManifestSource.read` */
  async look(options?: { readonly anew: boolean }): Promise<Look> {
    const reading = await this.#source.read(options)
    this.#read = reading?.commit
    if (!reading) return this.#verdict('nothing')
    const files = this.#sameObjects(reading.files)
    const fingerprint = fingerprintOf(files)
    this.#noteUnrest(fingerprint)
    const isKnown = fingerprint === this.#acceptedFingerprint && !this.#isExpired
    if (isKnown && this.#accepted && !hasErrors(reading.diagnostics)) {
      this.#candidate = undefined
      this.#accepted = withCommit(this.#accepted, reading)
      return this.#verdict('good')
    }
    const now = this.#options.clock.date()
    const loaded = loadDesired(files, this.#kinds, this.#memory, now)
    const diagnostics = strictly([...reading.diagnostics, ...loaded.diagnostics], this.#options)
    if (hasErrors(diagnostics)) {
      this.#candidate = undefined // nothing can be missing from a tree that cannot be read
      return this.#verdict('invalid', { diagnostics })
    }
    const missing = this.#missingFrom(loaded.desired)
    if (missing.length > 0 || !this.#accepted) {
      const waitMilliseconds = this.#waitLeft(reading, fingerprint, this.#waitFor(missing, reading))
      const addresses = missing.map(({ address }) => address)
      if (waitMilliseconds > 0) return this.#verdict('unsettled', { missing: addresses, waitMilliseconds })
    }
    this.#candidate = undefined
    this.#unrest = { ...this.#unrest, count: 0 }
    this.#acceptedFingerprint = fingerprint
    this.#memory.results?.texts.save()
    this.#memory.results?.trees.save()
    this.#memory.results = undefined
    this.#expiry = firstExpiry(manifestsOf(loaded.desired), now)
    this.#accepted = withCommit({ desired: loaded.desired, warnings: diagnostics }, reading)
    return this.#verdict('good', { changed: true })
  }

  /** how long, by the date, until a waiver in what is accepted ends */
  get expiresIn(): number | undefined {
    return this.#expiry === undefined ? undefined : this.#expiry - this.#options.clock.date().getTime()
  }

  get #isExpired(): boolean {
    return (this.expiresIn ?? 1) <= 0
  }

  /** Two readings agree: the same files, the second long enough after the first, and nobody known to be at work. */
  #waitLeft({ state }: SourceReading, fingerprint: string, waitMilliseconds: number): number {
    if (state === 'finished') return 0
    const now = this.#options.clock.now()
    if (state === 'busy' || this.#candidate?.fingerprint !== fingerprint) this.#candidate = { fingerprint, seenAt: now }
    return Math.max(0, this.#candidate.seenAt + waitMilliseconds - now)
  }

  /** It grows while the files do. */
  #waitFor(
    missing: readonly Missing[],
    { files, quietMilliseconds = Number.POSITIVE_INFINITY }: SourceReading,
  ): number {
    const grown = (first: number) => first * 2 ** Math.max(0, this.#unrest.count - 1)
    const standing = new Set(files.map(({ path }) => path))
    const isInFile = missing.some(({ file }) => file !== undefined && standing.has(file))
    // at the start nothing is known to be missing: of a file that was written to just now, anything may be
    const isBeingWritten =
      !this.#accepted && quietMilliseconds < Math.min(LONGEST_MILLISECONDS, grown(IN_FILE_MILLISECONDS))
    const settle = this.#options.settleMilliseconds
    const first = isInFile || isBeingWritten ? Math.max(settle, IN_FILE_MILLISECONDS) : settle
    return Math.max(settle, Math.min(LONGEST_MILLISECONDS, grown(first)))
  }

  /** Files that change again and again are being written; after a while without a change they are not. */
  #noteUnrest(fingerprint: string): void {
    const { count, at } = this.#unrest
    if (fingerprint === this.#unrest.fingerprint) return
    const now = this.#options.clock.now()
    const isQuiet = now - at > Math.min(LONGEST_MILLISECONDS, IN_FILE_MILLISECONDS * 2 ** count)
    this.#unrest = { fingerprint, count: isQuiet ? 1 : count + 1, at: now }
  }

  #missingFrom(desired: Desired): Missing[] {
    const before = this.#accepted?.desired
    if (!before) return []
    // of a file that is as it was, the resources are the objects that they were
    const gone = placesOf({ ...before, resources: without(before.resources, desired.resources) })
    const fresh = placesOf({ ...desired, resources: without(desired.resources, before.resources) })
    const declared = new Set([...fresh.keys(), ...formerAddresses(desired)])
    return [...gone].flatMap(([address, file]) => (declared.has(address) ? [] : [{ address, file }]))
  }

  #verdict(verdict: Look['verdict'], more: Partial<Look> = {}): Look {
    const accepted = this.#accepted && { accepted: this.#accepted }
    const read = this.#read !== undefined && { read: this.#read }
    return { verdict, changed: false, diagnostics: [], missing: [], waitMilliseconds: 0, ...accepted, ...read, ...more }
  }

  /** A file whose text is unchanged stays the same object, so that what was read from it once need not be read again. */
  #sameObjects(files: readonly SourceFile[]): SourceFile[] {
    const kept = files.map((file) => {
      const known = this.#files.get(file.path)
      return known && isSameFile(known, file) ? known : file
    })
    this.#files = new Map(kept.map((file) => [file.path, file]))
    return kept
  }
}

function isSameFile(a: SourceFile, b: SourceFile): boolean {
  return a.text === b.text && a.holds === b.holds && a.flaw === b.flaw
}

function without<T>(all: readonly T[], others: readonly T[]): T[] {
  const known = new Set(others)
  return all.filter((one) => !known.has(one))
}

/** What is declared, and the file it stands in. */
function placesOf({ resources, sets }: Desired): Map<Address, string | undefined> {
  return new Map([
    ...resources.map((one): [Address, string] => [addressOf(one), one.manifest.file.path]),
    ...sets.map((set): [Address, string | undefined] => [`TunnelSet/${set.name}`, set.manifest?.file.path]),
  ])
}

/** What was renamed is not missing: it says what it was. */
function formerAddresses({ resources }: Desired): Address[] {
  return resources.flatMap(({ kind, formerly = [] }) => formerly.map((name) => addressOf({ kind, name })))
}

function withCommit(accepted: Accepted, { commit }: SourceReading): Accepted {
  const { commit: _, ...rest } = accepted
  return commit === undefined ? rest : { ...rest, commit }
}

/** What tells two readings apart. Files keep their objects while their text does, so a number for each object is enough. */
function fingerprintOf(files: readonly SourceFile[]): string {
  return files.map((file) => `${file.path}\0${serialOf(file)}`).join('\0')
}

const serials = new WeakMap<SourceFile, number>()
let lastSerial = 0

function serialOf(file: SourceFile): number {
  const known = serials.get(file)
  if (known !== undefined) return known
  lastSerial += 1
  serials.set(file, lastSerial)
  return lastSerial
}
