/** Values for the variables that the examples read their secrets from. */
export const EXAMPLE_SECRETS = {
  HQ_DALLAS_PSK: 'example-secret-for-tests',
} as const
