/** The sandbox's other administrator, and the keys of tunnels: inner parts of the program, bundled for the scripts beside this. */

import { rolldown } from 'rolldown'

const OUTPUT = 'dist/bench/administrator.js'

const bundle = await rolldown({
  input: 'administrator',
  platform: 'node',
  external: ['koffi', 'libsql', 'yaml'],
  plugins: [
    {
      name: 'entry',
      resolveId: (id) => (id === 'administrator' ? `${process.cwd()}/src/administrator.ts` : undefined),
      load: (id) =>
        id.endsWith('/src/administrator.ts')
          ? "export { tunnelKeyOf } from './kinds/keys.ts'\nexport * from './providers/wfp/sandbox/admin.ts'"
          : undefined,
    },
  ],
})
await bundle.write({ file: OUTPUT, format: 'esm', codeSplitting: false })
await bundle.close()

export const { tunnelKeyOf, remove, setSwitch, tamper } = await import(`../../${OUTPUT}`)
