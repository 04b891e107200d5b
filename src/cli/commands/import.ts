/** `import TOOL FILE…`: what another tool has → manifests, and a report of what became of every value. Opens no engine, copies no key. */

import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { type Diagnostic, hasErrors, type JsonObject, plural, printable, type SourceFile } from '../../base/index.ts'
import {
  type Entry,
  FILLABLE,
  type Imported,
  type ImportTool,
  importFrom,
  type Manifest,
  SOURCES,
  yamlOf,
} from '../../importers/import.ts'
import {
  fileFinding,
  MANIFEST_NAME,
  MAX_FILE_BYTES,
  namePattern,
  readRegularFile,
  shownPath,
  TUNNEL_SET,
  UnusableFile,
} from '../../manifest/index.ts'
import { strictly } from '../../reconcile/plan/index.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { diagnosticsToJson, FORMAT_VERSION, toJson } from '../render/index.ts'
import { requireSetName } from '../selector.ts'
import type { Terminal } from '../terminal.ts'
import { makeDirectories } from '../trusted.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const tool = toolFrom(args[0])
  if (typeof options.set === 'string') requireSetName(options.set)
  const read = args.slice(1).map(readSource)
  const unread = read.filter((one) => 'message' in one)
  if (unread.length > 0) return terminal.reject(unread)
  const imported = importFrom(tool, read as SourceFile[], {
    ...(typeof options.set === 'string' && { set: options.set }),
    fill: fillFrom(options.fill),
    beside: readBeside,
  })
  const diagnostics = strictly(imported.diagnostics, { strict: options.strict === true })
  if (hasErrors(diagnostics)) return terminal.reject(diagnostics)
  terminal.findings(diagnostics)
  const written = typeof options.out === 'string' ? write(options.out, imported.manifests) : undefined
  answer({ ...imported, diagnostics }, { tool, written, output: String(options.output), terminal })
  return EXIT.done
}

function toolFrom(name = ''): ImportTool {
  if (Object.hasOwn(SOURCES, name)) return name as ImportTool
  throw new CommandFailure(EXIT.usage, `${name} cannot be imported from; there are ${Object.keys(SOURCES).join(', ')}`)
}

/** `endpoints.local=203.0.113.10` */
function fillFrom(given: unknown): ReadonlyMap<string, string> {
  const entries = (Array.isArray(given) ? given : []).map(
    (text: string) => /^([^=]+)=(.+)$/s.exec(text)?.slice(1) ?? [text],
  )
  for (const [field = '', value] of entries)
    if (value === undefined || !FILLABLE.includes(field))
      throw new CommandFailure(EXIT.usage, `--fill ${field} is not FIELD=VALUE; fields are ${FILLABLE.join(', ')}`)
  return new Map(entries as [string, string][])
}

