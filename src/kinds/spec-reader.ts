/** A place in a manifest's spec: what stands there, and how to say something about it. */

import {
  type Diagnostic,
  type DiagnosticCode,
  diagnostic,
  dotted,
  type Json,
  type JsonObject,
  type Pointer,
  type Related,
  type Span,
} from '../base/index.ts'
import type { Manifest } from '../manifest/index.ts'
import { type Parsed, readWritten } from './values/reading.ts'

export type More = Pick<Diagnostic, 'label' | 'help' | 'notes' | 'related'>

/** What a finding is about: the name of a field, or its value. */
interface Spot {
  readonly pointer: Pointer
  readonly part: 'key' | 'value'
}

/** Collects the findings of one manifest; what has a finding already gets no second one. */
export class Findings {
  readonly list: Diagnostic[] = []
  readonly manifest: Manifest
  readonly #reported: Pointer[] = []

  constructor(manifest: Manifest) {
    this.manifest = manifest
  }

  /** The spec's root. */
  spec(): SpecReader {
    return new SpecReader(this, '/spec', this.manifest.spec)
  }

  report(at: Spot, code: DiagnosticCode, message: string, more: More = {}): void {
    const { pointer, part } = at
    if (this.isBroken(pointer)) return
    this.list.push(diagnostic(code, this.manifest.at(pointer, part), message, more))
    if (code.startsWith('E')) this.#reported.push(pointer)
  }

  /** Is there no error in the place or in anything that it holds? What is not sound is not compared with others. */
  isSound(pointer: Pointer): boolean {
    if (this.manifest.broken.size === 0 && this.#reported.length === 0) return true
    const inside = (other: Pointer) => other === pointer || other.startsWith(`${pointer}/`)
    return !this.isBroken(pointer) && ![...this.manifest.broken, ...this.#reported].some(inside)
  }

  /** Does the place, or one that holds it, have a finding of the schema? */
  isBroken(pointer: Pointer): boolean {
    const { broken } = this.manifest
    if (broken.size === 0) return false
    for (let end = pointer.length; end > 0; end = pointer.lastIndexOf('/', end - 1)) {
      if (broken.has(pointer.slice(0, end))) return true
    }
    return broken.has('')
  }

  /** Does a field of the object have a finding? Then a field that seems missing may only be misspelt. */
  hasBrokenField(pointer: Pointer): boolean {
    return [...this.manifest.broken].some(
      (broken) => broken === pointer || (broken.startsWith(`${pointer}/`) && !broken.includes('/', pointer.length + 1)),
    )
  }
}

export class SpecReader {
  readonly findings: Findings
  readonly pointer: Pointer
  /** undefined: nothing stands here, or nothing that can be read */
  readonly value: Json | undefined

  constructor(findings: Findings, pointer: Pointer, value: Json | undefined) {
    this.findings = findings
    this.pointer = pointer
    this.value = value ?? undefined
  }

  /** Did the user write something here, readable or not? */
  get written(): boolean {
    return this.value !== undefined || this.findings.isBroken(this.pointer)
  }

  /** Is there no error here, nor in anything that stands here? */
  get sound(): boolean {
    return this.findings.isSound(this.pointer)
  }

  get span(): Span {
    return this.findings.manifest.at(this.pointer)
  }

  /** @param name one of ours: nothing of it is to be escaped */
  child(name: string): SpecReader {
    const { value } = this
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    const inner = isObject && Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined
    return new SpecReader(this.findings, `${this.pointer}/${name}`, inner)
  }

  /** The readable items of a list; a scalar counts as a list of itself where `orScalar` says so. */
  items(orScalar?: 'orScalar'): SpecReader[] {
    if (!Array.isArray(this.value)) return orScalar && this.value !== undefined ? [this] : []
    return this.value
      .map((item: Json, i) => new SpecReader(this.findings, `${this.pointer}/${i}`, item))
      .filter((item) => item.value !== undefined)
  }

  text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined
  }

  number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined
  }

  boolean(): boolean | undefined {
    return typeof this.value === 'boolean' ? this.value : undefined
  }

  /** A word that the schema has checked against its list. */
  word<W extends string>(): W | undefined {
    return this.text() as W | undefined
  }

  /** Reads a text with a parser and reports what the parser finds wrong. */
  parsed<T>(parse: (text: string) => Parsed<T>): T | undefined {
    const text = this.text()
    return text === undefined ? undefined : this.accept(readWritten(text, parse))
  }

  /** The same of what may be a number too: a port, an interface. */
  parsedScalar<T>(parse: (value: number | string) => Parsed<T>): T | undefined {
    const { value } = this
    if (typeof value === 'number') return this.accept(parse(value))
    return typeof value === 'string' ? this.accept(readWritten(value, parse)) : undefined
  }

  /** Takes a reading's value, or reports its problem here. */
  accept<T>(reading: Parsed<T>): T | undefined {
    if ('value' in reading) return reading.value
    const { code, message, ...more } = reading.problem
    this.report(code, message, more)
    return undefined
  }

  report(code: DiagnosticCode, message: string, more: More = {}): void {
    // a mapping is underlined at its name: what it holds may be long, and right
    const part = typeof this.value === 'object' ? 'key' : 'value'
    this.findings.report({ pointer: this.pointer, part }, code, message, more)
  }

  /** Of two values that disagree the later is reported, with a note on the other. */
  disagree(other: SpecReader, code: DiagnosticCode, message: string, more: More = {}): void {
    const [earlier, later] = this.span.start < other.span.start ? [this, other] : [other, this]
    if (earlier.findings.isBroken(earlier.pointer)) return
    later.report(code, message, { ...more, related: [earlier.where()] })
  }

  /** ``\`mode\` is written at hq.yaml:8:9``, once the document has its place */
  where(): Related {
    return { text: `\`${this.path}\` is written`, at: this.span }
  }

  /** The path as people read it, from the spec on: `traffic.local[0]`. */
  get path(): string {
    return dotted(this.pointer.replace(/^\/spec/, ''))
  }

  /** Reports that none of some fields is given, unless one of them may only be misspelt or unreadable. */
  missing(code: DiagnosticCode, message: string, more: More = {}): void {
    if (!this.findings.hasBrokenField(this.pointer)) this.report(code, message, more)
  }
}

/** The values that are there. */
export function given<T extends object>(values: Maybe<T>): Partial<T> {
  return addGiven({}, values) as Partial<T>
}

function addGiven(target: { [name: string]: unknown }, values: { readonly [name: string]: unknown }): object {
  for (const name of Object.keys(values)) if (values[name] !== undefined) target[name] = values[name]
  return target
}

type Maybe<T> = { readonly [K in keyof T]: T[K] | undefined }

/** An object of all the required values and those of the optional ones that are there; nothing when a required one is not. */
export function complete<R extends object, O extends object = object>(
  required: Maybe<R>,
  optional?: Maybe<O>,
): (R & Partial<O>) | undefined {
  if (Object.values(required).includes(undefined)) return undefined
  return addGiven(Object.assign({}, required), optional ?? {}) as R & Partial<O>
}

/** Of any kind: declared and off. */
export function switchedOff(spec: SpecReader): false | undefined {
  return spec.child('enabled').boolean() === false ? false : undefined
}
