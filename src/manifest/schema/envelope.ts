/** What every manifest has around its spec, as a schema. */

export const API_VERSION = 'wfpctl/v1alpha1'

export const NAME = /^[a-z0-9.-]{1,63}$/

const NAME_FIELD = {
  type: 'string',
  pattern: NAME.source,
  'x-code': 'E123',
  'x-hint': 'use 1 to 63 of a-z, 0-9, `-` and `.`',
}

export const ENVELOPE_SCHEMA = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: API_VERSION, 'x-code': 'E121' },
    kind: { type: 'string', 'x-code': 'E122' },
    metadata: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: NAME_FIELD,
        set: NAME_FIELD,
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        // the kind's own schema looks at these
        formerly: {},
        waive: {},
      },
    },
    spec: { type: 'object' },
  },
}
