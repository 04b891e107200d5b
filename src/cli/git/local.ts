/** The repository that this directory is in, only ever looked into: nothing is checked out, fetched or run. */

import { posix } from 'node:path'
import { CommandFailure, EXIT } from '../exit.ts'
import { type Commit, readCommit } from './commit.ts'
import { checkFolder, GitFailure, gitText } from './git.ts'

/** What a revision holds below a path of the working directory. */
export interface Revision extends Commit {
  /** as it was given: `main~1` */
  readonly name: string
}

/** @throws CommandFailure where there is no repository, or no such commit in it */
export async function readRevisions(names: readonly string[], path: string): Promise<Revision[]> {
  try {
    const directory = await gitText(['rev-parse', '--absolute-git-dir'], { offline: true })
    const prefix = await gitText(['rev-parse', '--show-prefix'], { offline: true })
    const folder = checkFolder(posix.normalize(posix.join(prefix, path.replaceAll('\\', '/'))))
    const where = { directory, offline: true } as const
    const ids = await Promise.all(names.map((name) => commitOf(name, directory)))
    const read = await Promise.all(
      ids.map(async (id, i) => ({ ...(await readCommit(id, folder, where)), name: names[i] as string })),
    )
    return orEmpty(read, folder)
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    throw new CommandFailure(EXIT.invalid, `git: ${error.message}`)
  }
}

/** A folder that one of them lacks holds nothing there; one that none has is mistyped. */
function orEmpty(revisions: readonly Revision[], folder: string): Revision[] {
  const lacks = ({ diagnostics }: Commit) =>
    diagnostics.some(({ code, span }) => code === 'E101' && span?.file.path === folder)
  if (revisions.every(lacks)) throw new CommandFailure(EXIT.invalid, `none of these commits has ${folder}`)
  return revisions.map((revision) => (lacks(revision) ? { ...revision, diagnostics: [] } : revision))
}

async function commitOf(name: string, directory: string): Promise<string> {
  if (/^-|\.\.|[\0\n]/.test(name)) throw new CommandFailure(EXIT.usage, `${name} is not one revision`)
  try {
    return await gitText(['rev-parse', '--verify', '--quiet', `${name}^{commit}`], { directory, offline: true })
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    throw new CommandFailure(
      EXIT.invalid,
      `there is no commit ${name} in this repository; \`git log\` lists them, and a shallow clone lacks the older ones`,
    )
  }
}
