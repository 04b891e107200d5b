/** Small manifests for the tests of the loop. */

export function setYaml(name: string, spec: { readonly [key: string]: string } = {}): string {
  const more = Object.entries(spec).map(([key, value]) => `  ${key}: ${value}\n`)
  return `apiVersion: wfpctl/v1alpha1
kind: TunnelSet
metadata: { name: ${name} }
spec:
  prune: true
${more.join('')}`
}

/** @param number tells the networks of tunnels apart */
export function tunnelYaml(
  name: string,
  { set = 'vpn', time = '1h', number = name.charCodeAt(name.length - 1) % 250 } = {},
): string {
  return `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: ${name}, set: ${set} }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.${number} }
  traffic:
    local: [10.1.0.0/16]
    remote: [10.${number}.2.0/24]
  quickMode:
    proposals:
      - esp: { aead: aes256gcm }
        lifetime: { time: ${time}, data: 100MB }
`
}
