import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderDiagnostics, summarise } from '../../src/cli/render/frames.ts'
import { kinds } from '../../src/kinds/index.ts'
import { readManifestFiles } from '../../src/manifest/files.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { widget } from '../support/widget.ts'

const allKinds = new Map([...kinds, widget].map((kind) => [kind.name, kind]))
const folder = fileURLToPath(new URL('.', import.meta.url))
const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())

/** A directory is a case. `npx vitest run test/diagnostics -u` writes the expected frames anew. */
describe('what users read', () => {
  it.each(cases.map(({ name }) => name))('%s', async (name) => {
    const { files, diagnostics } = await readManifestFiles([relative(process.cwd(), `${folder}${name}`)])
    const found = [...diagnostics, ...loadDesired(files, allKinds).diagnostics]

    const text = `${renderDiagnostics(found, { color: false })}\n${summarise(found)}\n`

    await expect(text).toMatchFileSnapshot(`${name}/expected.txt`)
  })
})
