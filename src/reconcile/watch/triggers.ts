/** Why the loop looks again. To add a trigger: one line here, and whoever marks it; the published events list them, too. */

export interface TriggerTraits {
  /** what is declared may be another */
  readonly readsManifests: boolean
  /** what is known of files counts for nothing: their dates may say less than they should */
  readonly forgetsFiles: boolean
  /** what the engine told counts for nothing: it may not have told all, or what it told was not enough to succeed */
  readonly forgetsEngine: boolean
  /** comes in bursts: a pass waits until it is quiet */
  readonly gathers: boolean
  /** what failed is tried again at once */
  readonly retriesNow: boolean
}

const PLAIN: TriggerTraits = {
  readsManifests: true,
  forgetsFiles: false,
  forgetsEngine: false,
  gathers: false,
  retriesNow: false,
}
/** Nothing that was known counts. */
const ANEW: TriggerTraits = { ...PLAIN, forgetsFiles: true, forgetsEngine: true }

export const TRIGGERS = {
  start: PLAIN,
  files: { ...PLAIN, gathers: true },
  git: PLAIN,
  engine: { ...PLAIN, readsManifests: false, gathers: true },
  resync: ANEW,
  retry: { ...PLAIN, readsManifests: false, forgetsEngine: true },
  settle: PLAIN,
  expiry: PLAIN,
  hangup: { ...ANEW, retriesNow: true },
  fleet: { ...ANEW, retriesNow: true },
} as const satisfies { readonly [name: string]: TriggerTraits }

export type Trigger = keyof typeof TRIGGERS

/** What led to a pass. */
export interface Marks {
  readonly triggers: ReadonlySet<Trigger>
  /** the clock's time of the first mark */
  readonly since: number
}

/** @returns whether one of the triggers has this trait */
export function has({ triggers }: Pick<Marks, 'triggers'>, trait: keyof TriggerTraits): boolean {
  return [...triggers].some((trigger) => TRIGGERS[trigger][trait])
}

/** @returns whether nobody said that the engine had changed */
export function onlyTimer({ triggers }: Marks): boolean {
  return triggers.has('resync') && !triggers.has('engine')
}
