/**
 * The codec: a tunnel's normal form ⇄ what the engine's calls take and show.
 *
 * `decodeTunnel` of what `encodeTunnel` made is the spec again, but for the hidden leaves.
 */

export { mainModePolicyOf, tunnelPolicyOf } from './contexts.ts'
export { decodeTunnel, HIDDEN } from './decode.ts'
export { type EncodedTunnel, encodeTunnel, type TunnelIdentity } from './encode.ts'
export { unsupportedFields } from './unsupported-fields.ts'
