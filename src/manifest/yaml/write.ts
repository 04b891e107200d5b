/** A document → YAML text. */

import { Document, visit } from 'yaml'
import type { JsonObject } from '../../base/json.ts'
import { lookalikeBeside } from './lookalikes.ts'

/** One document as text, in the order of its members. Text that a manifest may only have in quotes is put in quotes. */
export function writeYaml(document: JsonObject): string {
  const written = new Document(document, { aliasDuplicateObjects: false })
  visit(written, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && lookalikeBeside(node.value) !== undefined) node.type = 'QUOTE_DOUBLE'
    },
  })
  return written.toString({ lineWidth: 0 })
}
