/** Enums, flags and well-known GUIDs under their SDK names. */
export * from './fwp-enums.ts'
export * from './fwp-flags.ts'
export * from './guids.ts'
export * from './ipsec-enums.ts'
export * from './ipsec-flags.ts'
