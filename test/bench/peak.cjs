/** Loaded before the measured program: leaves its peak memory, in MB, in the file that BENCH_PEAK names. */

const { writeFileSync } = require('node:fs')

process.on('exit', () => {
  writeFileSync(process.env.BENCH_PEAK, String(Math.round(process.resourceUsage().maxRSS / 1024)))
})
