/** Ways to write a pre-shared key into a manifest, right and wrong: `hunter2`, or a long number, must be told nowhere. */

/** Anything of a key that is in one of the manifests. */
export const TOLD = /.{0,40}(?:hunt|unter|1234567890).{0,40}/

/** What stands at `authentication:`, six columns deep where it takes more lines; labels may hold an anchor. */
export interface WrittenKey {
  readonly authentication: string
  readonly labels?: string
}

const item = (...lines: readonly string[]): WrittenKey => ({ authentication: `\n      - ${lines.join('\n')}` })
const flow = (text: string): WrittenKey => ({ authentication: ` [${text}]` })
const aliased = (labels: string, authentication: string): WrittenKey => ({ ...item(authentication), labels })

export const WRITTEN_KEYS: { readonly [spelling: string]: WrittenKey } = {
  'given twice': item('presharedKey: { env: X }', '        presharedKey: hunter2'),
  'given twice in one line': flow('{ presharedKey: hunter2, presharedKey: hunter2 }'),
  tagged: item('presharedKey: !x hunter2'),
  'that looks like a tag': item('presharedKey: !hunter2'),
  'that looks like a tag, in a flow mapping': flow('{ presharedKey: !hunter2 }'),
  'that looks like an alias': item('presharedKey: *hunter2'),
  'that is a large number': item('presharedKey: 123456789012345678901'),
  'with a colon': item('presharedKey: hunter2: x'),
  'behind a colon': item('presharedKey: x: hunter2'),
  'with a comma in a flow mapping': flow('{ presharedKey: x,hunter2 }'),
  'with an open quote': item('presharedKey: "hunter2'),
  'with an open single quote': item("presharedKey: 'hunter2"),
  'with text behind the quotes': item('presharedKey: "x" hunter2'),
  'as block text that is not deeper': item('presharedKey: |', '        hunter2'),
  'behind the sign of block text': item('presharedKey: |hunter2'),
  'on the next line': item('presharedKey:', '          hunter2: x: y'),
  'as a list': item('presharedKey:', '        - x: y: hunter2'),
  'that goes on in a second line': item('presharedKey: x', '          hunter2: y'),
  'behind a tab': item('presharedKey:', '\t\thunter2'),
  'as a mapping without value': item('presharedKey: { hunter2 }'),
  'as a mapping': item('presharedKey: { hunter2: x }'),
  'in a field of a reference, twice': item('presharedKey: { value: x, value: hunter2 }'),
  'in a field of a reference, tagged': item('presharedKey:', '          value: !x hunter2'),
  'as an anchored label': aliased('{ x: &k hunter2, x: z }', 'presharedKey: *k'),
  'as an anchored label, in a reference': aliased('{ x: &k hunter2, x: z }', 'presharedKey: { value: *k }'),
  'as an anchored label with a mistake of its own': aliased('[&k hunter2]', 'presharedKey: *k'),
  'below a quoted name': item('"presharedKey": !x hunter2'),
  'below a single-quoted name': item("'presharedKey': !x hunter2"),
  'below a name with escapes': item('"preshared\\u004bey": !x hunter2'),
  'below a name with short escapes': item('"\\x70reshared\\u004Bey" : !x hunter2'),
  'in a flow mapping with more': flow('{ presharedKey: !x hunter2, x: 1 }'),
  'in a flow mapping of quoted names': flow('{"presharedKey":!x hunter2,"x":1}'),
  'below an explicit name': item('? presharedKey', '        : !x hunter2'),
  'without a space': item('presharedKey:hunter2'),
  'with an equals sign': item('presharedKey = hunter2'),
  'without a colon': item('presharedKey hunter2'),
  'below a misspelt name': item('presharedkey: !x hunter2'),
  'below a name with another mistake': item('presahredKey: !x hunter2'),
  'below a name with hyphens': item('pre-shared-key: !x hunter2'),
  'below `psk`': item('psk: !x hunter2'),
  'below `secret`': item('secret: !x hunter2'),
  'below `password`': item('password: !x hunter2'),
  'below `key`': item('key: !x hunter2'),
}

export function manifestWith({ authentication, labels }: WrittenKey, name = 'a', net = 1): string {
  return `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata:
  name: ${name}
${labels === undefined ? '' : `  labels: ${labels}\n`}spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.${net} }
  traffic: { local: [10.1.${net}.0/24], remote: [10.2.${net}.0/24] }
  mainMode:
    authentication:${authentication}
    proposals: [{ encryption: aes256, integrity: sha384, dh: dh20 }]
  quickMode:
    pfs: dh20
    proposals: [{ esp: { aead: aes256gcm }, lifetime: { time: 1h } }]
`
}
