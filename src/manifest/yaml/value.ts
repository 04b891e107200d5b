/** A file that holds one value, in YAML or JSON, and no manifest: the rows of a table, the values of a host. */

import type { Node } from 'yaml'
import { type Diagnostic, diagnostic, type Json, type SourceFile, type Span } from '../../base/index.ts'
import type { Written } from '../document.ts'
import { describeYamlErrors } from './errors.ts'
import { compose, MAX_DEPTH, NodeReader } from './exact.ts'
import { locate } from './structure.ts'

/** One value of any shape, and where it stands. */
export interface Content extends Written {
  /** absent where nothing stands there, or not all of it can be read */
  readonly value?: Json
  readonly diagnostics: readonly Diagnostic[]
}

export function readValue(file: SourceFile): Content {
  const found: Content[] = []
  const at = (start: number): Span => ({ file, start, end: start })
  const tooDeep = compose(file.text, (root, errors, tree) => {
    const { fatal, local } = describeYamlErrors(file, errors, tree)
    if (fatal) found.push(failed(file, [fatal]))
    else if (root) found.push(readContent(file, root, local))
  })
  if (tooDeep !== undefined)
    return failed(file, [diagnostic('E114', at(tooDeep), `more than ${MAX_DEPTH} levels of lists and mappings`)])
  const [first = failed(file, [diagnostic('E143', at(0), `${file.path} holds nothing`)]), second] = found
  if (!second) return first
  return failed(file, [diagnostic('E143', second.at(''), `${file.path} holds more than one document`)])
}

function failed(file: SourceFile, diagnostics: readonly Diagnostic[]): Content {
  return { file, diagnostics, broken: new Set(), at: () => ({ file, start: 0, end: 0 }) }
}

function readContent(file: SourceFile, root: Node, mistakes: readonly Diagnostic[]): Content {
  const reader = new NodeReader(file, mistakes)
  const { value, place } = reader.read(root, '')
  const diagnostics = reader.misread ? [reader.misread] : reader.finish()
  const at: Content['at'] = (pointer, part) => locate(file, place, pointer, part)
  return { file, at, broken: reader.broken, diagnostics, ...(value !== undefined && { value }) }
}
