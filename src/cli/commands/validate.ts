/** `validate`: step one of the spine, alone. Never opens an engine, never reads a secret. */

import { hasErrors, plural } from '../../base/index.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { NO_MANIFESTS, readManifests } from '../load.ts'
import { diagnosticsToJson, FORMAT_VERSION, toJson } from '../render/index.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const { files, resources, diagnostics, commit } = await readManifests(args, options, {
    acts: false,
    progress: terminal.progress,
  })
  const errors = diagnostics.filter((d) => d.severity === 'error').length
  const summary = {
    files: files.length,
    resources,
    errors,
    warnings: diagnostics.length - errors,
  }
  if (hasErrors(diagnostics)) return terminal.reject(diagnostics, summary)
  if (files.length === 0) terminal.talk(NO_MANIFESTS)
  terminal.findings(diagnostics)
  const origin = commit === undefined ? {} : { commit }
  terminal.answer(
    terminal.findingsAlone?.(diagnostics) ??
      (terminal.json
        ? toJson({ formatVersion: FORMAT_VERSION, ...origin, diagnostics: diagnosticsToJson(diagnostics), summary })
        : `Valid: ${plural(summary.resources, 'resource')} in ${plural(summary.files, 'file')}${commitText(commit)}${warningText(summary.warnings)}.\n`),
  )
  return EXIT.done
}

function commitText(commit: string | undefined): string {
  return commit === undefined ? '' : ` of commit ${commit}`
}

function warningText(warnings: number): string {
  return warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`
}
