/** Enums, flags and well-known GUIDs under their SDK names. */
export * from './fwp.ts'
export * from './guids.ts'
export * from './ipsec.ts'
