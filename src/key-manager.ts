/** `wfpctl/key-manager`: the types of the modules that a KeyManager may name as its handler (docs/key-managers.md). */

export type * from './providers/wfp/key-managers/handlers/contract.ts'
