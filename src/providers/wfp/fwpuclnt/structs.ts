/** Every structure the calls reach, under its SDK name. */
export * from './structs/authentication.ts'
export * from './structs/context.ts'
export * from './structs/filter.ts'
export * from './structs/key-manager.ts'
export * from './structs/policy.ts'
export * from './structs/proposal.ts'
export * from './structs/sa.ts'
export * from './structs/value.ts'
