/** Manifests for stories: short, and every word in them matters to the story. */

export interface TunnelOptions {
  readonly set?: string
  readonly time?: string
  readonly protect?: string
  readonly psk?: string
  readonly labels?: string
  /** as YAML: a name or a list of names */
  readonly formerly?: string
  readonly enabled?: boolean
  readonly description?: string
  /** third octet of the inner networks, so that no two tunnels overlap */
  readonly net?: number
}

export function tunnel(name: string, options: TunnelOptions = {}): string {
  const { set, time = '1h', protect, psk, labels, formerly, enabled, description, net = 1 } = options
  const metadata = [
    `name: ${name}`,
    ...(set ? [`set: ${set}`] : []),
    ...(labels ? [`labels: ${labels}`] : []),
    ...(formerly ? [`formerly: ${formerly}`] : []),
  ].join(', ')
  return `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { ${metadata} }
spec:
  mode: gateway
  keyModule: ikev2
${enabled === undefined ? '' : `  enabled: ${enabled}\n`}${description ? `  description: ${description}\n` : ''}${protect ? `  protect: ${protect}\n` : ''}  endpoints: { local: 203.0.113.10, remote: 198.51.100.${net} }
  traffic: { local: [10.1.${net}.0/24], remote: [10.2.${net}.0/24] }
${psk ? `  mainMode:\n    authentication: [{ presharedKey: { ${psk} } }]\n    proposals: [{ encryption: aes256, integrity: sha384, dh: dh20 }]\n` : ''}  quickMode:
    pfs: dh20
    proposals: [{ esp: { aead: aes256gcm }, lifetime: { time: ${time} } }]
`
}

export function tunnelSet(name: string, spec: string): string {
  return `apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`
}

export function many(...documents: readonly string[]): string {
  return documents.join('---\n')
}
