/** The kinds of resource that wfpctl manages in the Windows Filtering Platform. */

import type { ResourceKind } from '../manifest/model.ts'
import { ipsecTunnel } from './ipsec-tunnel/kind.ts'
import { keyManager } from './key-manager/kind.ts'

export const kinds: readonly ResourceKind[] = [keyManager, ipsecTunnel]

export const kindsByName: ReadonlyMap<string, ResourceKind> = new Map(kinds.map((kind) => [kind.kind, kind]))
