/** A kind for tests of the core: what any kind looks like from outside, and nothing of Windows. */

import { diagnostic } from '../../src/base/diagnostic.ts'
import { addressOf, type Kind } from '../../src/manifest/model.ts'

const name = { type: 'string', pattern: '^[a-z0-9.-]{1,63}$' }

export const widget: Kind = {
  name: 'Widget',
  noun: 'widget',
  lifetime: 'transactional',
  impacts: {},
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { const: 'wfpctl/v1alpha1' },
      kind: { const: 'Widget' },
      metadata: { properties: { name, set: name, labels: {} }, additionalProperties: false, required: ['name'] },
      spec: {
        type: 'object',
        additionalProperties: false,
        required: ['size'],
        properties: {
          size: { type: 'integer', minimum: 1, maximum: 10, examples: [3] },
          tags: { type: 'array', items: { type: 'string', minLength: 1 } },
          password: { type: 'object', 'x-sensitive': true, 'x-hint': 'name a variable: { env: NAME }' },
        },
      },
    },
  },
  /** Tags are all different from the size, in words. */
  normalise(manifest) {
    const { spec } = manifest
    const tags = Array.isArray(spec.tags) ? spec.tags : []
    const diagnostics = tags.flatMap((tag, i) =>
      tag === String(spec.size) ? [diagnostic('E208', manifest.at(`/spec/tags/${i}`), `tag ${tag} is the size`)] : [],
    )
    return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: { tags, ...spec }, diagnostics }
  },
  /** At most one widget of size 10. */
  crossCheck(resources) {
    const [, ...others] = resources.filter(({ spec }) => spec.size === 10)
    return others.map((r) => diagnostic('E209', r.manifest.at('/spec/size'), `${addressOf(r)} is a second giant`))
  },
  secretPaths: () => [],
  keyOf: ({ name }) => name,
}

export const widgets = new Map([[widget.name, widget]])
