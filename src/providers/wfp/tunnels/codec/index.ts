/**
 * The codec: a tunnel's normal form ⇄ what the engine's calls take and show.
 *
 * `decodeTunnel` of what `encodeTunnel` made is the spec again, but for the hidden leaves.
 */

export type { SecretOf } from './authentication.ts'
export { type DecodedTunnel, decodeTunnel, HIDDEN, type LiveTunnel } from './decode.ts'
export { type ContextWith, type EncodedTunnel, encodeTunnel, TUNNEL_MARK, type TunnelIdentity } from './encode.ts'
export { type UnsupportedTunnelField, unsupportedFields } from './unsupported-fields.ts'
