/** The kind `KeyManager`: a registration of a trusted intermediary agent, its normal form, and what is checked about it. */

import { type Checked, type Diagnostic, diagnostic, hasErrors } from '../base/index.ts'
import {
  type Advise,
  isEnabled,
  type Kind,
  type Manifest,
  type Resource,
  readSchema,
  type TunnelSet,
} from '../manifest/index.ts'
import { hostsOf, inFileOrder, placeOf } from './hosts.ts'
import { keyManagerKeyOf } from './keys.ts'
import { complete, Findings, given, type SpecReader, switchedOff } from './spec-reader.ts'
import { displayText, duration, filePath } from './values/scalars.ts'

export type KeyManagerSpec = NotifyingManager | DictatingManager

/** Is told the keys of SAs; any number of these may exist. */
export type NotifyingManager = {
  /** displayData.description */
  readonly description?: string
  /** declared and off; absent: on */
  readonly enabled?: false
  readonly role: 'notify'
  readonly handler: AuditLog | Module
}

/** May also set the keys; one on a machine. */
export type DictatingManager = {
  /** displayData.description */
  readonly description?: string
  /** declared and off; absent: on */
  readonly enabled?: false
  readonly role: 'dictate'
  readonly handler: Module
  /** keyDictationTimeoutHint, 1s to 10s */
  readonly dictationTimeout: string
}

/** Writes peers, SPIs, algorithms, lifetimes and times as NDJSON. Never keys. */
export type AuditLog = {
  readonly builtin: 'audit-log'
  /** as written; relative to the manifest's folder */
  readonly file: string
}

/** An ES module that exports `keyNotify` and, to dictate, `keyDictationCheck` and `keyDictation`. */
export type Module = {
  /** as written; relative to the manifest's folder */
  readonly module: string
}

/** keyDictationTimeoutHint 0 is the engine's 5 seconds; above 10 it answers FWP_E_INVALID_INTERVAL. */
const DICTATION_TIMEOUT = { default: '5s', min: 1, max: 10 } as const

const dictation = duration(DICTATION_TIMEOUT.min, DICTATION_TIMEOUT.max)

/** A number where a duration belongs. */
const adviseKeyManager: Advise = (form, written) => {
  const reading = form === 'dictationTimeout' && written !== '' ? dictation(written) : undefined
  return reading && 'problem' in reading && reading.problem.help !== undefined
    ? { help: reading.problem.help }
    : undefined
}

function normaliseKeyManager(manifest: Manifest): Checked<KeyManagerSpec> {
  const findings = new Findings(manifest)
  const value = readKeyManager(findings.spec())
  const diagnostics = findings.list
  if (value === undefined || manifest.broken.size > 0 || hasErrors(diagnostics)) {
    return { ok: false, diagnostics, partial: readableRole(findings.spec()) }
  }
  return { ok: true, value, diagnostics }
}

function readKeyManager(spec: SpecReader): KeyManagerSpec | undefined {
  const [role, timeout] = [spec.child('role'), spec.child('dictationTimeout')]
  if (role.word() === 'notify' && timeout.value !== undefined) {
    timeout.disagree(role, 'E260', 'a notified key manager has no dictation to wait for', {
      help: 'leave out `dictationTimeout`, or set role to dictate',
    })
  }
  const dictationTimeout = timeout.parsed(dictation) ?? DICTATION_TIMEOUT.default
  return complete(
    {
      role: role.word<'notify' | 'dictate'>(),
      handler: readHandler(spec.child('handler'), role),
      ...(role.word() === 'dictate' && { dictationTimeout }),
    },
    { enabled: switchedOff(spec), description: spec.child('description').parsed(displayText) || undefined },
  ) as KeyManagerSpec | undefined
}

/** The role, unless a handler that cannot fill it says that it may be the mistake. */
function readableRole(spec: SpecReader): Partial<KeyManagerSpec> {
  const role = spec.child('role')
  const isDoubtful = !role.sound || spec.child('handler').child('builtin').value !== undefined
  return isDoubtful ? {} : given<Pick<KeyManagerSpec, 'role'>>({ role: role.word() })
}

function readHandler(place: SpecReader, role: SpecReader): object | undefined {
  const [builtin, file, module] = [place.child('builtin'), place.child('file'), place.child('module')]
  if (place.value === undefined) return undefined
  checkHandler(place, builtin, file, module)
  if (role.word() === 'dictate' && builtin.value !== undefined) {
    builtin.disagree(role, 'E262', 'the audit log only listens: it cannot dictate keys', {
      help: 'name a module that exports keyDictationCheck and keyDictation, or set role to notify',
    })
  }
  if (module.value !== undefined) return complete({ module: module.parsed(filePath) })
  return complete({ builtin: builtin.word<'audit-log'>(), file: file.parsed(filePath) })
}

function checkHandler(place: SpecReader, builtin: SpecReader, file: SpecReader, module: SpecReader): void {
  const other = [builtin, file].find(({ value }) => value !== undefined)
  if (module.value !== undefined && other) {
    module.disagree(other, 'E238', `\`module\` and \`${other.path.split('.').at(-1)}\` exclude each other`, {
      help: 'write { builtin: audit-log, file: PATH } or { module: PATH }',
    })
  } else if (!module.written && !builtin.written) {
    place.missing('E239', 'the handler says nothing to run', {
      help: 'write { builtin: audit-log, file: ./sa-audit.ndjson } or { module: ./manager.mjs }',
    })
  } else if (builtin.value !== undefined && !file.written) {
    place.missing('E239', 'the audit log has no file', { help: 'add `file: ./sa-audit.ndjson`' })
  }
}

export const keyManager: Kind = {
  name: 'KeyManager',
  noun: 'key manager',
  lifetime: 'session',
  get schema() {
    return readSchema('KeyManager')
  },
  impacts: { '/description': 'cosmetic' },
  advise: adviseKeyManager,
  normalise: normaliseKeyManager,
  crossCheck: oneDictator,
  secretPaths: () => [],
  keyOf: ({ set, name }) => keyManagerKeyOf(set, name),
}

/** The engine admits one dictating key manager on a machine: FWP_E_KEY_DICTATOR_ALREADY_REGISTERED. */
function oneDictator(resources: readonly Resource[], sets: readonly TunnelSet[]): Diagnostic[] {
  const sameHost = hostsOf(sets)
  const dictators = inFileOrder(resources.filter((one) => one.spec.role === 'dictate' && isEnabled(one)))
  return dictators.flatMap((later, i) => {
    const first = dictators.slice(0, i).find((earlier) => sameHost(earlier, later))
    if (!first) return []
    return diagnostic('E261', later.manifest.at('/spec/role'), 'a second dictating key manager on one machine', {
      notes: [placeOf(first)],
      help: 'set role to notify, or give the sets different hosts',
    })
  })
}
