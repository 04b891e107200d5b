/** What every room may use, and that uses none: JSON, places in texts, findings, units, words. */
export {
  clip,
  codeOf,
  INVISIBLE,
  invisibleIn,
  oddCharacterIn,
  printable,
  printableJson,
  straightened,
  visible,
} from './characters.ts'
export { codes, type DiagnosticCode, isDiagnosticCode } from './codes.ts'
export {
  byPosition,
  type Checked,
  type Diagnostic,
  diagnostic,
  hasErrors,
  placeText,
  type Related,
  withoutRepeats,
} from './diagnostic.ts'
export { canonicalJson, digestOf, digestOfText, OWN_DIGEST, uuidv5 } from './digest.ts'
export { isSameList, isSameMap, isSameSet, same } from './equal.ts'
export { joined } from './joined.ts'
export {
  covers,
  dotted,
  type Guid,
  isJsonObject,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  parentPointer,
  parsePointer,
  rowOf,
  valueAt,
  withValueAt,
} from './json.ts'
export {
  type RememberedResults,
  type Results,
  recall,
  remembering,
  rememberingLast,
  rememberingPair,
} from './memo.ts'
export { packagedText, toolVersion } from './package.ts'
export { type OnProgress, untold } from './progress.ts'
export { lineOf, positionOf, type SourceFile, type Span } from './source.ts'
export { apart, compareText, didYouMean, editDistance, isLoopback, plural, suggest } from './text.ts'
export { type Budget, formatDuration, formatSize, parseBudget, parseDuration, parseSize } from './units.ts'
export { YieldToLoop } from './yield.ts'
