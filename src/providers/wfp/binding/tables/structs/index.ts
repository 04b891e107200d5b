/** Every structure the calls reach, under its SDK name. */
export * from './authentication.ts'
export * from './context.ts'
export * from './filter.ts'
export * from './policy.ts'
export * from './sa.ts'
export * from './value.ts'
