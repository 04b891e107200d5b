/** Options that several commands have. */

import { type CommandOption, ENGINE_WORDS } from './command.ts'

export const ENGINE: readonly CommandOption[] = [
  ['--engine <ENGINE>', `${ENGINE_WORDS} (default: wfp on Windows, elsewhere sandbox; also WFPCTL_ENGINE)`],
  ['--lock-timeout <DURATION>', "how long to wait for the engine's lock (default: 15s)"],
]

export const SELECTION: readonly CommandOption[] = [
  [
    '-l, --selector <SELECTOR>',
    'only what has these labels: env=prod, env!=lab, env in (a,b), env notin (a), env, !env',
    'repeatable',
  ],
  ['--target <ADDRESS>', 'only this resource, e.g. IPsecTunnel/hq-dallas; may be given again', 'repeatable'],
]

export const MANIFESTS: readonly CommandOption[] = [
  ['--host <NAME>', "plan for this host name instead of the machine's own"],
  ['--no-prune', 'leave owned objects that no manifest declares as orphans'],
  ['--whole', 'single files are all that their sets declare: what was applied from others is pruned'],
  ['--take-over', 'delete, move and own what was applied from another directory or repository'],
  ['--allow-empty', 'accept a set that declares no tunnel although some stand'],
  ['--apply-cosmetic', 'replace tunnels of which only display text differs'],
  ['--max-delete <N|P%>', 'override spec.safety.maxDelete for this run'],
  ['--max-replace <N|P%>', 'override spec.safety.maxReplace for this run'],
]

export const VALUES: CommandOption = [
  '--values <FILE>',
  'YAML or JSON: what this host gives to parameters of templates',
]
export const PROGRESS: CommandOption = [
  '--progress <auto|plain|none>',
  'how far it is: a line on a terminal, or lines on stderr (default: auto)',
]
export const FULL: CommandOption = ['--full', 'show each change, however many there are']
export const DETAILED: CommandOption = ['--detailed-exitcode', 'exit 2 when there are changes']
export const STRICT: CommandOption = [
  '--strict',
  'warnings are errors; those that metadata.waive answers are not counted',
]
export const CACHE: CommandOption = [
  '--no-cache',
  'read and check every manifest anew, and remember none (also WFPCTL_NO_CACHE)',
]

export const GIT: readonly CommandOption[] = [
  ['--git <URL>', 'read the manifests from a repository instead of PATHs'],
  ['--ref <REF>', 'its branch or tag, or the full id of a commit (default: main)'],
  ['--path <DIR>', 'a directory of the repository (default: all of it)'],
  ['--git-cache <DIR>', 'where the clone is kept'],
  ['--require-signed', 'accept only a commit that git verify-commit accepts'],
]

export const FLEET: readonly CommandOption[] = [
  [
    '--fleet <URL>',
    "the fleet's servers: nats://HOST:4222 or tls://HOST:4222, with commas between (also WFPCTL_FLEET)",
  ],
  ['--fleet-creds <FILE>', 'credentials that `wfpctl fleet init` wrote; owner-only (also WFPCTL_FLEET_CREDS)'],
  ['--fleet-ca <FILE>', 'certificates of the authority that the servers have theirs from (also WFPCTL_FLEET_CA)'],
  ['--fleet-cert <FILE>', 'our own certificate, where servers ask for one (also WFPCTL_FLEET_CERT)'],
  ['--fleet-key <FILE>', 'its key; owner-only (also WFPCTL_FLEET_KEY)'],
]

/** Of a command that reads manifests, and does not stay. */
export const READING: readonly CommandOption[] = [VALUES, ...GIT, CACHE, STRICT]

/** Of a host that belongs to a fleet. What is exported for controllers makes no host a member: `--fleet` does. */
export const MEMBERSHIP: readonly CommandOption[] = [
  [
    '--fleet <URL>',
    'enforce the commit that a fleet wants here, if it is on the branch: its servers, as nats://HOST:4222 or tls://HOST:4222',
  ],
  ['--fleet-name <NAME>', "this host's name in the fleet (default: its host name)"],
  ...FLEET.slice(1),
]

export const DRY: readonly CommandOption[] = [
  ['--dry-run', 'only plan'],
  ['--what-if', 'only plan'],
  ['--noop', 'only plan'],
]

export const WATCH: readonly CommandOption[] = [
  ['--mode <correct|report>', 'whatever the sets say in spec.drift.mode'],
  ['--once', 'one pass, for cron and CI'],
  [
    '--listen <[HOST:]PORT>',
    'serve a page, /healthz, /readyz, /metrics and /status (without HOST: to this machine only)',
  ],
  ['--listen-token-file <FILE>', 'who asks must have the token in it (default: needed, and made, beyond this machine)'],
  ['--log-format <json>', 'the events as NDJSON on stderr, too'],
  ['--settle <DURATION>', 'how long an absence must stand before it counts (default: a quarter of a second)'],
  ['--heartbeat <DURATION>', 'how often to say that it is alive (default: 1m)'],
  ['--interval <DURATION>', 'how often to fetch (default: 1m)'],
  ['--allow-history-rewrite', 'follow a branch whose history was rewritten'],
]
