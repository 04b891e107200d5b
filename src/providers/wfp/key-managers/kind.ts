/** Key managers in the Windows Filtering Platform: registrations of a process, which the engine lists. */

import { keyManager } from '../../../kinds/key-manager.ts'
import { IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY } from '../binding/tables/constants/index.ts'
import type { Session } from '../engine/index.ts'
import type { RegisteredObject, SessionKind } from '../resources/kind.ts'

export const keyManagers: SessionKind = {
  kind: keyManager,
  register: async (fwp, resource) => (await import('./register.ts')).registerKeyManager(fwp, resource),
  registered,
}

/** Of any process of this machine; before Windows 8 there are none. */
async function registered({ engineHandle, fwp }: Session): Promise<RegisteredObject[]> {
  if (!fwp.IPsecKeyManagersGet0) return []
  const { entries } = await fwp.IPsecKeyManagersGet0({ engineHandle })
  return entries.map(({ keyManagerKey, displayData, flags }) => ({
    key: keyManagerKey,
    name: displayData.name,
    spec: {
      role: (flags & IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY) === 0 ? 'notify' : 'dictate',
      ...(displayData.description !== null && { description: displayData.description }),
    },
    hidden: ['/handler'],
  }))
}
