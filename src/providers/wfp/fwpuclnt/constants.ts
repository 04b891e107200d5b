/** Enums, flags and well-known GUIDs under their SDK names. */
export * from './constants/fwp-enums.ts'
export * from './constants/fwp-flags.ts'
export * from './constants/guids.ts'
export * from './constants/ipsec-enums.ts'
export * from './constants/ipsec-flags.ts'
