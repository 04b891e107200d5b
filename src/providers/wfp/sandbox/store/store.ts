/**
 * What the engine asks of the place it keeps its objects in. Two places exist: memory.ts for one process, file.ts for a
 * directory that several processes share. Both give the same answers; a property test holds them to it.
 *
 * An object is the image of its structure (packed with base address 0) and the engine's own bookkeeping beside it: the
 * locally unique id, the owning dynamic session, the security descriptor. `provider`, `type` and `link` repeat what the image says, because
 * they are looked up by.
 */

export const OBJECT_KINDS = ['provider', 'context', 'filter', 'keyManager'] as const
export type StoredKind = (typeof OBJECT_KINDS)[number]

export interface NewObject {
  readonly kind: StoredKind
  readonly key: string
  readonly provider: string | null
  /** Context type of a provider context, layer key of a filter, null of the rest. */
  readonly type: number | string | null
  /** providerContextKey of a filter that has one. */
  readonly link: string | null
  /** Owner token of the session that the object lives and dies with; null for static and persistent ones. */
  readonly session: string | null
  readonly sd: Uint8Array | null
  readonly image: Uint8Array
}

export interface StoredObject extends NewObject {
  /** Ascending, and never given twice: the LUID of the object. */
  readonly id: number
}

/** What an enumeration needs of an object: ten times as many are read as are looked at. */
export interface StoredImage {
  readonly id: number
  /** In an answer of `images` it is there to be read at once: reading another image may write over it. */
  readonly image: Uint8Array
}

/** Images as they were when they were asked for, ascending by id. */
export interface StoredImages {
  readonly length: number
  slice(start: number, end?: number): StoredImage[]
  map<T>(make: (stored: StoredImage) => T): T[]
}

export type Where = Partial<Pick<StoredObject, 'id' | 'key' | 'provider' | 'type' | 'link' | 'session'>>

export type ObjectUpdate = Partial<Pick<StoredObject, 'sd' | 'image'>>

/** One line of the change log: what a subscriber is told, and what its template is compared with. */
export interface StoredChange {
  readonly kind: StoredKind
  readonly key: string
  readonly id: number
  readonly provider: string | null
  readonly type: number | string | null
  /** Whose session made the change: it is not told. */
  readonly session: string
  readonly added: boolean
}

/** One session's view. Outside a transaction it sees the last committed state. Everything here is synchronous. */
export interface Connection {
  /** False when another connection holds the write lock; nothing has happened then. */
  tryWrite(): boolean
  /** Fixes the state this connection reads until `end`. */
  beginRead(): void
  commit(changes: readonly StoredChange[]): void
  /** Ends a read, or takes back everything written since `tryWrite`. */
  abort(): void

  /** Ascending by id. */
  select(kind: StoredKind, where?: Where): StoredObject[]
  /** The same selection, images only. */
  images(kind: StoredKind, where?: Where): StoredImages
  get(kind: StoredKind, key: string): StoredObject | undefined
  exists(kind: StoredKind, where: Where): boolean
  /** Is one of the keys taken? */
  existsAny(kind: StoredKind, keys: readonly string[]): boolean
  insert(object: NewObject): number
  remove(object: StoredObject): void
  /** Replaces the image, the descriptor or both; the object stays the same one. */
  update(object: StoredObject, change: ObjectUpdate): void
  clear(): void

  switches(): ReadonlyMap<string, string>
  setSwitch(name: string, value: string | null): void

  /** Where the change log ends now; then what came after a place in it. */
  lastChange(): number
  changesAfter(place: number): { readonly place: number; readonly changes: readonly StoredChange[] }

  close(): void
}

export interface StoredSession {
  /** Unlike its key, never used again: what the session leaves behind cannot become another's. */
  readonly owner: string
  readonly key: string
  readonly image: Uint8Array
}

/**
 * The sessions of the whole machine. Not transactional, and never behind the write lock: an engine can be opened while
 * somebody writes. A session counts for as long as its process lives.
 */
export interface Sessions {
  /** False when a live session has that key. */
  add(session: StoredSession): boolean
  /** Ended, but remembered until what it owned is gone (`forget`). */
  end(owner: string): void
  live(): StoredSession[]
  /** Sessions that ended, or whose process died, and that may have left objects behind. */
  gone(): string[]
  forget(owners: readonly string[]): void
  setSubscribed(owner: string, subscribed: boolean): void
  /** Does anybody want the change log? */
  anySubscribed(): boolean
}

export interface Store {
  readonly sessions: Sessions
  connect(): Connection
  /** Calls back after a commit that had changes, in this process or another. A hint: read the change log. */
  onCommit(listener: () => void): () => void
  close(): void
}

/** How many changes the log keeps; a subscriber that falls further behind has missed some, as documented. */
export const CHANGE_LOG_LENGTH = 250_000
