/**
 * What the engine does, as the documentation has it: one statement a test. Runs against anything with the Library interface;
 * a library that cannot show a rule skips the test by its title, with the reason.
 */
import { describe } from 'vitest'
import { contexts } from './contexts.ts'
import { enumerations } from './enumerations.ts'
import { faults } from './faults.ts'
import { filters } from './filters.ts'
import { keyManagers } from './key-managers.ts'
import { lifetimes } from './lifetimes.ts'
import { type Chapter, describeEngine, type LibraryOpener, type Skips } from './machine.ts'
import { notifications } from './notifications.ts'
import { policies } from './policies.ts'
import { sessions } from './sessions.ts'
import { switches } from './switches.ts'
import { transactions } from './transactions.ts'
import { tunnels } from './tunnels.ts'

const CHAPTERS: Readonly<Record<string, Chapter>> = {
  sessions,
  transactions,
  lifetimes,
  'provider contexts': contexts,
  policies,
  filters,
  tunnels,
  enumerations,
  'change notifications': notifications,
  'key managers': keyManagers,
  switches,
  faults,
}

export function describeLibrary(name: string, openLibrary: LibraryOpener, skips: Skips = {}): void {
  describe(name, () => {
    for (const [title, chapter] of Object.entries(CHAPTERS)) describeEngine(title, openLibrary, chapter, skips)
  })
}
