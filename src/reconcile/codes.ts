/**
 * The catalogue of finding codes: stable, never reused, one line each. `docs/diagnostics.md` is generated from it
 * (`npm run docs:diagnostics`). E1xx files and YAML, E2xx values, E3xx policy, E4xx engine, E5xx verification; W for warnings.
 *
 * To add a code: one line here in its range, then `npm run docs:diagnostics`.
 */
export const codes = {
  // files
  E101: 'no such file or directory',
  E102: 'the file or directory cannot be read',
  E103: 'a directory loop: a link leads back to a directory above it',
  E104: 'the file or document is too large',
  E105: 'the file is not UTF-8 text',
  // YAML
  E110: 'the text is not YAML',
  E111: 'wrong indentation',
  E112: 'a key is given twice',
  E113: 'an alias has no anchor, or aliases expand to too much',
  E114: 'values are nested too deeply',
  E115: 'a YAML tag that is not allowed here',
  E116: 'a YAML 1.1 merge key',
  E117: 'a key that is not plain text',
  E118: 'a number that cannot be held exactly',
  E119: 'a YAML directive that is not supported',
  // envelope and sets
  E120: 'a document that is not a mapping',
  E121: 'unknown apiVersion',
  E122: 'unknown kind',
  E123: 'invalid name',
  E124: 'a name is used twice',
  E125: 'a set has two TunnelSet documents',
  E126: 'a set has no TunnelSet document',
  // values, any kind
  E200: 'unknown field',
  E201: 'a required field is missing',
  E202: 'a value of the wrong type',
  E203: 'a value that is not in its form',
  E204: 'a value that is none of those allowed',
  E205: 'a number out of range',
  E206: 'a text that is too short or too long',
  E207: 'a list that is too short or too long',
  E208: 'an item is given twice',
  E209: 'fields that exclude each other, or a choice not made',
  E210: 'a field that is not allowed here',
  // values of IPsecTunnel and KeyManager: E220 to E299, W220 to W299
  // policy: E300 to E399, W300 to W399
  // engine: E400 to E499
  // verification: E500 to E599
} as const satisfies Readonly<Record<`${'E' | 'W'}${number}`, string>>

export type DiagnosticCode = keyof typeof codes

export function isDiagnosticCode(text: unknown): text is DiagnosticCode {
  return typeof text === 'string' && Object.hasOwn(codes, text)
}