/** Whatever wrote it: UTF-8 or UTF-16, with a mark or without. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le')
  return bytes.toString('utf8')
}

function readSource(path: string): SourceFile | Diagnostic {
  try {
    return { path: shownPath(path), text: textOf(readRegularFile(path, MAX_FILE_BYTES)) }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const reason =
      error instanceof UnusableFile
        ? error.message
        : `cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`
    return fileFinding(missing ? 'E101' : 'E102', shownPath(path), missing ? 'does not exist' : reason)
  }
}

/** Files that an `include` names, if they lie beside the file or below; `*` stands in the last part of the name alone. */
function readBeside(pattern: string, from: SourceFile): readonly SourceFile[] | string {
  const folder = dirname(resolve(from.path))
  const wanted = resolve(folder, pattern)
  const [directory, name] = [dirname(wanted), basename(wanted)]
  if (directory !== folder && !directory.startsWith(`${folder}${sep}`))
    return 'it lies outside of the directory of the file: give that file, too'
  if (/[*?[]/.test(directory) || !existsSync(directory)) return 'there is no such directory beside the file'
  const form = namePattern(name)
  const found = readdirSync(directory)
    .filter((one) => form.test(one))
    .sort()
  if (found.length === 0 && !name.includes('*')) return 'there is no such file'
  const read = found.map((one) => readSource(join(directory, one)))
  const unread = read.find((one): one is Diagnostic => 'message' in one)
  return unread ? unread.message : (read as SourceFile[])
}

/** A tunnel may be called as its set is. */
function fileNameOf({ document }: Manifest): string {
  const { name } = document.metadata as JsonObject
  return document.kind === TUNNEL_SET ? `${name}.set.yaml` : `${name}.yaml`
}

/** A directory gets a file for each tunnel. What stands there already is left alone. */
function write(path: string, manifests: readonly Manifest[]): readonly string[] {
  if (manifests.length === 0) return []
  const isFile = MANIFEST_NAME.test(path) && !(existsSync(path) && statSync(path).isDirectory())
  const files = isFile
    ? [[path, manifests] as const]
    : manifests.map((one) => [join(path, fileNameOf(one)), [one]] as const)
  const taken = files.find(([file]) => isTaken(file))
  if (taken)
    throw new CommandFailure(EXIT.usage, `${shownPath(taken[0])} is there already: choose another place with --out`)
  try {
    makeDirectories(isFile ? dirname(path) : path)
    for (const [file, content] of files) writeFileSync(file, yamlOf(content), { flag: 'wx' })
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `cannot write ${shownPath(path)}: ${(error as NodeJS.ErrnoException).code}`)
  }
  return files.map(([file]) => shownPath(file))
}

/** By a link that leads nowhere, too. What cannot be looked at cannot be written either, and writing says why. */
function isTaken(path: string): boolean {
  try {
    return lstatSync(path) !== undefined
  } catch {
    return false
  }
}

interface Answering {
  readonly tool: ImportTool
  readonly written: readonly string[] | undefined
  readonly output: string
  readonly terminal: Terminal
}

function answer(imported: Imported, { tool, written, output, terminal }: Answering): void {
  const { manifests, entries, diagnostics } = imported
  const tunnels = manifests.filter(({ document }) => document.kind !== TUNNEL_SET).length
  const count = (outcome: Entry['outcome']) => entries.filter((entry) => entry.outcome === outcome).length
  const summary = {
    tunnels,
    leftOut: diagnostics.filter(({ code }) => code === 'W160').length,
    carried: count('carried'),
    changed: count('changed'),
    notCarried: count('not-carried'),
  }
  if (output === 'json') {
    const documents = manifests.map(({ document, comments }) => ({ document, comments }))
    const more = { ...(written && { written }), diagnostics: diagnosticsToJson(diagnostics) }
    terminal.answer(toJson({ formatVersion: FORMAT_VERSION, tool, manifests: documents, entries, summary, ...more }))
    return
  }
  const said = `${plural(summary.tunnels, 'tunnel')}, ${summary.leftOut} left out; ${plural(entries.length, 'value')}: ${summary.carried} carried, ${summary.changed} changed, ${summary.notCarried} not carried.\n`
  const isReport = output === 'human' || written !== undefined
  terminal.answer(isReport ? reportText(entries, written, said) : yamlOf(manifests))
  if (!isReport) terminal.talk(said)
}

const MARKS = { carried: ' ', changed: '~', 'not-carried': '-' } as const

/** A line for each value: where it stands, what it is, where it went. */
function reportText(entries: readonly Entry[], written: readonly string[] | undefined, said: string): string {
  const lines = entries.map(({ file, line, word, value, outcome, field, note }) => {
    const whole = `${word}${value === undefined ? '' : ` ${value}`}`
    const went = [field, note].filter((one) => one !== undefined).join(': ')
    return `${printable(`${MARKS[outcome]} ${file}:${line}  ${whole}${went === '' ? '' : `  → ${went}`}`)}\n`
  })
  return `${(written ?? []).map((file) => `${printable(`Wrote ${file}`)}\n`).join('')}${lines.join('')}${said}`
}
