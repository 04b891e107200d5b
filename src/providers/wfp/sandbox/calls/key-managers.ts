/** IPsecKeyManager*. That unregistering belongs outside transactions is not documented; it is what registering needs. */
import type { Engine } from '../engine/engine.ts'
import { checkListing, liveKeyManagers } from '../engine/key-managers.ts'
import type { Calls, Gates } from './gates.ts'

export function keyManagerCalls(engine: Engine, { read, writeOutside }: Gates): Calls<'IPsecKeyManager'> {
  return {
    IPsecKeyManagerAddAndRegister0: writeOutside((session, { keyManager, keyManagerCallbacks }) => {
      const keyMgmtHandle = engine.newHandle()
      engine.keyManagers.add(session, keyMgmtHandle, keyManager, keyManagerCallbacks)
      return { keyMgmtHandle }
    }),
    IPsecKeyManagerUnregisterAndDelete0: writeOutside(
      (session, { keyMgmtHandle }) => engine.keyManagers.remove(session, keyMgmtHandle) as undefined,
    ),
    IPsecKeyManagersGet0: read((session) => {
      checkListing(session)
      const owners = new Set(engine.store.sessions.live().map(({ owner }) => owner))
      return { entries: liveKeyManagers(session.connection, owners) }
    }),
  }
}
