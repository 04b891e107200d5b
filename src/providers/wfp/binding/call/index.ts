/** Signatures and transfer of calls, for functions and callbacks alike. */
export * from './signature.ts'
export * from './transfer.ts'
