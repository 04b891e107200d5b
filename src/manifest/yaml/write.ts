/** A document → YAML text. */

import { type JsonObject, printableJson } from '../../base/index.ts'
import { yaml } from './library.ts'
import { lookalikeBeside } from './lookalikes.ts'

/** One document as text, in the order of its members. Text that a manifest may only have in quotes is put in quotes. */
export function writeYaml(document: JsonObject): string {
  const { Document, visit } = yaml()
  const written = new Document(document, { aliasDuplicateObjects: false })
  visit(written, {
    Scalar(_, node) {
      if (
        typeof node.value === 'string' &&
        (lookalikeBeside(node.value) !== undefined || printableJson(node.value) !== node.value)
      )
        node.type = 'QUOTE_DOUBLE'
    },
  })
  // what cannot be shown stands in double quotes, where an escape is that of JSON
  return printableJson(written.toString({ lineWidth: 0 }))
}
