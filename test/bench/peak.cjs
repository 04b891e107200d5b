/** Loaded before the measured program: leaves its peak memory, in MB, and its processor time, in ms, in the file that BENCH_PEAK names. */

const { writeFileSync } = require('node:fs')

if (process.env.BENCH_PEAK) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const used = { peak: Math.round(maxRSS / 1024), cpu: (userCPUTime + systemCPUTime) / 1000 }
    writeFileSync(process.env.BENCH_PEAK, JSON.stringify(used))
  })
}
