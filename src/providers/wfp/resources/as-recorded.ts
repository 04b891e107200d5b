/** What stands, and is known by its parts to be what its record says. */

import type { Guid, JsonObject } from '../../../base/index.ts'
import { type Address, addressOf } from '../../../manifest/index.ts'
import { type AppliedRecord, type Observed, recordedForm, type Seen } from '../../../reconcile/plan/index.ts'
import type { ObjectKind } from './kind.ts'
import type { KeyedRecord } from './owner.ts'

/** Of a class, for there are many: an accessor in a literal gives each object a shape of its own (`src/base/joined.ts`). */
export class AsRecorded implements Observed {
  readonly kind: Observed['kind']
  readonly name: string
  readonly set: string
  readonly key: Guid
  readonly record: AppliedRecord
  readonly parts: string
  readonly isAsRecorded = true
  readonly unverified: Observed['unverified']
  readonly anomalies: Observed['anomalies'] = []
  #live: JsonObject | undefined
  #address: Address | undefined

  constructor({ kind, key, record }: KeyedRecord & { readonly kind: ObjectKind }, parts: string, { unverified }: Seen) {
    this.kind = kind.kind
    this.name = record.name
    this.set = record.set
    this.key = key
    this.record = record
    this.parts = parts
    this.unverified = unverified
  }

  get address(): Address {
    this.#address ??= addressOf({ kind: this.kind, name: this.name })
    return this.#address
  }

  /** Made when somebody asks for it. */
  get live(): JsonObject | undefined {
    this.#live ??= recordedForm(this.kind, this.record)
    return this.#live
  }
}
