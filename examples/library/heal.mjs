// Plans a folder of manifests, and applies the plan unless it deletes anything. Run it with: node heal.mjs FOLDER [SANDBOX]
import { hostname } from 'node:os'
import { apply, load, openProvider, positionOf } from 'wfpctl'

const [folder = '.', sandbox = 'memory'] = process.argv.slice(2)

const loaded = await load([folder])
for (const { code, message, span } of loaded.diagnostics) {
  const { line, column } = span ? positionOf(span.file, span.start) : { line: 0, column: 0 }
  console.error(`${span?.file.path ?? ''}:${line}:${column}: ${code} ${message}`)
}
if (!loaded.ok) process.exit(3)

// on Windows: { engine: 'wfp' }
const provider = await openProvider({ engine: 'sandbox', directory: sandbox }, { lockTimeoutMilliseconds: 15_000 })
try {
  const result = await apply(loaded.value, {
    provider,
    policy: { host: hostname() },
    approve: async ({ plans }) => {
      const deletes = plans.some(({ changes }) => changes.some(({ action }) => action === 'delete'))
      return deletes ? undefined : (plan) => ({ mode: 'commit', approved: plan.digest })
    },
    applied: ({ plan, result }) => console.log(`set ${plan.set.name}: ${result}, ${plan.changes.length} changed`),
  })
  if (!result.ok) process.exitCode = 3
  else if (!result.reports) console.log('The plan deletes something: a person should look at it.')
} finally {
  await provider.close()
}
