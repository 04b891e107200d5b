/** The kinds that this provider knows, one line each. */

import { keyManagers } from './key-managers/kind.ts'
import type { WfpKind } from './resources/kind.ts'
import { tunnels } from './tunnels/kind.ts'

export const wfpKinds: readonly WfpKind[] = [keyManagers, tunnels]
