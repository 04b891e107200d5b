/** Playing the other administrator of a sandbox: `wfpctl sandbox`. */

/** What the other administrator of a sandbox may do. */
export async function sandboxAdministrator() {
  const [admin, { SWITCHES }, { requestNegotiation }, { asRefusal }] = await Promise.all([
    import('./wfp/sandbox/admin.ts'),
    import('./wfp/sandbox/switches.ts'),
    import('./wfp/sandbox/negotiation-requests.ts'),
    import('./wfp/engine/index.ts'),
  ])
  return { ...admin, SWITCHES, requestNegotiation, asRefusal }
}
