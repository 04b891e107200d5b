/** The kinds of resource that wfpctl manages in the Windows Filtering Platform. */

import type { Kind } from '../manifest/index.ts'
import { ipsecTunnel } from './ipsec-tunnel/kind.ts'
import { keyManager } from './key-manager.ts'

export { claimantsOf } from './ipsec-tunnel/contradictions.ts'

export const kinds: readonly Kind[] = [keyManager, ipsecTunnel]

export const kindsByName: ReadonlyMap<string, Kind> = new Map(kinds.map((kind) => [kind.name, kind]))
