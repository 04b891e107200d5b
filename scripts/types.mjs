// Writes dist/*.d.ts: what src/index.ts and src/key-manager.ts promise, in one file each, and nothing of what stands behind them.

import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

const bundle = await rollup({
  input: { index: 'src/index.ts', 'key-manager': 'src/key-manager.ts' },
  external: /^node:/,
  plugins: [dts({ tsconfig: 'tsconfig.build.json' })],
})
await bundle.write({ dir: 'dist', format: 'es' })
