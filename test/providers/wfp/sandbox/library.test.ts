import { expect, it } from 'vitest'
import { describeEngine } from '../../../conformance/library.ts'
import { SANDBOXES } from './sandboxes.ts'

for (const [name, openLibrary] of SANDBOXES) {
  describeEngine(`the ${name} sandbox`, openLibrary, (machine) => {
    it('keeps a tunnel and takes it away again', async () => {
      const handle = await machine().open()
      const key = await machine().addTunnel(handle)

      expect(await machine().filtersOf(handle, key)).toHaveLength(8)
      await machine().deleteTunnel(handle, key)
      expect(await machine().filtersOf(handle, key)).toHaveLength(0)
    })
  })
}
