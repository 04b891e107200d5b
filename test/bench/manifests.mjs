/** Tunnels as people write them: about 900 bytes of YAML each, no two of which meet. */

/** A file may hold 16 MB. */
const MOST_IN_A_FILE = 10_000

const head = `apiVersion: wfpctl/v1alpha1
kind: TunnelSet
metadata: { name: bench }
spec: { prune: true }
`

export function manifests(count) {
  return [head, ...Array.from({ length: count }, (_, i) => tunnel(i))].join('---\n')
}

/** The same, as the texts of files: so many tunnels are not written into one. */
export function manifestFiles(count) {
  const [set, ...tunnels] = manifests(count).split('---\n')
  const files = []
  for (let i = 0; i < count; i += MOST_IN_A_FILE) files.push(tunnels.slice(i, i + MOST_IN_A_FILE).join('---\n'))
  return [`${set}---\n${files[0]}`, ...files.slice(1)]
}

function tunnel(i) {
  const [block, high, low] = [i >> 14, (i >> 8) & 63, i & 255]
  return `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: branch-${i}, set: bench, labels: { site: site-${i} } }
spec:
  description: Headquarters to branch ${i}
  mode: gateway
  keyModule: ikev2
  persistence: persistent
  protect: none
  endpoints: { local: 203.0.113.10, remote: 198.${18 + block}.${high}.${low} }
  traffic:
    local: [${10 + block}.${high}.${low}.0/24]
    remote: [${10 + block}.${high + 64}.${low}.0/25, ${10 + block}.${high + 64}.${low}.128-${10 + block}.${high + 64}.${low}.199]
  mainMode:
    authentication:
      - presharedKey: { env: BENCH_PSK, encoding: utf8 }
    proposals:
      - { encryption: aes256, integrity: sha384, dh: dh20, lifetime: 8h }
      - { encryption: aes256, integrity: sha256, dh: dh14, lifetime: 8h }
    retransmitFor: 2m
  quickMode:
    pfs: dh20
    proposals:
      - esp: { aead: aes256gcm }
        lifetime: { time: 1h, data: 100MB }
      - esp: { encryption: aes256, integrity: sha256 }
        lifetime: { time: 1h, data: 100MB }
    idleTimeout: { normal: 5m, failover: 1m }
`
}
