/** What a normal form is compared and looked up by. For ten thousand resources that did not change nobody looks into a spec. */

import { type Json, type JsonObject, type Pointer, recall, valueAt } from '../base/index.ts'
import type { Form, Resource } from './model.ts'
import { referenceFields } from './secret-sources.ts'

type Specified = Pick<Resource, 'kind' | 'name' | 'set' | 'spec' | 'form'>

const forms = new WeakMap<object, Form>()

/** The form of a resource, as it was remembered, or made when it is first asked for. */
export function formOf(resource: Specified): Form {
  return resource.form ?? recall(forms, resource, () => makeForm(resource))
}

export function makeForm({ kind, name, set, spec }: Specified): Form {
  const references = kind.secretPaths(spec).map((path) => [path, referenceOf(spec, path)] as const)
  return {
    text: JSON.stringify(spec),
    key: kind.keyOf({ name, set, spec }),
    references: Object.fromEntries(references),
    ...(spec.enabled === false && { off: true as const }),
  }
}

/** The members of a secret's place in a spec that say where its bytes are; the rest (flags) is ordinary content. */
function referenceOf(spec: JsonObject, path: Pointer): JsonObject {
  const fields = referenceFields()
  const members = Object.entries((valueAt(spec, path) ?? {}) as JsonObject)
  return Object.fromEntries(members.filter(([field]): boolean => fields.includes(field))) as Record<string, Json>
}
