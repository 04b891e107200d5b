/** `diff`: two commits of this repository, and what the second would change on each host that has the first. No engine, no secret. */

import { type Diagnostic, hasErrors } from '../../base/index.ts'
import { kindsByName } from '../../kinds/index.ts'
import { loadDesired, Memory } from '../../manifest/index.ts'
import { plansBetween, strictly } from '../../reconcile/plan/index.ts'
import type { ExitCode } from '../exit.ts'
import { type Revision, readRevisions } from '../git/local.ts'
import { answerForHosts, rejected } from '../pages/answer.ts'
import type { Terminal } from '../terminal.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const [from = '', to = '', path = '.'] = args
  const [old, next] = (await readRevisions([from, to], path)) as [Revision, Revision]
  const shownAs = (file: string) => `${from}:${file}`
  const before = read(old, terminal)
  if (hasErrors(before.diagnostics)) {
    const found = before.diagnostics.map((one) => labelled(one, shownAs))
    return rejected(TITLE, found, { options, terminal })
  }
  const after = read(next, terminal)
  const diagnostics = strictly(after.diagnostics, { strict: options.strict === true })
  if (hasErrors(diagnostics)) return rejected(TITLE, diagnostics, { options, terminal })
  const revisions = { from: { revision: from, commit: old.id }, to: { revision: to, commit: next.id } }
  const hosts = plansBetween(before.desired, after.desired, { shownAs })
  const telling = { reason: `not in ${to}`, origin: 'declared' } as const
  return answerForHosts(
    { title: TITLE, about: revisions, hosts, telling, diagnostics, declared: after.desired },
    { options, terminal },
  )
}

const TITLE = 'wfpctl diff'

/** Of two versions of one file, the older is told apart as git does: `main:gw/hq.yaml`. */
function labelled(found: Diagnostic, shownAs: (file: string) => string): Diagnostic {
  const { span } = found
  return span ? { ...found, span: { ...span, file: { ...span.file, path: shownAs(span.file.path) } } } : found
}

function read({ files, diagnostics: unread }: Revision, { progress }: Terminal) {
  const { desired, diagnostics } = loadDesired(files, kindsByName, new Memory(undefined, progress))
  return { desired, diagnostics: [...unread, ...diagnostics] as readonly Diagnostic[] }
}
