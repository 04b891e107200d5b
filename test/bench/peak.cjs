/** Loaded before the measured program: leaves its peak memory, in MB, and its processor time, in ms, in the file that BENCH_PEAK names. */

const { readFileSync, writeFileSync } = require('node:fs')

if (process.env.BENCH_PEAK) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    const used = { peak: Math.round(peakKilobytes() / 1024), cpu: (userCPUTime + systemCPUTime) / 1000 }
    writeFileSync(process.env.BENCH_PEAK, JSON.stringify(used))
  })
}

/** Of this program alone: `maxRSS` counts what the process was before it became this program, which is what measures it. */
function peakKilobytes() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
  } catch {
    return process.resourceUsage().maxRSS // no /proc here
  }
}
