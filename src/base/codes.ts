/**
 * The catalogue of finding codes: stable, never reused, one line each. `docs/diagnostics.md` is generated from it
 * (`npm run docs:diagnostics`). E1xx files and YAML, E2xx values, E3xx policy, E4xx engine, E5xx verification; W for warnings.
 *
 * To add a code: one line here in its range, then `npm run docs:diagnostics`. The test of this file tells what is missing.
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
  // YAML, continued
  E130: 'a character that looks like a space or a quote, and is neither',
  E131: 'an unresolved merge conflict',
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
  // values of IPsecTunnel and KeyManager
  E220: 'a duration without its unit, or none at all',
  E221: 'an amount of data without its unit, or none at all',
  E222: 'a duration or an amount of data out of range',
  E223: 'not an address, a prefix or a range',
  E224: 'a prefix with host bits set',
  E225: 'mixed address families',
  E226: 'a condition that a gateway tunnel may not have',
  E227: 'a port without tcp or udp',
  E228: 'not a port or a range of ports',
  E229: 'an algorithm that the key module does not know',
  E230: 'an authentication method that the key module does not know',
  E231: 'a flag that the key module, the mode or the method does not know',
  E232: 'a field of another key module',
  E233: 'keys dictated to a tunnel that is not authip',
  E234: 'an authentication method is given twice',
  E235: 'transforms that do not go together',
  E236: 'trust in certificates that contradicts itself',
  E237: 'a flag that contradicts or needs another',
  E238: 'fields that exclude each other',
  E239: 'a choice not made: one of several fields is needed',
  E240: 'not a distinguished name',
  E241: 'not a GUID, or no usable one',
  E242: 'not an interface LUID',
  E243: 'not a security descriptor',
  E244: 'not an object identifier',
  E245: 'not the right number of bytes in hex',
  E246: 'not a host name',
  E247: 'text that Windows would not take',
  E248: 'not the name of an environment variable or of a file',
  E249: 'an endpoint at which no tunnel can end',
  E250: 'a key written in the manifest itself',
  E251: 'a key in the engine that belongs to another tunnel',
  E252: 'a security descriptor that locks wfpctl out of its own tunnel',
  E260: 'a dictation time-out for a key manager that does not dictate',
  E261: 'a second dictating key manager on one machine',
  E262: 'a handler that cannot fill the role',
  W220: 'weak cryptography',
  W221: 'the same proposal twice',
  W222: 'point-to-point traffic beyond the endpoints',
  W223: 'traffic that two tunnels claim',
  W224: 'a name that runs from the root to the leaf',
  W225: 'a tunnel that ends at any address',
  W226: 'traffic selectors that contradict the traffic',
  W227: 'local and remote traffic that overlap',
  W228: 'remote traffic that holds an end of the tunnel',
  W229: 'a default route into the tunnel',
  W230: 'traffic of another address family than the tunnel',
  W231: 'traffic selectors without ikev2',
  // policy
  E310: 'a secret that cannot be read',
  E311: 'a secret that is not in its encoding',
  E320: 'a stale plan',
  W310: 'a secret with something in it that is probably not part of the key',
  // engine
  E401: 'a field that this version of the engine does not have',
  E411: 'the engine refused the transaction',
  E412: 'the engine refused a change',
  E413: 'the engine refused a key manager',
  E414: 'a key manager whose handler cannot be used',
  E420: 'the engine is busy',
  E430: 'the engine cannot be used',
  // verification
  E501: 'a resource reads back differently from what was applied',
  W501: 'a resource reads back differently from what was applied, as accepted',
} as const satisfies Readonly<Record<`${'E' | 'W'}${number}`, string>>

export type DiagnosticCode = keyof typeof codes

export function isDiagnosticCode(text: unknown): text is DiagnosticCode {
  return typeof text === 'string' && Object.hasOwn(codes, text)
}
