/** Equality of values. The only door to `fast-deep-equal`. */

import equal from 'fast-deep-equal'

/** Deep equality of two values without cycles: JSON, or structures with bytes and 64-bit numbers in them. */
export const same: (a: unknown, b: unknown) => boolean = equal
