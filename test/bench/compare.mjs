/** What has become slower or larger than a baseline. Ratios of processor time are compared: milliseconds belong to a machine, elapsed time to who else uses it. */

/** Least samples of one program differ by up to a fifth on a busy machine. */
const TOLERANCE = 1.25

/** @returns a line for each row that is worse; what this run left out is not compared */
export function compared(baseline, rows) {
  return Object.entries(baseline).flatMap(([name, before]) => {
    const now = rows[name]
    if (now === undefined) return []
    return [
      worse(name, 'bare nodes of processor time', before.cpu, now.cpu),
      worse(name, 'MB', before.peak, now.peak),
    ].flat()
  })
}

function worse(name, unit, before, now) {
  return now > before * TOLERANCE ? [`${name}: ${now} ${unit}, ${before} in the baseline`] : []
}
