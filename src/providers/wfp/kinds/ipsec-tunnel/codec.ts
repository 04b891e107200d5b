/**
 * The codec: a tunnel's normal form ⇄ what the engine's calls take and show.
 *
 * `decodeTunnel` of what `encodeTunnel` made is the spec again, but for the hidden leaves.
 */

export type { SecretOf } from './codec/authentication.ts'
export { type DecodedTunnel, decodeTunnel, HIDDEN, type LiveTunnel } from './codec/decode.ts'
export { type ContextWith, type EncodedTunnel, encodeTunnel, TUNNEL_MARK, type TunnelIdentity } from './codec/encode.ts'
export { filtersDigest } from './codec/filters.ts'
export { type Lack, lacking } from './codec/lacking.ts'
export type { AnyContext, CallVersion, ContextOf, Filter } from './codec/values.ts'
